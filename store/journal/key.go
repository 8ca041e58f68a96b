package journal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Key seals files.
type Key [32]byte

// Keys are those of a key file: the first seals, all open.
type Keys []Key

// KeyID names a key in a file's header without telling the key.
type KeyID [8]byte

// String returns the id in hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// ParseKeys returns the keys of a key file: 32 bytes, or a line for each key in hexadecimal digits or Base64. Empty lines
// and those that begin with # are skipped.
func ParseKeys(text []byte) (Keys, error) {
	if len(text) == len(Key{}) {
		return Keys{Key(text)}, nil
	}
	var keys Keys
	for n, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		key, ok := parseKey(string(line))
		if !ok {
			return nil, fmt.Errorf("line %d of the key file is no key: want 32 bytes as 64 hexadecimal digits or in Base64", n+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("there is no key in the key file")
	}
	return keys, nil
}

// parseKey returns the key in a line, and reports whether there is one.
func parseKey(line string) (key Key, ok bool) {
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString, base64.URLEncoding.DecodeString,
	} {
		if b, err := decode(line); err == nil && len(b) == len(key) {
			return Key(b), true
		}
	}
	return key, false
}

// ID returns the name of the key.
func (k Key) ID() KeyID { return KeyID(k.derive(nil, "sessd key id", len(KeyID{}))) }

// derive returns bytes that depend on the key, the salt and the purpose.
func (k Key) derive(salt []byte, purpose string, size int) []byte {
	b, err := hkdf.Key(sha256.New, k[:], salt, purpose, size)
	if err != nil {
		panic(err) // the sizes are constants
	}
	return b
}

// KeyError says that a sealed file cannot be opened.
type KeyError struct {
	File  string
	ID    KeyID
	Given bool // there were keys, but not that one
}

// Error says what is missing.
func (e *KeyError) Error() string {
	if !e.Given {
		return fmt.Sprintf("%s is encrypted with key %s, and no key file was given", e.File, e.ID)
	}
	return fmt.Sprintf("%s is encrypted with key %s, which is not in the key file", e.File, e.ID)
}

// sealer seals and opens the frames of one file. Nil leaves them in clear text.
type sealer struct {
	aead  cipher.AEAD
	nonce [12]byte
	extra [9]byte
}

// sealerOf returns what opens a file with this header, nil for one in clear text.
func sealerOf(file string, h *header, keys Keys) (*sealer, error) {
	if h.cipher == cipherNone {
		return nil, nil
	}
	for _, key := range keys {
		if key.ID() != h.keyID {
			continue
		}
		block, err := aes.NewCipher(key.derive(h.salt[:], "sessd journal file", len(key)))
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		return &sealer{aead: aead}, err
	}
	return nil, &KeyError{File: file, ID: h.keyID, Given: len(keys) > 0}
}

// overhead is the number of bytes that sealing adds to a body.
func (s *sealer) overhead() int {
	if s == nil {
		return 0
	}
	return s.aead.Overhead()
}

// prepare sets the nonce of a frame and what is authenticated beside its body. A nonce is used once: a number and a
// part are those of one frame in a file. Each file has a key of its own.
func (s *sealer) prepare(kind kind, number uint64, part uint32) {
	binary.LittleEndian.PutUint64(s.nonce[:], number)
	binary.LittleEndian.PutUint32(s.nonce[8:], part)
	s.extra[0] = byte(kind)
	binary.LittleEndian.PutUint64(s.extra[1:], number)
}

// seal appends the sealed body of a frame. part is its place among the parts of its payload.
func (s *sealer) seal(dst, body []byte, kind kind, number uint64, part uint32) []byte {
	s.prepare(kind, number, part)
	return s.aead.Seal(dst, s.nonce[:], body, s.extra[:])
}

// open opens a body in place, and reports whether it is what was sealed.
func (s *sealer) open(body []byte, kind kind, number uint64, part uint32) ([]byte, bool) {
	s.prepare(kind, number, part)
	body, err := s.aead.Open(body[:0], s.nonce[:], body, s.extra[:])
	return body, err == nil
}
