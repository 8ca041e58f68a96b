package tree

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What an End does not take is done by the tree, after which another one has to be found.
func TestEndsAreLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, nodes := smallTree(List)
		tree.InsertAt(0, []byte("first"))
		model := []string{"first"}
		values := texts(t)
		grow, last := rapid.IntRange(2, 8).Draw(t, "grow"), rapid.Bool().Draw(t, "last")
		var end End
		var state []byte
		find := func() {
			state = tree.AppendTo(nil)
			end.Find(tree, state, last)
		}
		find()
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			value := values.Draw(t, "value")
			i, op := 0, rapid.IntRange(0, 10).Draw(t, "op")
			if last {
				i = len(model)
			}
			switch {
			case op < grow:
				model = slices.Insert(model, i, value)
				if end.Takes([]byte(value)) {
					end.Push(state, []byte(value))
					break
				}
				tree.Reopen(state)
				tree.InsertAt(i, []byte(value))
				find()
			case op == 10 && len(model) > 1:
				last = !last
				tree.Reopen(state)
				find()
			case len(model) > 1:
				if last {
					i--
				}
				got, ok := end.Value()
				if ok && string(got) != model[i] {
					t.Fatalf("element %d is %q, want %q", i, got, model[i])
				}
				model = slices.Delete(model, i, i+1)
				if ok {
					end.Pop(state)
					break
				}
				tree.Reopen(state)
				tree.DeleteAt(i)
				find()
			}
			if !end.Is(state) {
				t.Fatal("it is another tree")
			}
			tree.Reopen(state)
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		}
		compareList(t, tree, model)
	})
}

func TestEndOfAnotherTree(t *testing.T) {
	tree, _ := smallTree(List)
	for range 100 {
		tree.InsertAt(0, []byte("element"))
	}
	var end End
	end.Find(tree, tree.AppendTo(nil), false)
	tree.SetAt(50, []byte("longer than it was before"))
	if end.Is(tree.AppendTo(nil)) {
		t.Error("the same, though a leaf grew")
	}
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Prefix, b.Prefix), bytes.Compare(a.Name, b.Name))
}

// TestEndsOfSortedSetsAreLikeASlice pops at both ends; what an End does not pop is removed by the tree.
func TestEndsOfSortedSetsAreLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, nodes := smallTree(Sorted)
		names := texts(t)
		var model []Key
		for range rapid.IntRange(1, 300).Draw(t, "elements") {
			k := Key{rapid.Uint64Range(0, 9).Draw(t, "score"), []byte(names.Draw(t, "name"))}
			i, found := slices.BinarySearchFunc(model, k, compareKeys)
			if !found {
				model = slices.Insert(model, i, k)
				tree.Set(k, nil)
			}
		}
		var end End
		for len(model) > 0 {
			last, i := rapid.Bool().Draw(t, "last"), 0
			if last {
				i = len(model) - 1
			}
			state := tree.AppendTo(nil)
			end.Find(tree, state, last)
			for more := rapid.IntRange(1, 12).Draw(t, "more"); more > 0 && len(model) > 0; more-- {
				k, ok := end.Key()
				if ok && compareKeys(k, model[i]) != 0 {
					t.Fatalf("element %d is %v, want %v", i, k, model[i])
				}
				if !ok || !end.Pops() {
					tree.Reopen(state)
					tree.Delete(model[i])
					more = 1
				} else {
					end.Pop(state)
					tree.Reopen(state)
				}
				model = slices.Delete(model, i, i+1)
				if last {
					i--
				}
			}
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
			if tree.Len() != len(model) {
				t.Fatalf("%d elements, want %d", tree.Len(), len(model))
			}
		}
	})
}
