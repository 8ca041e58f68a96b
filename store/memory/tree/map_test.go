package tree

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// hashed returns the key of a name. Many names have the same prefix.
func hashed(name string) Key {
	h := crc32.ChecksumIEEE([]byte(name))
	if h%3 == 0 {
		h = h % 64 << 26
	}
	return Key{uint64(h), []byte(name)}
}

// texts draws how texts are drawn: nearly all of one length, or any.
func texts(t *rapid.T) *rapid.Generator[string] {
	fixed := rapid.Map(rapid.IntRange(0, 400), func(i int) string { return fmt.Sprintf("%04d", i) })
	return rapid.SampledFrom([]*rapid.Generator[string]{
		anyText(),
		fixed,
		rapid.Custom(func(t *rapid.T) string {
			if rapid.IntRange(0, 40).Draw(t, "odd") == 17 {
				return anyText().Draw(t, "text")
			}
			return fixed.Draw(t, "text")
		}),
	}).Draw(t, "texts")
}

// anyText draws bytes of up to a few times what a leaf takes, often alike.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(0, 400), func(i int) string { return fmt.Sprint(i) }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 22), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.IntRange(0, 90), func(n int) string { return string(bytes.Repeat([]byte{'a'}, n)) }),
	)
}

// keysOf returns the names of a model in the order of a tree.
func keysOf(model map[string]string) []string {
	return slices.SortedFunc(maps.Keys(model), func(a, b string) int {
		return cmp.Or(cmp.Compare(hashed(a).Prefix, hashed(b).Prefix), cmp.Compare(a, b))
	})
}

// compareMap compares a tree with its model, element by element in both directions.
func compareMap(t *rapid.T, tree *Tree, nodes *movingNodes, model map[string]string) {
	if err := nodes.check(tree); err != nil {
		t.Fatal(err)
	}
	keys := keysOf(model)
	if tree.Len() != len(keys) {
		t.Fatalf("%d elements, want %d", tree.Len(), len(keys))
	}
	var c Cursor
	ok := c.SeekAt(tree, 0)
	for i, name := range keys {
		if !ok {
			t.Fatalf("the cursor ends at %d of %d", i, len(keys))
		}
		if item := c.Item(); string(item.Name) != name || tree.order == Map && string(item.Value) != model[name] {
			t.Fatalf("element %d is %q, want %q", i, item.Name, name)
		}
		ok = c.Next()
	}
	if ok {
		t.Fatal("the cursor goes on after the last element")
	}
	for _, name := range slices.Backward(keys) {
		if !c.Prev() {
			t.Fatalf("the cursor ends before %q", name)
		}
		if item := c.Item(); string(item.Name) != name {
			t.Fatalf("going back the element is %q, want %q", item.Name, name)
		}
	}
	if c.Prev() {
		t.Fatal("the cursor goes on before the first element")
	}
	if n := len(keys) > 0; c.Next() != n {
		t.Fatal("the cursor does not come back from before the first element")
	}
}

func testMap(t *rapid.T, order Order) {
	tree, nodes := smallTree(order)
	model, hints := map[string]string{}, new(Hints)
	grow := rapid.IntRange(0, 9).Draw(t, "grow")
	names, values := texts(t), texts(t)
	for range rapid.IntRange(1, 400).Draw(t, "steps") {
		tree = reopen(tree)
		tree.UseHints(hints)
		name := names.Draw(t, "name")
		_, there := model[name]
		switch op := rapid.IntRange(0, 12).Draw(t, "op"); {
		case op == 12 && len(model) > 0:
			i := rapid.IntRange(0, len(model)-1).Draw(t, "i")
			name = keysOf(model)[i]
			if item := tree.At(i); string(item.Name) != name {
				t.Fatalf("element %d is %q, want %q", i, item.Name, name)
			}
			if n, found := tree.Rank(hashed(name)); n != i || !found {
				t.Fatalf("the rank of %q is %d, %v, want %d", name, n, found, i)
			}
			tree.DeleteAt(i)
			delete(model, name)
		case op > grow:
			if tree.Delete(hashed(name)) != there {
				t.Fatalf("deleting %q, which was there: %v", name, there)
			}
			delete(model, name)
		default:
			value := ""
			if order == Map {
				value = values.Draw(t, "value")
			}
			if tree.Set(hashed(name), []byte(value)) == there {
				t.Fatalf("setting %q, which was there: %v", name, there)
			}
			model[name] = value
		}
		value, ok := tree.Get(hashed(name))
		if want, there := model[name]; ok != there || string(value) != want {
			t.Fatalf("%q is %q, %v, want %q, %v", name, value, ok, want, there)
		}
		if err := nodes.check(tree); err != nil {
			t.Fatal(err)
		}
	}
	compareMap(t, tree, nodes, model)
	testFreeing(t, tree, nodes)
}

// testFreeing frees a tree in steps.
func testFreeing(t *rapid.T, tree *Tree, nodes *movingNodes) {
	limit := rapid.IntRange(1, 20).Draw(t, "limit")
	for done := false; !done; {
		tree = reopen(tree)
		before := len(nodes.nodes)
		done = tree.FreeSome(limit)
		if freed := before - len(nodes.nodes); freed > limit+2*maxHeight || freed < limit && !done {
			t.Fatalf("%d nodes freed with limit %d, done: %v", freed, limit, done)
		}
	}
	if err := nodes.check(tree); err != nil {
		t.Fatal(err)
	}
}

func TestMapIsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { testMap(t, Map) })
}

func TestSetIsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { testMap(t, Set) })
}

func TestScanVisitsWhatStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, nodes := smallTree(Set)
		for i := range 300 {
			tree.Set(hashed(fmt.Sprint(i)), nil)
		}
		stays := func(i int) bool { return i%5 == 0 }
		seen := map[string]bool{}
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		for cursor, steps := uint64(0), 0; cursor != 0 || steps == 0; steps++ {
			cursor = tree.Scan(cursor, limit, func(item Item) { seen[string(item.Name)] = true })
			if steps > 400 {
				t.Fatal("the scan does not end")
			}
			for range rapid.IntRange(0, 30).Draw(t, "changes") {
				i := rapid.IntRange(0, 600).Draw(t, "i")
				switch {
				case stays(i):
				case rapid.Bool().Draw(t, "delete"):
					tree.Delete(hashed(fmt.Sprint(i)))
				default:
					tree.Set(hashed(fmt.Sprint(i)), nil)
				}
			}
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 300 {
			if stays(i) && !seen[fmt.Sprint(i)] {
				t.Fatalf("the scan missed %d", i)
			}
		}
	})
}
