package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// What is remembered of a key is true after whatever happens to its entry and its shard: others pop, delete, flush and swap
// without the memo. The keys are in few shards of two keyspaces, among them one too long to be remembered.
func TestMemoOfEntriesThatMove(t *testing.T) {
	e := memory.NewChecked(memory.LargeSoon(memory.Options{Shards: 2, Keyspaces: 2}))
	defer e.Close()
	ctx, memo := context.Background(), e.NewMemo()
	keys := []string{"a", "b", "c", "", strings.Repeat("long", 200)}
	var models [2]map[string]int // lengths, by keyspace
	for i := range models {
		models[i] = map[string]int{}
	}
	key := keys[0]
	for i := range 6000 {
		if rand.IntN(3) == 0 {
			key = keys[rand.IntN(len(keys))]
		}
		at := rand.IntN(8) / 7
		plain := store.Op{Keyspace: at, Now: 4102444800000}
		op, m, name := plain, models[at], []byte(key)
		op.Memo = memo
		var err error
		switch n := rand.IntN(40); {
		case n == 0:
			models[0], models[1] = models[1], models[0]
			err = e.SwapKeyspaces(ctx, plain, 0, 1)
		case n == 1:
			clear(m)
			err = e.Flush(ctx, plain, false)
		case n == 2:
			memo.Forget()
		case n < 6:
			delete(m, key)
			_, err = e.Delete(ctx, plain, [][]byte{name})
		case n < 14:
			if m[key]--; m[key] <= 0 {
				delete(m, key)
			}
			_, err = e.PopList(ctx, plain, [][]byte{name}, 1, store.ListHead, &lastElement{})
		case n < 20:
			var got int
			if got, err = e.ListLength(ctx, op, name); got != m[key] {
				t.Fatalf("%d: %.10q has %d elements, want %d", i, key, got, m[key])
			}
		default:
			m[key]++
			var got int
			if got, err = e.PushList(ctx, op, name, [][]byte{fmt.Append(nil, i)}, store.ListTail, false); got != m[key] {
				t.Fatalf("%d: %.10q has %d elements after a push, want %d", i, key, got, m[key])
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkPushInARow pushes to one list again and again, with a memo and without one.
func BenchmarkPushInARow(b *testing.B) {
	for _, memoed := range []bool{false, true} {
		b.Run(fmt.Sprintf("memo=%v", memoed), func(b *testing.B) {
			e := memory.New(memory.Options{})
			defer e.Close()
			op, ctx, key, elements := store.Op{Now: 4102444800000}, context.Background(), []byte("mylist"), [][]byte{[]byte("xxx")}
			if memoed {
				op.Memo = e.NewMemo()
			}
			b.ReportAllocs()
			for range b.N {
				if _, err := e.PushList(ctx, op, key, elements, store.ListTail, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
