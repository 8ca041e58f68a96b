package memory

import (
	"context"
	"fmt"
	"hash/fnv"
	"testing"

	"sessd/store"
)

// Ids that collide under a hash without a seed are to this engine like any others: they spread over the shards, and lie
// near their places in the index.
func TestChosenIDsDoNotCollide(t *testing.T) {
	const n, sameBits = 4000, 1<<8 - 1
	chosen := func(i *int) []byte {
		for ; ; *i++ {
			id := fmt.Appendf(nil, "session-%035d", *i)
			h := fnv.New64a()
			h.Write(id)
			if h.Sum64()&sameBits == 0 {
				*i++
				return id
			}
		}
	}
	figures := func(next func(i *int) []byte) (fullest, most int, mean float64) {
		e := New(Options{Shards: 16})
		defer e.Close()
		at := 0
		for range n {
			if err := e.CreateSession(context.Background(), store.Op{Now: 1 << 42}, next(&at), store.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		k := e.spaces[0].Load()
		for i := range k.shards {
			a, m := k.shards[i].table.PushedBack()
			fullest, most, mean = max(fullest, k.shards[i].count.keys()), max(most, m), mean+a/16
		}
		return fullest, most, mean
	}
	fullest, most, mean := figures(chosen)
	t.Logf("fullest shard %d of %d on average, slots %.2f from their places, at most %d", fullest, n/16, mean, most)
	if fullest > n/16*3/2 || mean > 10 || most > 200 {
		t.Errorf("fullest shard %d of %d on average, slots %.2f from their places, at most %d", fullest, n/16, mean, most)
	}
}
