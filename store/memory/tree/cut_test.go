package tree

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A tree of which an end was cut off is as one whose elements were removed, and what was cut off has all other nodes.
func TestEndsAreCutOff(t *testing.T) {
	for _, order := range []Order{List, Set, Sorted} {
		for n := 1; n < 600; n += 1 + n/7 {
			for range 6 {
				tree, nodes := smallTree(order)
				for i := range n {
					name := fmt.Sprintf("%04d", i)
					if rand.IntN(3) == 0 {
						name = strings.Repeat("long ", 1+rand.IntN(12)) + name
					}
					if order == List {
						tree.InsertAt(i, []byte(name))
					} else {
						tree.Set(Key{Prefix: uint64(i / 40), Name: []byte(name)}, nil)
					}
				}
				for tree.Len() > 0 {
					cutSome(t, tree, nodes)
				}
				if len(nodes.nodes) > 0 {
					t.Fatalf("%d nodes are left", len(nodes.nodes))
				}
			}
		}
	}
}

// cutSome cuts elements off an end, and compares the others with those that there were.
func cutSome(t *testing.T, tree *Tree, nodes *movingNodes) {
	var before []string
	show := func() (all []string) {
		var c Cursor
		for ok := c.SeekAt(tree, 0); ok; ok = c.Next() {
			all = append(all, fmt.Sprint(c.Item()))
		}
		return all
	}
	before = show()
	i, after := rand.IntN(len(before)), rand.IntN(2) == 0
	var parts []Tree
	want, cut := before[i:], i
	if after {
		want, cut = before[:i], len(before)-i
	}
	if len(want) == 0 { // at least one stays
		for !tree.FreeSome(100) {
		}
		return
	}
	tree.CutEnd(i, after, func(part Tree) {
		parts = append(parts, part)
		cut -= part.Len()
	})
	if got := show(); strings.Join(got, " ") != strings.Join(want, " ") || tree.Len() != len(want) {
		t.Fatalf("%d of %d elements are left, not %d", len(got), len(before), len(want))
	}
	if cut < 0 {
		t.Fatalf("parts have %d elements too many", -cut)
	}
	state := tree.AppendTo(nil)
	for _, part := range parts {
		_, bytes := part.Weigh()
		freed := part.Bytes()
		for !part.FreeSome(3) {
		}
		if freed -= part.Bytes(); freed != bytes {
			t.Fatalf("%d bytes were freed, not %d", freed, bytes)
		}
		Discount(state, bytes)
	}
	*tree = Open(nodes, state)
	tree.limits = &tiny
	if err := nodes.check(tree); err != nil {
		t.Fatal(err)
	}
}
