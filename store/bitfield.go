package store

import "math"

// BitField is a place in a string for an integer.
type BitField struct {
	Signed bool
	Width  int   // in bits: 1 to 64 when signed, else 1 to 63
	Offset int64 // of its first bit, which is its highest; not negative
}

// BitFieldOp is one operation on a part of a string.
type BitFieldOp struct {
	BitField
	Action   BitFieldAction
	Overflow Overflow
	Operand  int64 // the value of BitFieldSet, what BitFieldIncr adds

	Result  int64 // the value; of BitFieldSet the one before
	Refused bool  // OverflowFail found that the value does not fit, and nothing was written
}

// BitFieldAction is what is done to a part of a string.
type BitFieldAction uint8

// The actions.
const (
	BitFieldGet BitFieldAction = iota
	BitFieldSet
	BitFieldIncr
)

// Overflow is what happens to a value that does not fit.
type Overflow uint8

// The ways of overflow.
const (
	OverflowWrap Overflow = iota // the lowest bits are kept
	OverflowSaturate
	OverflowFail
)

// End returns the length in bytes of a string that ends with the field.
func (f *BitField) End() int64 { return (f.Offset + int64(f.Width) + 7) >> 3 }

// Get returns the integer in a string.
func (f *BitField) Get(value []byte) int64 {
	var n uint64
	for i := f.Offset; i < f.Offset+int64(f.Width); i++ {
		n <<= 1
		if BitAt(value, i) {
			n |= 1
		}
	}
	if f.Signed {
		return int64(n<<(64-f.Width)) >> (64 - f.Width)
	}
	return int64(n)
}

// put writes the lowest bits of an integer into a string.
func (f *BitField) put(value []byte, n int64) {
	for i := range f.Width {
		PutBit(value, f.Offset+int64(i), n>>(f.Width-1-i)&1 != 0)
	}
}

// limits returns the least and the greatest integer that fit.
func (f *BitField) limits() (least, most int64) {
	if f.Signed {
		most = math.MaxInt64 >> (64 - f.Width)
		return ^most, most
	}
	return 0, 1<<f.Width - 1
}

// fit returns the sum of a value and a delta as it is stored, and reports whether it fits. Of a value alone delta is 0.
func (f *BitField) fit(value, delta int64, how Overflow) (n int64, fits bool) {
	least, most := f.limits()
	over := value > most || delta > 0 && value > most-delta
	under := value < least || delta < 0 && value >= 0 && value+delta < least || delta < 0 && value < 0 && value < least-delta
	if !f.Signed && value < 0 { // as a number without a sign it is greater than all that fit
		over, under = true, false
	}
	n = value + delta
	switch {
	case !over && !under:
		return n, true
	case how == OverflowSaturate && over:
		return most, false
	case how == OverflowSaturate:
		return least, false
	}
	n <<= 64 - f.Width
	if f.Signed {
		return n >> (64 - f.Width), false
	}
	return int64(uint64(n) >> (64 - f.Width)), false
}

// Do does the operation on a string that is long enough for what it writes, and reports whether it changed it.
func (o *BitFieldOp) Do(value []byte) (changed bool) {
	before := o.Get(value)
	o.Result, o.Refused = before, false
	if o.Action == BitFieldGet {
		return false
	}
	n, delta := o.Operand, int64(0)
	if o.Action == BitFieldIncr {
		n, delta = before, o.Operand
	}
	n, fits := o.fit(n, delta, o.Overflow)
	if !fits && o.Overflow == OverflowFail {
		o.Result, o.Refused = 0, true
		return false
	}
	if o.Action == BitFieldIncr {
		o.Result = n
	}
	o.put(value, n)
	return n != before
}
