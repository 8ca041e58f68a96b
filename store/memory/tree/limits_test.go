package tree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// lengths are around every bound of a text.
var lengths = []int{0, 1, 9, 10, 10, 10, 11, 47, 48, 49, 127, 128, 129, 239, 240, 241, 255, 256, 383, 384, 385, 1000, 3000, 9000}

// randomText returns a text of one of the lengths, which begins as many others do.
func randomText(r *rand.Rand) []byte {
	b := bytes.Repeat([]byte{'a'}, lengths[r.IntN(len(lengths))])
	if n := len(b); n > 0 {
		b[n-1], b[r.IntN(n)] = byte(r.Uint32()), byte('a'+r.IntN(2))
	}
	return b
}

// TestStandardLimits runs every order with the limits of the engine, against the same tree as a sorted slice.
func TestStandardLimits(t *testing.T) {
	for _, order := range []Order{Map, Set, Sorted, List} {
		t.Run(fmt.Sprintf("%x", order), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(order), 2))
			nodes := newMovingNodes()
			empty := New(nodes, order)
			tree := &empty
			var model []Item
			for step := range 2500 {
				k, value := Key{uint64(r.IntN(3)), randomText(r)}, randomText(r)
				if order == List {
					k = Key{}
				}
				if order&valued == 0 {
					value = nil
				}
				nodes.begin()
				need, deleting := tree.Need(len(k.Name), len(value)), step > 1800 && r.IntN(3) > 0
				model = stepModel(tree, model, Item{k, value}, r, deleting)
				if deleting {
					need = tree.Need(0, 0)
				}
				if order != List {
					need += int64(slices.Max(lengths)) // a separator
				}
				if nodes.more > need {
					t.Fatalf("step %d asks for %d bytes, needs %d", step, nodes.more, need)
				}
				if step%200 == 0 {
					compareItems(t, tree, nodes, model)
					tree = reopen(tree)
				}
			}
			compareItems(t, tree, nodes, model)
			for !tree.FreeSome(10) {
			}
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// stepModel adds an element, or deletes one, in a tree and in its model.
func stepModel(tree *Tree, model []Item, item Item, r *rand.Rand, deleting bool) []Item {
	i, found := r.IntN(len(model)+1), false
	if tree.order != List {
		i, found = slices.BinarySearchFunc(model, item, func(a, b Item) int {
			if c := int(a.Prefix) - int(b.Prefix); c != 0 {
				return c
			}
			return bytes.Compare(a.Name, b.Name)
		})
	}
	switch {
	case deleting && len(model) > 0:
		i = min(i, len(model)-1)
		tree.DeleteAt(i)
		return slices.Delete(model, i, i+1)
	case tree.order == List && r.IntN(4) == 0 && i < len(model):
		tree.SetAt(i, item.Value)
		model[i] = item
		return model
	case tree.order == List:
		tree.InsertAt(i, item.Value)
	default:
		tree.Set(item.Key, item.Value)
	}
	if found {
		model[i] = item
		return model
	}
	return slices.Insert(model, i, item)
}

func compareItems(t *testing.T, tree *Tree, nodes *movingNodes, model []Item) {
	t.Helper()
	if err := nodes.check(tree); err != nil {
		t.Fatal(err)
	}
	if tree.Len() != len(model) {
		t.Fatalf("%d elements, want %d", tree.Len(), len(model))
	}
	var c Cursor
	ok := c.SeekAt(tree, 0)
	for i, want := range model {
		if item := c.Item(); !ok || item.Prefix != want.Prefix || !bytes.Equal(item.Name, want.Name) || !bytes.Equal(item.Value, want.Value) {
			t.Fatalf("element %d is another one", i)
		}
		ok = c.Next()
	}
}

// TestOperationsTouchFewNodes counts the nodes that operations use: the path, and where nodes are divided or merged,
// another one beside each of the path and a new root.
func TestOperationsTouchFewNodes(t *testing.T) {
	tree, nodes := smallTree(Map)
	often := 0
	operation := func(run func()) {
		nodes.begin()
		before := tree.height
		run()
		height := max(before, tree.height)
		if n := len(nodes.used); n > 2*height {
			t.Fatalf("an operation uses %d nodes of a tree with %d levels", n, height)
		} else if n > height+2 {
			often++
		}
	}
	const n = 5000
	for i := range n {
		operation(func() { tree.Set(hashed(fmt.Sprint(i)), []byte("value")) })
	}
	for i := range n {
		operation(func() { tree.Get(hashed(fmt.Sprint(i))) })
		operation(func() { tree.At(i) })
	}
	for i := range n {
		operation(func() { tree.Delete(hashed(fmt.Sprint(i))) })
	}
	if often > n/20 {
		t.Errorf("%d of %d operations use more than two nodes beside the path", often, 4*n)
	}
}

// TestQueuesAreFull pushes at one end and pops at the other.
func TestQueuesAreFull(t *testing.T) {
	for _, left := range []bool{false, true} {
		tree, nodes := smallTree(List)
		push, pop := func() int { return tree.Len() }, func() int { return 0 }
		if left {
			push, pop = func() int { return 0 }, func() int { return tree.Len() - 1 }
		}
		for i := range 3000 {
			tree.InsertAt(push(), fmt.Appendf(nil, "%04d", i))
			if i >= 1000 {
				if item := tree.At(pop()); string(item.Value) != fmt.Sprintf("%04d", i-1000) {
					t.Fatalf("popped %q at %d", item.Value, i)
				}
				tree.DeleteAt(pop())
			}
		}
		if err := nodes.check(tree); err != nil {
			t.Fatal(err)
		}
		weight := 1000 * (5 + elementCost)
		if leaves := weight / tiny.leaf * 115 / 100; tree.CountNodes() > leaves*5/4 {
			t.Errorf("%d nodes, full leaves would be %d", tree.CountNodes(), leaves)
		}
	}
}
