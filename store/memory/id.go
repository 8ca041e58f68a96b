package memory

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// An id of 43 characters that are base64url of 32 bytes, as SESS.CREATE makes it and most frameworks do, lies packed in
// its session as those bytes. Its length is 0 there.
const (
	idText   = 43
	idPacked = 32

	// lastOfID are the characters that such an id may end in: those whose last two bits, which no byte has, are 0.
	lastOfID = "AEIMQUYcgkosw048"
)

// packID returns the bytes of an id, or false when it is not of that kind.
func packID(id []byte, to *[idPacked + 1]byte) bool {
	if len(id) != idText || strings.IndexByte(lastOfID, id[idText-1]) < 0 {
		return false
	}
	n, err := base64.RawURLEncoding.Decode(to[:], id)
	return err == nil && n == idPacked
}

// keyBuffer holds the key of an entry where that is not in the entry as it is.
type keyBuffer [idText]byte

// of returns the key of an entry, which may be in the buffer.
func (b *keyBuffer) of(entry []byte) []byte {
	from, to, packed := keyOf(entry)
	if !packed {
		return entry[from:to]
	}
	base64.RawURLEncoding.Encode(b[:], entry[from:to])
	return b[:]
}

// matcher compares a key to those of entries.
type matcher struct {
	key    []byte
	packed [idPacked + 1]byte
	packs  bool
	tried  bool // whether packed and packs are known
}

// is reports whether an entry has the key.
func (m *matcher) is(entry []byte) bool {
	from, to, packed := keyOf(entry)
	if !packed {
		return to != 0 && bytes.Equal(entry[from:to], m.key)
	}
	if !m.tried {
		m.packs, m.tried = packID(m.key, &m.packed), true
	}
	return m.packs && bytes.Equal(entry[from:to], m.packed[:idPacked])
}
