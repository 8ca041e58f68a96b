package memory

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"sessd/store/memory/tree"
)

// TestScoresInBodies: every score is read as it was written, and whole numbers take few bytes.
func TestScoresInBodies(t *testing.T) {
	for score, size := range map[float64]int{
		0: 1, 1: 1, 239: 1, 240: 2, 255: 2, 256: 3, 65535: 3, 65536: 4, -1: 2, -255: 2, -256: 3, 1.7e9: 5, 1.7e12: 7,
		1<<53 - 1: 8, 1 << 53: 8, 1 << 55: 8, 1 << 56: 9, -(1 << 56): 9, 1<<56 - 8: 8, 0.5: 9, -0.5: 9, 1.7e9 + 0.25: 9,
		math.Inf(1): 9, math.Inf(-1): 9, math.MaxFloat64: 9, math.SmallestNonzeroFloat64: 9, -math.SmallestNonzeroFloat64: 9,
	} {
		prefix := tree.Score(score)
		written := appendScore(nil, prefix)
		if len(written) != size {
			t.Errorf("%v takes %d bytes, want %d", score, len(written), size)
		}
		got, rest := takeScore(append(written, "rest"...))
		if got != prefix || string(rest) != "rest" {
			t.Errorf("%v, written as %x, is read as %v, with %q left", score, written, tree.ScoreOf(got), rest)
		}
	}
}

// FuzzSortedForms: a body that was made from a form is made that form again, and what is no form is refused.
func FuzzSortedForms(f *testing.F) {
	form := []byte{2}
	form = appendBytes(binary.LittleEndian.AppendUint64(form, tree.Score(-3)), []byte("ann"))
	form = appendBytes(binary.LittleEndian.AppendUint64(form, tree.Score(0.5)), nil)
	f.Add(form)
	f.Add(form[:5])
	f.Add([]byte{})
	f.Add(binary.AppendUvarint(nil, math.MaxUint64))
	f.Fuzz(func(t *testing.T, form []byte) {
		body, err := sortedType{}.adopt(nil, form, nil)
		if err != nil {
			return
		}
		if size := (sortedType{}).size(nil, append(body, 0xff)); size != len(body) {
			t.Fatalf("%x, adopted from %x, has a size of %d", body, form, size)
		}
		back := sortedType{}.appendTo(nil, body, nil)
		again, err := sortedType{}.adopt(nil, back, nil)
		if err != nil || !bytes.Equal(again, body) || len(back) > len(form) {
			t.Errorf("%x, adopted from %x, is given back as %x and adopted as %x, %v", body, form, back, again, err)
		}
	})
}
