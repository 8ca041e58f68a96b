package commands

import (
	"crypto/rand"
	"encoding/hex"
)

func newRunID() string {
	var id [20]byte
	rand.Read(id[:]) // never fails: it ends the process instead
	return hex.EncodeToString(id[:])
}
