package memory

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// An id of 43 characters that are base64url of 32 bytes is stored as those bytes. SESS.CREATE and most frameworks make
// such ids. Its length is 0 there.
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

// copyOf is of for a key that outlives its entry, until the buffer is used again.
func (b *keyBuffer) copyOf(entry []byte) []byte {
	return append(b[:0:idText], b.of(entry)...)
}

// idPairs has the two characters of base64url that each twelve bits stand for, the first in the lower byte.
var idPairs = func() (pairs [1 << 12]uint16) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for bits := range pairs {
		pairs[bits] = uint16(digits[bits>>6]) | uint16(digits[bits&63])<<8
	}
	return pairs
}()

// isIDOf reports whether an id is the text of packed bytes. It runs at each access of a session, and compares two
// characters at a time, without a decoder's checks: the text of bytes is one.
func isIDOf(id, packed []byte) bool {
	if len(id) != idText {
		return false
	}
	text, bytes := (*[idText]byte)(id), (*[idPacked]byte)(packed)
	var differs uint16
	for i, j := 0, 0; i < 40; i, j = i+8, j+6 {
		bits := uint64(binary.BigEndian.Uint32(bytes[j:]))<<16 | uint64(binary.BigEndian.Uint16(bytes[j+4:]))
		is := binary.LittleEndian.Uint64(text[i:])
		differs |= idPairs[bits>>36] ^ uint16(is)
		differs |= idPairs[bits>>24&4095] ^ uint16(is>>16)
		differs |= idPairs[bits>>12&4095] ^ uint16(is>>32)
		differs |= idPairs[bits&4095] ^ uint16(is>>48)
	}
	last := uint(bytes[30])<<16 | uint(bytes[31])<<8
	differs |= idPairs[last>>12] ^ binary.LittleEndian.Uint16(text[40:])
	differs |= uint16(byte(idPairs[last&4095])) ^ uint16(text[42])
	return differs == 0
}

// hasKey reports whether an entry has the key.
func hasKey(entry, key []byte) bool {
	from, to, packed := keyOf(entry)
	if packed {
		return isIDOf(key, entry[from:to])
	}
	return to != 0 && bytes.Equal(entry[from:to], key)
}
