package tree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLongSeparators grows and shrinks trees whose names begin alike, some for longer than a separator in a branch. So
// separators go to nodes of their own and back, and become longer where a branch is full.
func TestLongSeparators(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 3))
		tree, nodes := smallTree(Sorted)
		name := func() []byte {
			i := r.IntN(3000)
			return fmt.Appendf(nil, "%s%04d", strings.Repeat("x", i%8*i%19), i)
		}
		model := map[string]bool{}
		for step := range 3000 {
			k := Key{Prefix: 1, Name: name()}
			if r.IntN(1000) < 800-600*(step/1500) {
				tree.Set(k, nil)
				model[string(k.Name)] = true
			} else if tree.Delete(k) != model[string(k.Name)] {
				t.Fatalf("seed %d: deleting %q, which was there: %v", seed, k.Name, model[string(k.Name)])
			} else {
				delete(model, string(k.Name))
			}
			if step%25 == 0 {
				if err := nodes.check(tree); err != nil {
					t.Fatalf("seed %d, step %d: %v", seed, step, err)
				}
			}
		}
		if tree.Len() != len(model) {
			t.Fatalf("seed %d: %d elements, want %d", seed, tree.Len(), len(model))
		}
		for name := range model {
			if _, ok := tree.Get(Key{Prefix: 1, Name: []byte(name)}); !ok {
				t.Fatalf("seed %d: %q is not there", seed, name)
			}
		}
	}
}

func TestSeparatorsAreShort(t *testing.T) {
	for _, test := range []struct {
		order         Order
		before, after Key
		want          string
	}{
		{Map, Key{0x01020304, []byte("b")}, Key{0x01050304, []byte("a")}, "\x01\x05"},
		{Map, Key{0x01020304, []byte("b")}, Key{0x01020305, []byte("bb")}, "\x01\x02\x03\x05"},
		{Map, Key{0x01020304, []byte("")}, Key{0x01020304, []byte("ab")}, "\x01\x02\x03\x04a"},
		{Map, Key{0x01020304, []byte("abc")}, Key{0x01020304, []byte("abdef")}, "\x01\x02\x03\x04abd"},
		{Sorted, Key{0x0102030405060708, []byte("z")}, Key{0x0103030405060708, nil}, "\x01\x03"},
		{Sorted, Key{1, []byte("a")}, Key{1, []byte("aaaaa")}, "\x00\x00\x00\x00\x00\x00\x00\x01aa"},
	} {
		tree, _ := smallTree(test.order)
		before, after := tree.makeElement(test.before, nil), tree.makeElement(test.after, nil)
		sep := tree.makeSeparator(&before, &after)
		if got := string(sep.buf[:sep.size]); got != test.want || sep.overflow {
			t.Errorf("between %v and %v is %q, want %q", test.before, test.after, got, test.want)
		}
	}
}
