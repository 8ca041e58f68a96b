package tree

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// events is a Watcher that keeps what it is told.
type events []string

func (e *events) add(format string, args ...any) { *e = append(*e, fmt.Sprintf(format, args...)) }

func (e *events) Set(k Key, value []byte)      { e.add("set %d %q %q", k.Prefix, k.Name, value) }
func (e *events) Deleted(k Key)                { e.add("deleted %d %q", k.Prefix, k.Name) }
func (e *events) Inserted(i int, value []byte) { e.add("inserted %d %q", i, value) }
func (e *events) Replaced(i int, value []byte) { e.add("replaced %d %q", i, value) }
func (e *events) Cut(i, n int)                 { e.add("cut %d %d", i, n) }

// twin is a tree that is changed in place where that goes, beside one that is not.
type twin struct {
	one, other       Tree
	tells, otherTell events
	inPlace, changes int
}

func newTwin(order Order) *twin {
	w := &twin{one: New(newMovingNodes(), order), other: New(newMovingNodes(), order)}
	w.one.Watch(&w.tells)
	w.other.Watch(&w.otherTell)
	w.one.UseHints(new(Hints))
	return w
}

// do makes a change in place if plan finds one, else with otherwise. It reports a change in place that moved a node.
func (w *twin) do(plan func(c *InPlace) bool, change func(t *Tree)) error {
	change(&w.other)
	w.changes++
	var c InPlace
	moves, bytes, root := w.one.moves, w.one.bytes, w.one.root
	if !plan(&c) {
		change(&w.one)
		return nil
	}
	w.inPlace++
	c.Do()
	if w.one.moves != moves || w.one.bytes != bytes || w.one.root != root {
		return fmt.Errorf("a change in place moved nodes")
	}
	return nil
}

// step makes a random change.
func (w *twin) step(r *rand.Rand, growing bool) error {
	value := make([]byte, r.IntN(4))
	if r.IntN(20) == 0 {
		value = make([]byte, 30) // in a node of its own
	}
	if w.one.order&named == 0 {
		return w.stepList(r, value, growing)
	}
	k := Key{uint64(r.IntN(50)) << 26, fmt.Appendf(nil, "%0*d", 1+r.IntN(2)*r.IntN(2)*30, r.IntN(9))}
	if growing || r.IntN(3) == 0 {
		if w.one.order&valued == 0 {
			value = nil
		}
		return w.do(func(c *InPlace) bool {
			find := c.Find
			if w.changes%2 == 0 {
				find = c.FindValue
			}
			found := find(&w.one, k)
			return !(found && value == nil) && c.Set(value)
		}, func(t *Tree) { t.Set(k, value) })
	}
	if n := w.one.Len(); n > 0 && r.IntN(2) == 0 {
		i := r.IntN(n)
		return w.do(func(c *InPlace) bool {
			c.FindAt(&w.one, i)
			var at Cursor
			at.SeekAt(&w.one, i)
			if got, want := c.Key(), at.Key(); got.Prefix != want.Prefix || string(got.Name) != string(want.Name) {
				panic(fmt.Sprintf("the key at %d is %v, not %v", i, got, want))
			}
			return c.Delete()
		}, func(t *Tree) { t.DeleteAt(i) })
	}
	return w.do(func(c *InPlace) bool {
		return c.Find(&w.one, k) && c.Delete()
	}, func(t *Tree) { t.Delete(k) })
}

func (w *twin) stepList(r *rand.Rand, value []byte, growing bool) error {
	n := w.one.Len()
	i := r.IntN(n + 1)
	switch {
	case n == 0:
		w.one.InsertAt(0, value)
		w.other.InsertAt(0, value)
		return nil
	case growing || i == n:
		return w.do(func(c *InPlace) bool { c.FindAt(&w.one, i); return c.Insert(value) }, func(t *Tree) { t.InsertAt(i, value) })
	case r.IntN(2) == 0:
		return w.do(func(c *InPlace) bool { c.FindAt(&w.one, i); return c.Set(value) }, func(t *Tree) { t.SetAt(i, value) })
	}
	return w.do(func(c *InPlace) bool { c.FindAt(&w.one, i); return c.Delete() }, func(t *Tree) { t.DeleteAt(i) })
}

// items returns the elements as text.
func items(t *Tree) (all []string) {
	var c Cursor
	for ok := c.SeekAt(t, 0); ok; ok = c.Next() {
		item := c.Item()
		all = append(all, fmt.Sprintf("%d %q %q", item.Prefix, item.Name, item.Value))
	}
	return all
}

func TestChangesInPlace(t *testing.T) {
	for _, order := range []Order{Map, Set, Sorted, Log, List} {
		w, r := newTwin(order|Tiny), rand.New(rand.NewPCG(uint64(order), 1))
		for i := range 6000 {
			if err := w.step(r, i/300%2 == 0); err != nil {
				t.Fatal(order, i, err)
			}
			if i%50 != 0 {
				continue
			}
			if err := w.one.Check(); err != nil {
				t.Fatal(order, i, err)
			}
			if a, b := items(&w.one), items(&w.other); !slices.Equal(a, b) {
				t.Fatalf("order %d, change %d: %q, otherwise %q", order, i, a, b)
			}
		}
		if !slices.Equal(w.tells, w.otherTell) {
			t.Errorf("order %d: a watcher is told something else of changes in place", order)
		}
		if w.inPlace < w.changes/10 {
			t.Errorf("order %d: only %d of %d changes were in place", order, w.inPlace, w.changes)
		}
		var state [StateSize]byte
		w.one.AppendTo(state[:0])
		if n := CountOf(state[:]); n != w.one.Len() {
			t.Errorf("order %d: the state counts %d elements of %d", order, n, w.one.Len())
		}
	}
}
