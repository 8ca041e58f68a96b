package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// hashBytes is what is left of a hash: enough that no two of all ids are alike, and short enough to read.
const hashBytes = 16

// hasher makes the hashes of one record: HMAC-SHA-256, cut to hashBytes, in hexadecimal digits. It is for one goroutine.
type hasher struct{ mac hash.Hash }

func newHasher(key [32]byte) hasher { return hasher{hmac.New(sha256.New, key[:])} }

// bytes returns the hash of a value; nothing of nothing.
func (h hasher) bytes(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	h.mac.Reset()
	h.mac.Write(value)
	return hex.EncodeToString(h.mac.Sum(nil)[:hashBytes])
}

func (h hasher) text(value string) string { return h.bytes([]byte(value)) }

// keyName names the key, so that a reader sees which hashes can be compared. It tells nothing of the key.
func (h hasher) keyName() string { return h.text("sessd audit key")[:hashBytes] }

// NewKey makes a key.
func NewKey() (key [32]byte) {
	rand.Read(key[:])
	return key
}
