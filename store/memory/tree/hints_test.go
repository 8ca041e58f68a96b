package tree

import (
	"fmt"
	"testing"
)

// Most keys that are asked for again are found without the root, also those that are not there.
func TestHintsLeadToLeaves(t *testing.T) {
	for _, order := range []Order{Map, Set} {
		tree, nodes := smallTree(order)
		var hints Hints
		tree.UseHints(&hints)
		for i := range 2000 {
			tree.Set(hashed(fmt.Sprint(i)), nil)
		}
		direct := 0
		for round := range 3 {
			for i := range 4000 {
				nodes.begin()
				if _, ok := tree.Get(hashed(fmt.Sprint(i))); ok != (i < 2000) {
					t.Fatalf("%d is there: %v", i, ok)
				}
				if round > 0 && !nodes.used[tree.root] {
					direct++
				}
			}
		}
		if direct < 2000 {
			t.Errorf("%d of 8000 searches begin at a leaf", direct)
		}
	}
}
