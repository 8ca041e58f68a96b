package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"sessd/store"
	"sessd/store/memory"
)

// lastElement keeps the element that it was shown last.
type lastElement struct{ text string }

func (*lastElement) List([]byte, int)         {}
func (l *lastElement) Element(element []byte) { l.text = string(element) }

// What a shard keeps of the ends of a list is of no other list, and of no part that was cut off elsewhere.
func TestEndsOfListsThatChangePlaces(t *testing.T) {
	e := memory.NewChecked(memory.LargeSoon(memory.Options{Shards: 1, Keyspaces: 2}))
	defer e.Close()
	ctx, key := context.Background(), []byte("list")
	var models [2][]string // by keyspace
	for i := range 2000 {
		at := rand.IntN(2)
		op, m, end := store.Op{Keyspace: at, Now: 4102444800000}, &models[at], store.ListEnd(rand.IntN(2))
		var err error
		switch n := rand.IntN(12); {
		case n == 0:
			models[0], models[1] = models[1], models[0]
			err = e.SwapKeyspaces(ctx, op, 0, 1)
		case n == 1 && len(*m) > 60:
			from, to := rand.IntN(30), 30+rand.IntN(len(*m)-30)
			*m = (*m)[from:to]
			err = e.TrimList(ctx, op, key, int64(from), int64(to-1))
		case n < 5 && len(*m) > 0:
			var got lastElement
			want := (*m)[0]
			if end == store.ListTail {
				want = (*m)[len(*m)-1]
				*m = (*m)[:len(*m)-1]
			} else {
				*m = (*m)[1:]
			}
			if _, err = e.PopList(ctx, op, [][]byte{key}, 1, end, &got); got.text != want {
				t.Fatalf("%d: popped %q, want %q", i, got.text, want)
			}
		default:
			for range 1 + rand.IntN(10) {
				text := fmt.Sprint("element ", i%30)
				if end == store.ListTail {
					*m = append(*m, text)
				} else {
					*m = append([]string{text}, *m...)
				}
				if _, err = e.PushList(ctx, op, key, [][]byte{[]byte(text)}, end, false); err != nil {
					break
				}
			}
		}
		if n, _ := e.ListLength(ctx, op, key); err != nil || n != len(*m) {
			t.Fatalf("%d: %d elements, want %d; %v", i, n, len(*m), err)
		}
	}
}
