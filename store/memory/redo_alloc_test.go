package memory

import (
	"context"
	"testing"

	"sessd/store"
)

type discard struct{}

func (discard) Append([]byte) {}

type noFields struct{}

func (noFields) Bag(int64, int)             {}
func (noFields) Field(_, _ []byte, _ bool)  {}
func (noFields) Value(_ []byte, found bool) {}

// Telling a log of what sessions and strings do most takes nothing from the heap.
func TestRedoAllocatesNothing(t *testing.T) {
	e := New(Options{})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: restoreStart}
	id, key, v := []byte("session"), []byte("key"), []byte("value")
	if err := e.CreateSession(ctx, op, id, store.CreateOptions{IdleTimeout: 60_000, Fields: manyPairs(10)}); err != nil {
		t.Fatal(err)
	}
	pairs, other := manyPairs(2), manyPairs(2)
	other[1] = v
	turn := 0
	work := map[string]func(){
		"load": func() { e.LoadSession(ctx, op, id, store.LoadOptions{}, noFields{}) },
		"save": func() { e.SaveSession(ctx, op, id, store.SaveOptions{Fields: pairs}) },
		"save of another length": func() {
			turn++
			e.SaveSession(ctx, op, id, store.SaveOptions{Fields: [][][]byte{pairs, other}[turn%2]})
		},
		"set": func() { e.SetString(ctx, op, key, v, store.SetOptions{ExpireAt: store.Never}) },
		"get": func() { e.GetString(ctx, op, key, noFields{}) },
	}
	before := map[string]float64{}
	for name, do := range work {
		before[name] = testing.AllocsPerRun(200, func() { op.Now += 1000; do() })
	}
	defer e.Record(discard{})()
	for name, do := range work {
		do() // buffers grow
		if n := testing.AllocsPerRun(200, func() { op.Now += 1000; do() }); n > before[name] {
			t.Errorf("%s: %v allocations with a log, %v without", name, n, before[name])
		}
	}
	t.Log(before)
}
