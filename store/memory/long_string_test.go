package memory

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"sessd/store"
)

// wholePart wants all of a string, and keeps what it is shown.
type wholePart struct {
	value []byte
	parts int
}

func (w *wholePart) Wants(length int) (from, to int) { return 1, length - 1 }

func (w *wholePart) Part(part []byte, from, length int) {
	w.value = append(append(make([]byte, from), part...), make([]byte, length-from-len(part))...)
	w.value[0], w.value[length-1] = part[0], part[len(part)-1]
	w.parts++
}

func (w *wholePart) Value(value []byte, _ bool) { w.value = bytes.Clone(value) }

// A long string is read as it was at one moment, while it is written in its place, replaced, destroyed and flushed.
func TestLongStringsAreReadInOneStep(t *testing.T) {
	e := NewChecked(Options{Shards: 2, Keyspaces: 2})
	defer e.Close()
	ctx, op, key := context.Background(), store.Op{Now: 4102444800000}, []byte("string")
	other := op
	other.Keyspace = 1
	value := func(b byte) []byte { return bytes.Repeat([]byte{b}, longBytes+3*copiedPerStep+10) }
	change := func(i int) (err error) {
		b := byte('a' + i%20)
		switch i % 7 {
		case 0:
			_, err = e.SetString(ctx, op, key, value(b), store.SetOptions{ExpireAt: store.Never})
		case 1:
			err = e.SwapKeyspaces(ctx, op, 0, 1)
		case 2:
			_, err = e.SetString(ctx, other, key, value(b), store.SetOptions{ExpireAt: store.Never})
		case 3:
			err = e.Flush(ctx, op, false)
		default:
			_, err = e.SetStringRange(ctx, op, key, 0, value(b))
		}
		return err
	}
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(stop)
		for i := range 300 {
			if err := change(i); err != nil {
				t.Error(err)
			}
		}
	})
	for more := true; more; {
		select {
		case <-stop:
			more = false
		default:
		}
		var w wholePart
		if err := e.GetString(ctx, op, key, &w); err != nil {
			t.Fatal(err)
		}
		if len(w.value) > 0 && bytes.Count(w.value, w.value[:1]) != len(w.value) {
			t.Fatalf("a string is shown of %q and others", w.value[:1])
		}
	}
	all.Wait()
	if err := change(0); err != nil {
		t.Fatal(err)
	}
	var w wholePart
	if err := e.GetString(ctx, op, key, &w); err != nil || w.parts != 1 || !bytes.Equal(w.value, value('a')) {
		t.Errorf("%d parts, %d bytes, %v", w.parts, len(w.value), err)
	}
	if err := e.GetString(store.Immediate(), op, key, &w); err != store.ErrLong {
		t.Errorf("%v where nobody can wait", err)
	}
}

// BITOP of long strings, also onto one of them, is one step for who reads and writes them meanwhile.
func TestLongBitsAreCombinedInOneStep(t *testing.T) {
	e := NewChecked(Options{Shards: 2})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	a, b, target := []byte("a"), []byte("b"), []byte("target")
	value := func(b byte) []byte { return bytes.Repeat([]byte{b}, longBytes+copiedPerStep+10) }
	set := func(key []byte, b byte) {
		if _, err := e.SetString(ctx, op, key, value(b), store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Error(err)
		}
	}
	set(a, 0x0f)
	set(b, 0x33)
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 100 {
			if _, err := e.SetStringRange(ctx, op, [][]byte{a, target}[i%2], 0, value(byte(i))); err != nil {
				t.Error(err)
			}
		}
	})
	all.Go(func() {
		for i := range 60 {
			if n, err := e.CombineBits(ctx, op, target, store.BitXor, [][]byte{a, b, target}[:2+i%2]); err != nil || n != len(value(0)) {
				t.Error(n, err)
			}
		}
	})
	all.Go(func() {
		for range 60 {
			var w wholePart
			if err := e.GetString(ctx, op, target, &w); err != nil {
				t.Error(err)
			}
			if len(w.value) > 0 && bytes.Count(w.value, w.value[:1]) != len(w.value) {
				t.Errorf("a string is shown of %q and others", w.value[:1])
			}
		}
	})
	all.Wait()
	set(a, 0x0f)
	if _, err := e.SetString(ctx, op, []byte("short"), []byte{0xf0, 0x0f}, store.SetOptions{ExpireAt: store.Never}); err != nil {
		t.Error(err)
	}
	for how, want := range map[store.BitOp][3]byte{store.BitAnd: {0, 3, 0}, store.BitOr: {0xff, 0x3f, 0x3f}, store.BitXor: {0xcc, 0x33, 0x3c}} {
		if _, err := e.CombineBits(ctx, op, target, how, [][]byte{a, b, []byte("short")}); err != nil {
			t.Error(err)
		}
		var w wholePart
		if err := e.GetString(atOnce{ctx}, op, target, &w); err != nil || [3]byte(w.value) != want || w.value[len(w.value)-1] != want[2] {
			t.Errorf("%d makes %x of %d bytes, want %x; %v", how, w.value[:3], len(w.value), want, err)
		}
	}
	if _, err := e.CombineBits(store.Immediate(), op, target, store.BitNot, [][]byte{a}); err != store.ErrLong {
		t.Errorf("%v where nobody can wait", err)
	}
	for _, one := range [][]byte{a, target, []byte("none")} {
		if n, err := e.CombineBits(ctx, op, a, store.BitNot, [][]byte{one}); err != nil || (n == 0) != (string(one) == "none") {
			t.Error(n, err)
		}
	}
}
