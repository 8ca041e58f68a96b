package tracking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sessd/store"
)

// TestTable compares the table with a map, while clients come and go and keys change.
func TestTable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	want := map[string]map[int64]bool{}
	gone := map[int64]bool{}
	table := newTable()
	table.alive = func(client int64) bool { return !gone[client] }
	table.end = func(key []byte, readers []int64, why *store.Change) {
		if why == nil {
			t.Fatalf("%s left the table for no reason", key)
		}
		for _, client := range readers {
			if !want[string(key)][client] {
				t.Fatalf("%d has not read %s, or heard of it before", client, key)
			}
			delete(want[string(key)], client)
		}
		for client := range want[string(key)] {
			if !gone[client] {
				t.Fatalf("%d is not told of %s", client, key)
			}
		}
		delete(want, string(key))
	}
	for step := range 200_000 {
		key := fmt.Sprint("key", strings.Repeat("x", random.IntN(20)), random.IntN(2000))
		switch client := int64(random.IntN(30)) + int64(step/20_000)*20; {
		case random.IntN(4) == 0:
			table.changed([]byte(key), &store.Change{})
		case random.IntN(5000) == 0:
			gone[client] = true
		case !gone[client]:
			table.note([]byte(key), client)
			if want[key] == nil {
				want[key] = map[int64]bool{}
			}
			want[key][client] = true
		}
	}
	items := 0
	for _, readers := range want {
		items += len(readers)
	}
	if keys := int(table.keys.Load()); keys > len(want) {
		t.Errorf("%d keys, want at most %d", keys, len(want))
	}
	if n := int(table.items.Load()); n > items {
		t.Errorf("%d items, want at most %d", n, items)
	}
	for key := range want {
		table.changed([]byte(key), &store.Change{})
	}
	if keys, items, bytes := table.keys.Load(), table.items.Load(), table.bytes.Load(); keys != 0 || items != 0 || bytes != 0 {
		t.Errorf("an empty table counts %d keys, %d items, %d bytes", keys, items, bytes)
	}
}

// TestTableForgetsClients: the keys that clients who are gone have read do not add up.
func TestTableForgetsClients(t *testing.T) {
	now := int64(0)
	table := newTable()
	table.alive = func(client int64) bool { return client == now }
	table.end = func([]byte, []int64, *store.Change) {}
	for ; now < 500; now++ {
		for key := range 2000 {
			table.note(fmt.Appendf(nil, "k%d", key), now)
		}
	}
	if items := table.items.Load(); items > 256*2*leastWaste {
		t.Errorf("%d items", items)
	}
}

// TestTableIsBounded in its keys and in its bytes; those that leave are told of.
func TestTableIsBounded(t *testing.T) {
	ended := map[string]bool{}
	table := newTable()
	table.alive = func(int64) bool { return true }
	table.end = func(key []byte, readers []int64, why *store.Change) {
		if why != nil || !slices.Equal(readers, []int64{7}) {
			t.Errorf("%s ends for %v by %v", key, readers, why)
		}
		ended[string(key)] = true
	}
	table.limit(5000)
	for key := range 10_000 {
		table.note(fmt.Appendf(nil, "k%d", key), 7)
	}
	if keys := table.keys.Load(); keys != 5000 || len(ended) != 5000 {
		t.Errorf("%d keys, %d were told of", keys, len(ended))
	}
	table.limit(10)
	if keys := table.keys.Load(); keys != 10 || len(ended) != 9990 {
		t.Errorf("%d keys, %d were told of", keys, len(ended))
	}
	for key := range 100 {
		table.note(fmt.Appendf(nil, "%d%s", key, strings.Repeat("long", 1<<16)), 7)
	}
	if bytes := table.bytes.Load(); bytes > 1<<12*averageBytes {
		t.Errorf("%d bytes", bytes)
	}
}

// TestPrefixes compares the prefixes of a key with all that it begins with.
func TestPrefixes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	text := func() string {
		b := make([]byte, random.IntN(7))
		for i := range b {
			b[i] = "ab\xff"[random.IntN(3)]
		}
		return string(b)
	}
	var p prefixes
	var joined []string
	trackers := map[string][]*tracker{}
	for range 20_000 {
		if random.IntN(2) == 0 || len(joined) == 0 {
			one, by := text(), new(tracker)
			p.join(one, by)
			joined = append(joined, one)
			trackers[one] = append(trackers[one], by)
		} else if random.IntN(3) > 0 {
			i := random.IntN(len(joined))
			one := joined[i]
			p.quit(one, trackers[one][0])
			trackers[one] = trackers[one][1:]
			joined = slices.Delete(joined, i, i+1)
		}
		key, heard, want := text(), 0, 0
		p.each(key, func(*tracker) { heard++ })
		for _, one := range joined {
			if strings.HasPrefix(key, one) {
				want++
			}
		}
		if heard != want {
			t.Fatalf("%q: %d hear of it, want %d of %q", key, heard, want, joined)
		}
		if len(joined) > 40 {
			for _, one := range joined {
				p.quit(one, trackers[one][0])
				trackers[one] = trackers[one][1:]
			}
			joined = nil
		}
	}
}
