package store

import (
	"bytes"
	"math"
	"testing"
)

// TestBits: counting and finding agree with looking at every bit, over all ranges of strings with long runs.
func TestBits(t *testing.T) {
	for _, value := range [][]byte{{}, {0x80}, {0x12, 0xff}, bytes.Repeat([]byte{0}, 20), bytes.Repeat([]byte{0xff}, 20), append(bytes.Repeat([]byte{0xff}, 17), 0xfe, 0), append(make([]byte, 18), 4)} {
		size := int64(len(value)) * 8
		for from := range size {
			for to := from; to < size; to++ {
				count, set, clear := int64(0), int64(-1), int64(-1)
				for i := to; i >= from; i-- {
					if BitAt(value, i) {
						count++
						set = i
					} else {
						clear = i
					}
				}
				if got := CountBits(value, from, to); got != count {
					t.Fatalf("%x has %d bits from %d to %d, counted %d", value, count, from, to, got)
				}
				if a, b := FindBit(value, true, from, to), FindBit(value, false, from, to); a != set || b != clear {
					t.Fatalf("%x from %d to %d: found %d and %d, want %d and %d", value, from, to, a, b, set, clear)
				}
			}
		}
		if CountBits(value, 0, -1) != 0 || FindBit(value, true, 0, -1) != -1 {
			t.Errorf("%x: an empty range has a bit", value)
		}
	}
}

// TestBitFieldOverflow: the edges of the widest fields.
func TestBitFieldOverflow(t *testing.T) {
	signed, unsigned := BitField{Signed: true, Width: 64}, BitField{Width: 63}
	for _, test := range []struct {
		field        BitField
		value, delta int64
		how          Overflow
		want         int64
		fits         bool
	}{
		{signed, math.MaxInt64, 1, OverflowWrap, math.MinInt64, false},
		{signed, math.MaxInt64, 1, OverflowSaturate, math.MaxInt64, false},
		{signed, math.MinInt64, -1, OverflowWrap, math.MaxInt64, false},
		{signed, math.MinInt64, math.MinInt64, OverflowSaturate, math.MinInt64, false},
		{signed, math.MinInt64, math.MaxInt64, OverflowWrap, -1, true},
		{signed, -1, math.MaxInt64, OverflowWrap, math.MaxInt64 - 1, true},
		{signed, 0, math.MinInt64, OverflowWrap, math.MinInt64, true},
		{unsigned, math.MaxInt64, 1, OverflowWrap, 0, false},
		{unsigned, 0, math.MinInt64, OverflowWrap, 0, false},
		{unsigned, 5, math.MinInt64, OverflowSaturate, 0, false},
		{unsigned, -1, 0, OverflowSaturate, math.MaxInt64, false},
		{unsigned, -1, 0, OverflowWrap, math.MaxInt64, false},
	} {
		if n, fits := test.field.fit(test.value, test.delta, test.how); n != test.want || fits != test.fits {
			t.Errorf("%+v: %d and %d make %d, %v, want %d, %v", test.field, test.value, test.delta, n, fits, test.want, test.fits)
		}
	}
}
