package hyperloglog_test

import (
	"bytes"
	"fmt"
	"testing"

	"sessd/store/hyperloglog"
)

// FuzzBytes: no bytes make a function panic, and what is sound stays sound.
func FuzzBytes(f *testing.F) {
	sparse, _, _ := hyperloglog.Add(nil, [][]byte{[]byte("a"), []byte("b"), []byte("c")})
	var dense []byte
	for i := range 3000 {
		dense, _, _ = hyperloglog.Add(dense, [][]byte{fmt.Append(nil, i)})
	}
	if !hyperloglog.IsDense(dense) || hyperloglog.IsDense(sparse) {
		f.Fatal("the forms are wrong")
	}
	f.Add(sparse, []byte("x"))
	f.Add(dense, []byte("x"))
	f.Add(append([]byte("HYLL\x01"), make([]byte, 20)...), []byte(""))
	f.Add(append(bytes.Clone(sparse[:16]), 0x7f, 0x00, 0x80, 0x40), []byte("y"))
	f.Fuzz(func(t *testing.T, value, element []byte) {
		before, failed := hyperloglog.Count(value)
		hyperloglog.CountAndRemember(bytes.Clone(value))
		var all hyperloglog.Registers
		all.Merge(value)
		all.Count()
		if may, err := hyperloglog.Changes(value, [][]byte{element}); err != nil || !may {
			return
		}
		after, _, err := hyperloglog.Add(bytes.Clone(value), [][]byte{element})
		if failed != nil || err != nil {
			return
		}
		n, err := hyperloglog.Count(after)
		if err != nil {
			t.Fatalf("%q with %q is %q, which has no count: %v", value, element, after, err)
		}
		if n < before && before < 1<<40 {
			t.Errorf("%d elements and one more are %d", before, n)
		}
		if _, changed, err := hyperloglog.Add(bytes.Clone(after), [][]byte{element}); changed || err != nil {
			t.Errorf("the same element changes it again: %v", err)
		}
		merged, err := all.Store(bytes.Clone(value), false)
		if m, err2 := hyperloglog.Count(merged); err != nil || err2 != nil || m != before {
			t.Errorf("with its own registers it counts %d, not %d: %v, %v", m, before, err, err2)
		}
	})
}

// TestCountIsNear: the estimate is within 3 % up to a million elements.
func TestCountIsNear(t *testing.T) {
	var value []byte
	for i := range 1_000_000 {
		value, _, _ = hyperloglog.Add(value, [][]byte{fmt.Append(nil, "element ", i)})
		if n := i + 1; n == 100 || n == 10_000 || n == 1_000_000 {
			got, err := hyperloglog.Count(value)
			if err != nil || float64(got) < 0.97*float64(n) || float64(got) > 1.03*float64(n) {
				t.Errorf("%d elements are %d, %v", n, got, err)
			}
		}
	}
}
