// Package rdb is the format in which Redis keeps one value, as DUMP answers it and RESTORE takes it. A value is a type,
// its bytes, the version of the format, and a checksum. It writes each type in its plainest form, which every Redis
// since 5.0 reads (streams: since 7.0). It reads all forms that Redis writes, or has written, of strings, lists, sets,
// hashes, sorted sets and streams. File reads a dump of a whole server.
//
// What is read is not trusted: any bytes give a value or an error, and take memory in proportion to their length.
package rdb

import (
	"encoding/binary"
	"errors"
	"hash/crc64"
	"math"
	"slices"
)

// Kind is the type of a value.
type Kind byte

// The kinds, numbered as in the format.
const (
	String    Kind = 0
	List      Kind = 1
	Set       Kind = 2
	Hash      Kind = 4
	SortedSet Kind = 5
	// StreamKind is of streams, which have several numbers.
	StreamKind Kind = 15
)

// String returns the name of the type.
func (k Kind) String() string {
	switch k {
	case String:
		return "string"
	case List:
		return "list"
	case Set:
		return "set"
	case Hash:
		return "hash"
	case StreamKind:
		return "stream"
	}
	return "sorted set"
}

// lastExpiry is the last time at which a field can end, in ms since the Unix epoch, as in Redis.
const lastExpiry = 1<<46 - 1

// Value is a value.
type Value struct {
	Kind Kind
	// Texts is the one text of a string, the elements of a list, or the members of a set or a sorted set. Of a hash it
	// is the fields, name and value in turn.
	Texts  [][]byte
	Scores []float64 // of the members of a sorted set
	// Expiries are when the fields of a hash end, in ms since the Unix epoch, 0 for never; nil: none does.
	Expiries []int64
	Stream   *Stream // of StreamKind, which has nothing else
}

// Size is about how many bytes the value takes, without what it is kept in.
func (v *Value) Size() (n int) {
	for _, text := range v.Texts {
		n += len(text) + 16
	}
	if v.Stream != nil {
		n += v.Stream.size()
	}
	return n
}

var (
	// ErrChecksum says that the version or the checksum of a payload is wrong.
	ErrChecksum = errors.New("rdb: wrong version or checksum")
	// ErrFormat says that a payload holds no value.
	ErrFormat = errors.New("rdb: bad data format")
)

const (
	writtenVersion = 9  // Redis 5.0
	timedVersion   = 12 // Redis 7.4, for hashes of which fields end
	readVersion    = 12
	footerSize     = 10 // version and checksum
)

// table is that of the Jones polynomial, which Redis uses.
var table = crc64.MakeTable(0x95ac9329ac4bc9b5)

// checksum is Redis's: without the inversions that Go's makes.
func checksum(b []byte) uint64 { return ^crc64.Update(^uint64(0), table, b) }

// Encode returns the payload of a value.
func Encode(v *Value) []byte {
	if v.timed() {
		return seal(v.appendTimed(nil), timedVersion)
	}
	if v.Stream != nil {
		return seal(v.Stream.append(nil), streamVersion)
	}
	b := []byte{byte(v.Kind)}
	switch v.Kind {
	case String:
	case Hash:
		b = appendLength(b, len(v.Texts)/2)
	default:
		b = appendLength(b, len(v.Texts))
	}
	for i, text := range v.Texts {
		b = append(appendLength(b, len(text)), text...)
		if v.Kind == SortedSet {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Scores[i]))
		}
	}
	return seal(b, writtenVersion)
}

// timed reports whether fields end.
func (v *Value) timed() bool {
	return slices.ContainsFunc(v.Expiries, func(at int64) bool { return at != 0 })
}

// appendTimed appends a hash of which fields end: the first end, and that of each field after it.
func (v *Value) appendTimed(b []byte) []byte {
	first := int64(math.MaxInt64)
	for _, at := range v.Expiries {
		if at != 0 {
			first = min(first, at)
		}
	}
	b = binary.LittleEndian.AppendUint64(append(b, hashTimed), uint64(first))
	b = appendLength(b, len(v.Expiries))
	for i, at := range v.Expiries {
		after := 0
		if at != 0 {
			after = int(at-first) + 1
		}
		b = appendLength(b, after)
		for _, text := range v.Texts[2*i : 2*i+2] {
			b = append(appendLength(b, len(text)), text...)
		}
	}
	return b
}

// seal appends the version and the checksum.
func seal(b []byte, version uint16) []byte {
	b = binary.LittleEndian.AppendUint16(b, version)
	return binary.LittleEndian.AppendUint64(b, checksum(b))
}

func appendLength(b []byte, n int) []byte { return appendNumber(b, uint64(n)) }

func appendNumber(b []byte, n uint64) []byte {
	switch {
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return append(b, 0x40|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, 0x80), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0x81), n)
}

// Decode reads a payload. Errors: ErrChecksum, ErrFormat.
func Decode(payload []byte) (*Value, error) {
	if len(payload) < footerSize {
		return nil, ErrChecksum
	}
	footer := payload[len(payload)-footerSize:]
	sum := binary.LittleEndian.Uint64(footer[2:])
	if binary.LittleEndian.Uint16(footer) > readVersion || sum != 0 && sum != checksum(payload[:len(payload)-8]) {
		return nil, ErrChecksum
	}
	r := reader{rest: payload[:len(payload)-footerSize]}
	v := r.value()
	if r.failed || v == nil || !v.sound() {
		return nil, ErrFormat
	}
	return v, nil
}

// sound reports whether a value may be one: it is not empty, has nothing twice that can be there once, and its scores are
// numbers.
func (v *Value) sound() bool {
	if v.Kind == StreamKind {
		return true // it was checked while it was read
	}
	if len(v.Texts) == 0 {
		return false
	}
	if v.Kind == String || v.Kind == List {
		return true
	}
	step := 1
	if v.Kind == Hash {
		step = 2
	}
	seen := make(map[string]bool, len(v.Texts)/step)
	for i := 0; i < len(v.Texts); i += step {
		seen[string(v.Texts[i])] = true
	}
	for _, at := range v.Expiries {
		if at < 0 || at > lastExpiry {
			return false
		}
	}
	for _, score := range v.Scores {
		if math.IsNaN(score) {
			return false
		}
	}
	return len(v.Texts)%step == 0 && len(seen) == len(v.Texts)/step
}
