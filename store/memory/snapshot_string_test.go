package memory

import (
	"bytes"
	"context"
	"testing"

	"sessd/store"
)

// TestLongStringIsTakenInPieces: no step of a snapshot takes more than a piece of a string, unless the string changes all the
// time.
func TestLongStringIsTakenInPieces(t *testing.T) {
	for name, changes := range map[string]int{"at rest": 0, "changed once": 1, "changed all the time": 1000} {
		t.Run(name, func(t *testing.T) {
			e := New(Options{Shards: 1})
			defer e.Close()
			stop := e.Record(&photographer{})
			defer stop()
			op, key := store.Op{Now: 1}, []byte("k")
			value := bytes.Repeat([]byte("0123456789"), 100_000)
			if _, err := e.SetString(context.Background(), op, key, value, store.SetOptions{ExpireAt: store.Never}); err != nil {
				t.Fatal(err)
			}
			w := e.beginWalk(func() {})
			defer e.endWalk(w)
			steps, most := 0, 0
			for more := true; more; steps++ {
				before := len(w.out.records)
				more = w.step()
				most = max(most, len(w.out.records)-before)
				if steps%5 == 4 && changes > 0 {
					changes--
					value[0]++
					if _, err := e.SetStringRange(context.Background(), op, key, 0, value[:1]); err != nil {
						t.Fatal(err)
					}
				}
			}
			piece := e.walkStep.text + 100
			if whole := most > piece; whole != (changes > 100) || !whole && steps < len(value)/piece {
				t.Errorf("%d steps, %d bytes in one", steps, most)
			}
			if got := w.out.records; !bytes.Contains(got, value[1:]) || len(got) > len(value)+200 {
				t.Error("the snapshot does not have the string once")
			}
		})
	}
}
