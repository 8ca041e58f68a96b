package tree

import (
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
