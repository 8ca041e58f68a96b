package store

import "context"

// Bitmaps is the ability to change strings as arrays of bits. Bit 0 is the highest one of the first byte, and bits beyond
// the end are 0. Where the key holds an entry of another type, operations return ErrWrongType unless they say otherwise.
type Bitmaps interface {
	// SetBit sets or clears the bit at an offset, which is not negative, and reports whether it was set before. The string
	// grows as far as the bit and keeps its expiry. Errors: ErrStringTooLong, ErrNoMemory.
	SetBit(ctx context.Context, op Op, key []byte, offset int64, bit bool) (bool, error)
	// ChangeBitFields does several operations on parts of a string in their order, as one step, and stores in each what it
	// returns. The string grows as far as the last bit that may be written. Errors: ErrStringTooLong, ErrNoMemory.
	ChangeBitFields(ctx context.Context, op Op, key []byte, fields []BitFieldOp) error
	// CombineBits stores the combination of the strings under keys over an entry of any type and returns its length in
	// bytes. Shorter strings end in zero bytes, and a key without an entry is an empty one. An empty result destroys the
	// entry instead. Errors: ErrNoMemory.
	CombineBits(ctx context.Context, op Op, target []byte, how BitOp, keys [][]byte) (int, error)
}

// BitOp is a way to combine strings bit by bit.
type BitOp uint8

// The ways to combine strings. BitNot takes one.
const (
	BitAnd BitOp = iota
	BitOr
	BitXor
	BitNot
)

// Combine overwrites dst with the combination of values, none of which is longer.
func (o BitOp) Combine(dst []byte, values [][]byte) {
	clear(dst)
	for i, value := range values {
		o.Add(dst, value, i == 0)
		if o == BitAnd {
			clear(dst[len(value):])
		}
	}
	o.Finish(dst)
}

// Add combines a value with as many bytes of dst. What is behind them is as if the value were zero there, which BitAnd's caller
// has to see to.
func (o BitOp) Add(dst, value []byte, first bool) {
	dst = dst[:len(value)]
	switch {
	case first:
		copy(dst, value)
	case o == BitAnd:
		for j, b := range value {
			dst[j] &= b
		}
	case o == BitOr:
		for j, b := range value {
			dst[j] |= b
		}
	case o == BitXor:
		for j, b := range value {
			dst[j] ^= b
		}
	}
}

// Finish makes the result of what was added.
func (o BitOp) Finish(dst []byte) {
	if o == BitNot {
		for j := range dst {
			dst[j] = ^dst[j]
		}
	}
}
