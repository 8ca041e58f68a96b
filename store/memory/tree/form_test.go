package tree

import (
	"bytes"
	"math/rand/v2"
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

// TestSkipBelow compares the search for a prefix with one that goes by one element after the other, in leaves whose names have
// lengths in runs.
func TestSkipBelow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	f := Sorted.plain()
	for range 2000 {
		b, n, score := make([]byte, 64<<10), random.IntN(40), uint64(0)
		end, length := nodeSize, 0
		for range n {
			if random.IntN(6) == 0 {
				length = [...]int{0, 1, 9, 16, 239, 240, 300}[random.IntN(7)]
			}
			score += uint64(random.IntN(3))
			e := element{prefix: score, name: makeText(make([]byte, length), maxText, 0)}
			end += f.write(b[end:], &e)
		}
		setCounts(b, end, n)
		for prefix := range score + 2 {
			at, i := f.skipBelow(b[:end], nodeSize, end, prefix)
			want, wantI := nodeSize, 0
			for ; want < end && f.prefix(b, want) < prefix; wantI++ {
				want = f.next(b, want)
			}
			if at != want || i != wantI {
				t.Fatalf("the first of %d elements from %d on is the %d. at %d, want the %d. at %d", n, prefix, i, at, wantI, want)
			}
		}
	}
}
