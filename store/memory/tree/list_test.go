package tree

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestListIsLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, nodes := smallTree(List)
		var model []string
		grow := rapid.IntRange(2, 8).Draw(t, "grow")
		values := texts(t)
		end := rapid.IntRange(0, 3).Draw(t, "end")
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			tree = reopen(tree)
			value := values.Draw(t, "value")
			switch op := rapid.IntRange(0, 12).Draw(t, "op"); {
			case op == 12 && len(model) > 0:
				backward, limit := rapid.Bool().Draw(t, "backward"), rapid.IntRange(1, 5).Draw(t, "limit")
				value = model[rapid.IntRange(0, len(model)-1).Draw(t, "i")]
				from, n := rapid.IntRange(0, len(model)-1).Draw(t, "from"), rapid.IntRange(0, len(model)).Draw(t, "n")
				compareMatches(t, tree, model, value, from, n, backward)
				deleted := tree.DeleteEqual([]byte(value), limit, backward)
				before := len(model)
				model = withoutEqual(model, value, limit, backward)
				if deleted != before-len(model) {
					t.Fatalf("%d elements deleted, want %d", deleted, before-len(model))
				}
			case op == 11 && len(model) > 0:
				i := rapid.IntRange(0, len(model)-1).Draw(t, "i")
				n := rapid.IntRange(1, len(model)-i).Draw(t, "n")
				deleted := tree.DeleteSome(i, n)
				if deleted < 1 || deleted > n {
					t.Fatalf("%d of %d elements deleted", deleted, n)
				}
				model = slices.Delete(model, i, i+deleted)
			case op == 10 && len(model) > 0:
				i := rapid.IntRange(0, len(model)-1).Draw(t, "i")
				tree.SetAt(i, []byte(value))
				model[i] = value
			case op > grow && len(model) > 0:
				i := place(t, end, len(model)-1)
				if item := tree.At(i); string(item.Value) != model[i] {
					t.Fatalf("element %d is %q, want %q", i, item.Value, model[i])
				}
				tree.DeleteAt(i)
				model = slices.Delete(model, i, i+1)
			default:
				i := place(t, end, len(model))
				tree.InsertAt(i, []byte(value))
				model = slices.Insert(model, i, value)
			}
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		}
		compareList(t, tree, model)
		testFreeing(t, tree, nodes)
	})
}

// place draws a position up to the last one: an end for some tests, and any for others.
func place(t *rapid.T, end, last int) int {
	switch end {
	case 0:
		return 0
	case 1:
		return last
	case 2:
		return rapid.SampledFrom([]int{0, last}).Draw(t, "place")
	}
	return rapid.IntRange(0, last).Draw(t, "place")
}

// compareList compares a tree with its model from a place on, in both directions.
func compareList(t *rapid.T, tree *Tree, model []string) {
	if tree.Len() != len(model) {
		t.Fatalf("%d elements, want %d", tree.Len(), len(model))
	}
	from := rapid.IntRange(0, len(model)).Draw(t, "from")
	var c Cursor
	ok := c.SeekAt(tree, from)
	for i := from; i < len(model); i++ {
		if item := c.Item(); !ok || string(item.Value) != model[i] {
			t.Fatalf("element %d is %q, want %q", i, item.Value, model[i])
		}
		ok = c.Next()
	}
	if ok {
		t.Fatal("the cursor goes on after the last element")
	}
	for i := len(model) - 1; i >= 0; i-- {
		if !c.Prev() || string(c.Item().Value) != model[i] {
			t.Fatalf("going back, element %d is %q, want %q", i, c.Item().Value, model[i])
		}
	}
	if c.Prev() {
		t.Fatal("the cursor goes on before the first element")
	}
}

func TestPositionsThatAreNot(t *testing.T) {
	tree, _ := smallTree(List)
	for range 50 {
		tree.InsertAt(0, []byte("item"))
	}
	var c Cursor
	for i, want := range map[int]bool{-1: false, 0: true, 49: true, 50: false, 51: false} {
		if c.SeekAt(tree, i) != want {
			t.Errorf("SeekAt(%d) is %v", i, !want)
		}
	}
	if c.SeekAt(tree, -1); !c.Next() || c.Prev() {
		t.Error("before the first element, Next does not lead to it")
	}
	if c.SeekAt(tree, 50); !c.Prev() || c.Next() {
		t.Error("after the last element, Prev does not lead to it")
	}
	for _, i := range []int{-1, 50} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) returns", i)
				}
			}()
			tree.At(i)
		}()
	}
}

// withoutEqual returns a list without its first elements that are equal to a value, or its last ones.
func withoutEqual(model []string, value string, limit int, backward bool) []string {
	if backward {
		slices.Reverse(model)
	}
	model = slices.DeleteFunc(model, func(one string) bool {
		if one != value || limit == 0 {
			return false
		}
		limit--
		return true
	})
	if backward {
		slices.Reverse(model)
	}
	return model
}

// compareMatches compares the positions of equal elements among n from one on.
func compareMatches(t *rapid.T, tree *Tree, model []string, value string, from, n int, backward bool) {
	var got, want []int
	tree.Match([]byte(value), from, n, backward, func(i int) bool {
		got = append(got, i)
		return len(got) < 3
	})
	by := 1
	if backward {
		by = -1
	}
	for i := from; n > 0 && i >= 0 && i < len(model) && len(want) < 3; i, n = i+by, n-1 {
		if model[i] == value {
			want = append(want, i)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q from %d on, backward %v: found %d, want %d", value, from, backward, got, want)
	}
}
