package tree

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// FuzzTree runs operations that bytes describe, on a tree of any order with small limits, against a sorted slice: one
// byte for the operation and the length of its texts, and one for their content.
func FuzzTree(f *testing.F) {
	for order := range byte(4) {
		var in []byte
		for i := range byte(200) {
			in = append(in, i*37, i*11)
		}
		f.Add(order, in)
	}
	f.Fuzz(func(t *testing.T, which byte, in []byte) {
		order := []Order{Map, Set, Sorted, List}[which%4]
		tree, nodes := smallTree(order)
		r := rand.New(rand.NewPCG(1, 2))
		var model []Item
		for ; len(in) >= 2 && len(model) < 500; in = in[2:] {
			n := int(in[0] & 31)
			item := Item{Value: bytes.Repeat(in[1:2], n)}
			if order != List {
				item.Key = Key{uint64(in[1] & 7), bytes.Repeat(in[1:2], n*2)}
			}
			if order&valued == 0 {
				item.Value = nil
			}
			model = stepModel(tree, model, item, r, in[0] >= 160)
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		}
		compareItems(t, tree, nodes, model)
		for !tree.FreeSome(3) {
			if n := tree.Bytes(); n <= 0 {
				t.Fatalf("%d bytes are left in a tree that is not empty", n)
			}
		}
		if err := nodes.check(tree); err != nil {
			t.Fatal(err)
		}
	})
}
