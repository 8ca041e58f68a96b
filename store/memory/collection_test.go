package memory

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// tallies is a type of collections that the engine does not know. A small one is its count of elements and what they are
// called, each after its length.
type tallies struct{}

const typeTallies = store.Type(store.MaxTypes - 2)

var tagTallies = collectionTag(7)

func (tallies) typ() store.Type        { return typeTallies }
func (tallies) orders() treeOrders     { return treeOrders{tree.Set} }
func (tallies) retain(*shard, []byte)  {}
func (tallies) release(*shard, []byte) {}

func (tallies) names(body []byte) (names [][]byte) {
	rest := body[1:]
	for range body[0] {
		var name []byte
		name, rest = takeBytes(rest)
		names = append(names, name)
	}
	return names
}

func (t tallies) size(_ *shard, body []byte) int {
	n := 1
	for _, name := range t.names(body) {
		n += 1 + len(name)
	}
	return n
}

func (t tallies) appendTo(_ *shard, body, dst []byte) []byte {
	return append(dst, body[:t.size(nil, body)]...)
}

func (tallies) appendTree(t *tree.Tree, dst []byte) []byte {
	return fmt.Append(dst, t.Len())
}

func (tallies) check(*shard, []byte, *contents) error { return nil }

func tallyKey(name []byte) tree.Key {
	return tree.Key{Prefix: uint64(len(name))<<8 | uint64(name[len(name)-1]), Name: name}
}

// addTally adds a name to a collection, which it makes if there is none.
func (e *Engine) addTally(op store.Op, key, name []byte) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		p, err := e.lockEntryWith(op, key, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer p.unlock()
		short, err := p.addTally(name)
		return struct{}{}, short, err
	})
	return err
}

func (p *entryRef) addTally(name []byte) (shortage, error) {
	kind := collectionKind{tallies{}}
	h, body := newCollection(tagTallies, p.now), []byte{0}
	if p.ref != 0 {
		if !p.isCollection(tagTallies) {
			return shortage{}, store.ErrWrongType
		}
		h = headOfCollection(p.entry)
		if isLarge(p.entry) {
			return p.growTree(func(d *treeDemand) { d.add(len(name), 0) }, func(t *tree.Tree) { t.Set(tallyKey(name), nil) })
		}
		body = bytes.Clone(collectionBody(p.entry))
		body = body[:kind.size(p.shard, body)]
	}
	names := kind.collectionType.(tallies).names(body)
	body = appendBytes(body, name)
	body[0]++
	if len(body) <= p.space.engine.smallBytes {
		p.scratch = append(h.append(p.scratch[:0], p.key), body...)
		if short, err := p.room(len(p.scratch), 0); err != nil {
			return short, err
		}
		p.commit()
		return shortage{}, nil
	}
	names = append(names, name)
	var d treeDemand
	return p.makeLarge(kind, h, func(d *treeDemand) {
		for _, name := range names {
			d.add(len(name), 0)
		}
	}, &d, func(_ int, t *tree.Tree) {
		for _, name := range names {
			t.Set(tallyKey(name), nil)
		}
	})
}

func withTallies(t *testing.T) {
	before := kinds
	t.Cleanup(func() { kinds = before })
	kinds = kindsByFirstByte(append(kindRows, collectionRow(7, tallies{})))
}

// Collections grow from one entry to many, and every way in which they end gives back all that they take.
func TestCollectionsComeAndGo(t *testing.T) {
	withTallies(t)
	e := NewChecked(Options{Shards: 2, Keyspaces: 2, smallBytes: 40, treeOrder: tree.Tiny})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	fill := func(key string, n int) {
		t.Helper()
		for i := range n {
			if err := e.addTally(op, []byte(key), fmt.Append(nil, "name", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	never := store.SetOptions{ExpireAt: store.Never}
	ends := map[string]func(key []byte) error{
		"delete": func(key []byte) error { _, err := e.Delete(ctx, op, [][]byte{key}); return err },
		"expire at once": func(key []byte) error {
			_, err := e.Expire(ctx, op, key, store.ExpireOptions{At: op.Now})
			return err
		},
		"expire": func(key []byte) error {
			_, err := e.Expire(ctx, op, key, store.ExpireOptions{At: op.Now + 5})
			op.Now += 5
			return err
		},
		"overwrite": func(key []byte) error { _, err := e.SetString(ctx, op, key, key, never); return err },
		"flush":     func([]byte) error { return e.Flush(ctx, op, true) },
	}
	for name, end := range ends {
		for _, n := range []int{1, 3, 20, 300} {
			fill("k", n)
			fill("other", n)
			if err := e.Check(); err != nil {
				t.Fatal(name, n, err)
			}
			size, _ := e.Size(ctx, op)
			seen := 0
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				cursor, _ = e.Scan(ctx, op, cursor, store.ScanOptions{Type: typeTallies, Count: 1}, func([]byte) { seen++ })
			}
			if key, _ := e.RandomKey(ctx, op); size != 2 || seen != 2 || string(key) != "k" && string(key) != "other" {
				t.Fatalf("%d keys, a scan meets %d, one is %q", size, seen, key)
			}
			before, _, _ := e.KeyBytes(ctx, op, []byte("k"))
			if before < int64(5*n) {
				t.Fatalf("%d elements in %d bytes", n, before)
			}
			if changed, err := e.Expire(ctx, op, []byte("k"), store.ExpireOptions{At: op.Now + 10}); !changed || err != nil {
				t.Fatal(changed, err)
			}
			if changed, err := e.Persist(ctx, op, []byte("k")); !changed || err != nil {
				t.Fatal(changed, err)
			}
			if err := end([]byte("k")); err != nil {
				t.Fatal(name, err)
			}
			if typ, _ := e.KeyType(ctx, op, []byte("k")); typ == typeTallies {
				t.Fatalf("%s: it is there", name)
			}
			if err := e.Check(); err != nil {
				t.Fatal(name, n, err)
			}
			e.Delete(ctx, op, [][]byte{[]byte("k"), []byte("other")})
			for e.sweepStep(op.Now) {
			}
			if used := e.UsedBytes(); used > 2*arena.LeastSlots*8 {
				t.Fatalf("%s of %d leaves %d bytes", name, n, used)
			}
		}
	}
}

// Nothing fails in the middle of a change, whatever the limit is, and what is above it is never used.
func TestCollectionsStayBelowTheLimit(t *testing.T) {
	withTallies(t)
	for _, policy := range []store.Policy{store.NoEviction, store.AllKeysLRU} {
		const limit = 200_000
		e := NewChecked(Options{Shards: 2, smallBytes: 40, treeOrder: tree.Tiny, Limits: store.Limits{MaxMemory: limit, Policy: policy}})
		op, refused := store.Op{Now: 4102444800000}, 0
		for i := range 8000 {
			key := fmt.Append(nil, "k", rand.IntN(1+i/1000))
			if err := e.addTally(op, key, fmt.Append(nil, "name", i)); err != nil {
				refused++
			}
			if e.UsedBytes() > limit {
				t.Fatalf("%d bytes are used", e.UsedBytes())
			}
		}
		if (refused > 0) != (policy == store.NoEviction) {
			t.Errorf("%d operations are refused", refused)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
