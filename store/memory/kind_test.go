package memory

import (
	"context"
	"fmt"
	"testing"

	"sessd/store"
)

// noteKind is a type that the engine does not know: a key of up to 255 bytes, an expiry, and when it was last used.
type noteKind struct{ plain }

const (
	tagNote  = 5
	typeNote = store.Type(store.MaxTypes - 1)
	noteSize = 24
)

func (noteKind) typ() store.Type                 { return typeNote }
func (noteKind) key(e []byte) (int, int, bool)   { return noteSize, noteSize + int(e[1]), false }
func (noteKind) expiry(_ *shard, e []byte) int64 { return get64(e, 8) }
func (noteKind) usage(e []byte) (int64, int)     { return get64(e, 16), 2 }
func (noteKind) bytes(_ *shard, e []byte) int64  { return int64(len(e)) }
func (noteKind) release(*shard, []byte)          {}
func (noteKind) destroyed() store.Event          { return store.EventDel }
func (noteKind) removed(entryRef)                {}

func (noteKind) groups(_ *shard, e []byte) groupSet {
	if get64(e, 8) == store.Never {
		return 1 << groupKeys
	}
	return 1<<groupKeys | 1<<groupExpires
}

func (noteKind) touch(p entryRef) error {
	set64(p.entry, 16, p.now)
	return nil
}

func (noteKind) setExpiry(p entryRef, at int64) error {
	p.putNote(at)
	return nil
}

func (noteKind) persist(p entryRef) (bool, error) {
	p.putNote(store.Never)
	return true, nil
}

func (noteKind) copyTo(t *transfer, dst []byte) []byte {
	dst = append(append(dst, t.from.entry[:noteSize]...), t.to.key...)
	dst[1] = byte(len(t.to.key))
	return dst
}

func (noteKind) appendTo(_ *shard, _, e, dst []byte) []byte { return append(dst, e...) }

func (noteKind) check(_ *shard, e []byte, _ *contents) error {
	if e[3] != 'n' {
		return fmt.Errorf("not a note: %q", e)
	}
	return nil
}

func (p *entryRef) putNote(expiry int64) {
	p.place(noteSize+len(p.key), func() {
		p.entry[0], p.entry[1], p.entry[2], p.entry[3] = tagNote, byte(len(p.key)), usesAtFirst, 'n'
		set64(p.entry, 8, expiry)
		set64(p.entry, 16, p.now)
		copy(p.entry[noteSize:], p.key)
	})
}

// A type that is one kind and one row is a type for every operation that asks for no other.
func TestATypeIsOneKind(t *testing.T) {
	before := kinds
	defer func() { kinds = before }()
	kinds = kindsByFirstByte(append(kindRows, kindRow{tagNote, tagMask, noteKind{}}))
	e := NewChecked(Options{Shards: 2})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	const n = 100
	key := func(i int) []byte { return fmt.Append(nil, "note", i) }
	for i := range n {
		p, err := e.lockEntry(op, key(i))
		if err != nil {
			t.Fatal(err)
		}
		p.putNote(store.Never)
		p.unlock()
	}
	want := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	typ, err := e.KeyType(ctx, op, key(1))
	want("type", fmt.Sprint(uint8(typ), err), fmt.Sprint(uint8(typeNote), nil))
	size, _ := e.Size(ctx, op)
	want("size", size, n)
	seen := 0
	_, err = e.Scan(ctx, op, 0, store.ScanOptions{Type: typeNote, Count: 10 * n}, func([]byte) { seen++ })
	want("scan", fmt.Sprint(seen, err), fmt.Sprint(n, nil))
	touched, err := e.Touch(ctx, op, [][]byte{key(1), key(2), []byte("none")})
	want("touch", fmt.Sprint(touched, err), "2 <nil>")
	set, err := e.Expire(ctx, op, key(1), store.ExpireOptions{At: op.Now + 5})
	want("expire", fmt.Sprint(set, err), "true <nil>")
	set, _ = e.Expire(ctx, op, key(2), store.ExpireOptions{At: op.Now + 5})
	want("expire", set, true)
	set, err = e.Persist(ctx, op, key(2))
	want("persist", fmt.Sprint(set, err), "true <nil>")
	want("expires", e.Report(store.Op{}).Keyspaces[0].Expires, 1)
	op.Now += 5
	at, found, _ := e.Expiry(ctx, op, key(1))
	want("expired", fmt.Sprint(at, found), "0 false")
	_, err = e.AppendString(ctx, op, key(2), []byte("x"))
	want("append", err, store.ErrWrongType)
	err = e.LoadSession(ctx, op, key(2), store.LoadOptions{}, nil)
	want("load", err, store.ErrWrongType)
	bytes, found, _ := e.KeyBytes(ctx, op, key(2))
	want("bytes", fmt.Sprint(bytes > noteSize, found), "true true")
	deleted, _ := e.Delete(ctx, op, [][]byte{key(2)})
	want("delete", deleted, 1)
	used := e.Report(store.Op{}).UsedBytes
	e.SetLimits(store.Limits{MaxMemory: used, Policy: store.AllKeysLRU})
	_, err = e.SetString(ctx, op, []byte("new"), make([]byte, 200), store.SetOptions{ExpireAt: store.Never})
	want("set", err, nil)
	want("evicted", e.Report(store.Op{}).Keys[store.Evicted] > 0, true)
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}
