package memory_test

import (
	"bytes"
	"context"
	"testing"

	"sessd/store"
	"sessd/store/memory"
	"sessd/store/storetest"
)

type bag map[string]string

func (b bag) Bag(int64, int)                   {}
func (b bag) Field(name, value []byte, _ bool) { b[string(name)] = string(value) }

func TestSessionFollowsItsRotations(t *testing.T) {
	e := memory.New(memory.Options{})
	t.Cleanup(func() { e.Close() })
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	id := func(s string) []byte { return []byte(s) }

	if err := e.CreateSession(ctx, op, id("a"), store.CreateOptions{Fields: [][]byte{id("k"), id("v")}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"ab", "bc", "cd"} {
		if err := e.RotateSession(ctx, op, id(step[:1]), id(step[1:]), store.RotateOptions{Grace: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	for _, old := range []string{"a", "b", "c", "d"} {
		got := bag{}
		if err := e.LoadSession(ctx, op, id(old), store.LoadOptions{}, got); err != nil || got["k"] != "v" {
			t.Errorf("under %s: %v, %v", old, got, err)
		}
	}
	if n, _ := e.Size(ctx, op); n != 1 {
		t.Errorf("%d entries", n)
	}
	if key, _ := e.RandomKey(ctx, op); !bytes.Equal(key, id("d")) {
		t.Errorf("the key is %q", key)
	}
}

func open(*testing.T) store.Engine {
	return memory.NewChecked(memory.Options{Keyspaces: 2, Shards: 4})
}

func TestContract(t *testing.T) { storetest.Run(t, open) }

func TestRandom(t *testing.T) { storetest.Random(t, open) }

func FuzzOperations(f *testing.F) { storetest.Fuzz(f, open) }

func TestParallel(t *testing.T) { storetest.Parallel(t, open) }
