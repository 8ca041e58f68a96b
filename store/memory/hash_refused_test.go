package memory

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// Where the system refuses memory, an operation on a hash fails before it has changed anything.
func TestHashesWhenTheSystemRefuses(t *testing.T) {
	refuse, system := false, arena.SystemMapper()
	m := system
	m.MapMemory = func(n int) ([]byte, error) {
		if refuse {
			return nil, errors.New("refused")
		}
		return system.MapMemory(n)
	}
	e := NewChecked(Options{Shards: 2, smallBytes: 60, treeOrder: tree.Tiny, mapper: &m})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 41}
	sizes := map[string]int{}
	for i := range 4000 {
		refuse = i%200 >= 20
		key := fmt.Sprint("k", i%7)
		name := fmt.Append(nil, "field", i)
		added, err := e.SetHash(ctx, op, []byte(key), [][]byte{name, make([]byte, i%5000)}, false)
		switch {
		case err == nil:
			sizes[key] += added
		case !errors.Is(err, store.ErrNoMemory) || !refuse:
			t.Fatal(err)
		}
		if i%3 == 0 {
			n, err := e.DeleteFields(ctx, op, []byte(key), [][]byte{fmt.Append(nil, "field", i-7)})
			if err != nil && !errors.Is(err, store.ErrNoMemory) {
				t.Fatal(err)
			}
			sizes[key] -= n
		}
		var c fieldCounter
		if err := e.ReadHash(ctx, op, []byte(key), store.HashRead{Size: true}, &c); err != nil || c.announced != sizes[key] {
			t.Fatalf("%s has %d fields instead of %d, %v", key, c.announced, sizes[key], err)
		}
	}
}
