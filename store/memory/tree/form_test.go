package tree

import (
	"bytes"
	"testing"
)

// TestFixedLeaves fills lists with items of one length, and spoils them with one of another length.
func TestFixedLeaves(t *testing.T) {
	for _, n := range []int{0, 1, 239, 240, 255, 256, 384, 385} {
		nodes := newMovingNodes()
		tree := New(nodes, List)
		var model []Item
		for i := range 60 {
			if i > 0 {
				tree.DeleteAt(tree.Len() - 1)
				model = model[:len(model)-1]
			}
			for len(model) < 2*i+1 {
				value := bytes.Repeat([]byte{byte(len(model))}, n)
				tree.InsertAt(tree.Len(), value)
				model = append(model, Item{Value: value})
			}
			compareItems(t, &tree, nodes, model)
			tree.SetAt(i, []byte("odd"))
			model[i].Value = []byte("odd")
			compareItems(t, &tree, nodes, model)
		}
	}
}

// TestFixedElementsTakeNoCodes compares what elements take.
func TestFixedElementsTakeNoCodes(t *testing.T) {
	e := element{prefix: 1, name: makeText([]byte("name"), 20, 5), value: makeText([]byte("value"), 20, 0)}
	for order, codes := range map[Order]int{Map: 2, Sorted: 1, List: 1} {
		plain := order.plain()
		e := e
		if order&named == 0 {
			e.name = text{}
		}
		if order&valued == 0 {
			e.value = text{}
		}
		var b [64]byte
		n := plain.write(b[:], &e)
		fixed := order.fixedForm(b[:n], 1)
		if fixed.codes() != codes || fixed.room(&e)+codes != plain.room(&e) || plain.room(&e) != n {
			t.Errorf("order %x takes %d bytes fixed and %d plain, %d written", order, fixed.room(&e), plain.room(&e), n)
		}
	}
}
