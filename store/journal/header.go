package journal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// format is the newest one that this package reads, and the one that it writes.
const format = 3

const headerSize = 72

const (
	logMagic      = "sessdlog"
	snapshotMagic = "sessdsnp"
)

// The ciphers of a file.
const (
	cipherNone = 0
	cipherGCM  = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header begins a file; doc.go has its layout.
type header struct {
	format  uint16
	cipher  uint16
	keyID   KeyID
	salt    [32]byte
	number  uint64
	created int64
}

// newHeader returns the header of a file that is sealed with the first of the keys, if there is one.
func newHeader(keys Keys, number uint64) header {
	h := header{format: format, number: number, created: time.Now().UnixMilli()}
	_, _ = rand.Read(h.salt[:]) // never fails
	if len(keys) > 0 {
		h.cipher, h.keyID = cipherGCM, keys[0].ID()
	}
	return h
}

// append appends the bytes of the header.
func (h *header) append(dst []byte, magic string) []byte {
	begin := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint16(dst, h.format)
	dst = binary.LittleEndian.AppendUint16(dst, h.cipher)
	dst = append(dst, h.keyID[:]...)
	dst = append(dst, h.salt[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, h.number)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.created))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[begin:], castagnoli))
}

// FormatError says that a file was written by a newer sessd.
type FormatError struct {
	File   string
	Format int
}

// Error names the file and both formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s has format %d, newer than %d, the newest that this version reads", e.File, e.Format, format)
}

// parseHeader reads the header of a file. The error is a *FormatError or a *DamageError.
func parseHeader(file string, b []byte, magic string) (h header, err error) {
	if len(b) < headerSize {
		return h, &DamageError{file, 0, "the header is cut short"}
	}
	if !bytes.HasPrefix(b, []byte(magic)) {
		return h, &DamageError{file, 0, "the file does not begin with " + magic}
	}
	if h.format = binary.LittleEndian.Uint16(b[8:]); h.format > format {
		return h, &FormatError{file, int(h.format)}
	}
	if binary.LittleEndian.Uint32(b[headerSize-4:]) != crc32.Checksum(b[:headerSize-4], castagnoli) {
		return h, &DamageError{file, 0, "the header's checksum does not match"}
	}
	h.cipher = binary.LittleEndian.Uint16(b[10:])
	copy(h.keyID[:], b[12:])
	copy(h.salt[:], b[20:])
	h.number = binary.LittleEndian.Uint64(b[52:])
	h.created = int64(binary.LittleEndian.Uint64(b[60:]))
	if h.cipher > cipherGCM {
		return h, &DamageError{file, 0, fmt.Sprintf("cipher %d is not known", h.cipher)}
	}
	return h, nil
}

// DamageError says where a file is not as it was written.
type DamageError struct {
	File   string
	Offset int64
	Reason string
}

// Error names the place and the reason.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%s is damaged at offset %d: %s", e.File, e.Offset, e.Reason)
}
