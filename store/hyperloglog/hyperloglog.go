// Package hyperloglog estimates how many different elements were added to a string of bytes. The string has the form
// that Redis gives it: a header, then 16,384 registers, either run-length encoded (sparse) or six bits each (dense).
//
//	 0      4          5        8                  16
//	┌──────┬──────────┬────────┬──────────────────┬───────────
//	│ HYLL │ encoding │ unused │ last count       │ registers
//	└──────┴──────────┴────────┴──────────────────┴───────────
//
// The last count is little endian, and not valid while its highest bit is set. No bytes, whatever they are, make a function
// of this package panic.
package hyperloglog

import (
	"encoding/binary"

	"sessd/store"
)

const (
	encodingAt = 4
	countAt    = 8
	headerSize = 16

	dense  = 0
	sparse = 1

	indexBits = 14
	registers = 1 << indexBits
	hashBits  = 64 - indexBits // of a hash, that do not choose a register

	denseSize = headerSize + registers*6/8
	sparseMax = 3000 // length above which the sparse form ends

	stale = 1 << 63 // flag of the last count
)

// Registers are the values of all registers, the union of those that were merged.
type Registers [registers]byte

// Check returns store.ErrNotHyperLogLog unless a string begins and is as long as its encoding wants.
func Check(value []byte) error {
	if len(value) < headerSize || string(value[:encodingAt]) != "HYLL" || value[encodingAt] > sparse ||
		value[encodingAt] == dense && len(value) != denseSize {
		return store.ErrNotHyperLogLog
	}
	return nil
}

// New appends one without elements.
func New(dst []byte) []byte {
	dst = append(dst, "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	return append(dst, isXZero|(registers-1)>>8, (registers-1)&0xff)
}

// Add adds elements to a string, in place or in a longer one, and reports whether that changed it. A nil string is one
// without elements that does not exist yet. After an error its bytes are not to be used.
func Add(value []byte, elements [][]byte) (_ []byte, changed bool, err error) {
	if value == nil {
		value, changed = New(nil), true
	} else if err := Check(value); err != nil {
		return nil, false, err
	}
	for _, element := range elements {
		index, rank := place(element)
		var raised bool
		if value, raised, err = raise(value, index, rank); err != nil {
			return nil, false, err
		}
		changed = changed || raised
	}
	if changed {
		value[countAt+7] |= stale >> 56
	}
	return value, changed, nil
}

// Changes reports whether Add may change a string. It is exact for the dense form.
func Changes(value []byte, elements [][]byte) (bool, error) {
	if err := Check(value); err != nil {
		return false, err
	}
	if value[encodingAt] == sparse {
		if isTooLong(value) {
			return false, store.ErrCorruptHyperLogLog
		}
		return len(elements) > 0, nil
	}
	for _, element := range elements {
		if index, rank := place(element); rank > denseAt(value[headerSize:], index) {
			return true, nil
		}
	}
	return false, nil
}

// raise gives a register a value unless it has a greater one, and reports whether it did.
func raise(value []byte, index int, rank byte) (_ []byte, raised bool, err error) {
	if value[encodingAt] == sparse {
		return raiseSparse(value, index, rank)
	}
	raised = rank > denseAt(value[headerSize:], index)
	if raised {
		putDense(value[headerSize:], index, rank)
	}
	return value, raised, nil
}

// Merge raises registers to those of a string.
func (m *Registers) Merge(value []byte) error {
	if err := Check(value); err != nil {
		return err
	}
	if value[encodingAt] == dense {
		for i := range m {
			m[i] = max(m[i], denseAt(value[headerSize:], i))
		}
		return nil
	}
	if isTooLong(value) {
		return store.ErrCorruptHyperLogLog
	}
	at := 0
	for rest := value[headerSize:]; len(rest) > 0; {
		r := readRun(rest)
		if r.rank > 0 {
			if at+r.length > registers {
				break // Redis reads no further, and takes what ends right here
			}
			for i := at; i < at+r.length; i++ {
				m[i] = max(m[i], r.rank)
			}
		}
		at += r.length
		rest = rest[min(r.size, len(rest)):]
	}
	if at != registers {
		return store.ErrCorruptHyperLogLog
	}
	return nil
}

// Store raises the registers of a string to those of m, in place or in a longer one; nil is one without elements. With
// asDense it gets the dense form.
func (m *Registers) Store(value []byte, asDense bool) (_ []byte, err error) {
	if value == nil {
		value = New(nil)
	}
	if asDense {
		if value, err = toDense(value); err != nil {
			return nil, err
		}
	}
	for i, rank := range m {
		if rank > 0 {
			if value, _, err = raise(value, i, rank); err != nil {
				return nil, err
			}
		}
	}
	value[countAt+7] |= stale >> 56
	return value, nil
}

// IsDense reports whether a string that is sound has the dense form.
func IsDense(value []byte) bool { return value[encodingAt] == dense }

// CountAndRemember is Count, which it takes from the string where nothing was added since, and else stores there.
func CountAndRemember(value []byte) (uint64, error) {
	if err := Check(value); err != nil {
		return 0, err
	}
	if n := binary.LittleEndian.Uint64(value[countAt:]); n&stale == 0 {
		return n, nil
	}
	n, err := Count(value)
	if err == nil {
		binary.LittleEndian.PutUint64(value[countAt:], n)
	}
	return n, err
}

// The dense form: six bits each, from the lowest bit of the first byte on.

func denseAt(b []byte, index int) byte {
	bit := index * 6
	at, shift := bit>>3, bit&7
	n := uint(b[at])
	if at+1 < len(b) {
		n |= uint(b[at+1]) << 8
	}
	return byte(n>>shift) & 63
}

func putDense(b []byte, index int, rank byte) {
	bit := index * 6
	at, shift := bit>>3, bit&7
	mask, n := uint(63)<<shift, uint(rank)<<shift
	b[at] = b[at]&^byte(mask) | byte(n)
	if at+1 < len(b) {
		b[at+1] = b[at+1]&^byte(mask>>8) | byte(n>>8)
	}
}
