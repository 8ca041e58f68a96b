package memory

import (
	"bytes"
	"context"
	"encoding/base64"
	"testing"

	"pgregory.net/rapid"

	"sessd/store"
)

// What is packed comes back as it was.
func TestPackedIDs(t *testing.T) {
	packed := 0
	rapid.Check(t, func(r *rapid.T) {
		id := base64.RawURLEncoding.AppendEncode(nil, rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "bytes"))
		if rapid.Bool().Draw(r, "change") {
			id[rapid.IntRange(0, len(id)-1).Draw(r, "at")] = rapid.SampledFrom([]byte("AB_-+/=\n\r \x00\xff09z")).Draw(r, "to")
		}
		if whose := rapid.SliceOfN(rapid.Byte(), idPacked, idPacked).Draw(r, "of another"); isIDOf(id, whose) {
			r.Fatalf("%q is the id of %q", id, whose)
		}
		var to [idPacked + 1]byte
		if !packID(id, &to) {
			if _, err := base64.RawURLEncoding.Strict().DecodeString(string(id)); err == nil && !bytes.ContainsAny(id, "\r\n") {
				r.Fatalf("%q is not packed", id)
			}
			return
		}
		packed++
		if got := base64.RawURLEncoding.EncodeToString(to[:idPacked]); got != string(id) {
			r.Fatalf("%q became %q", id, got)
		}
		if !isIDOf(id, to[:idPacked]) {
			r.Fatalf("%q is not its own id", id)
		}
		at := rapid.IntRange(0, idPacked*8-1).Draw(r, "bit")
		to[at/8] ^= 1 << (at % 8)
		if isIDOf(id, to[:idPacked]) {
			r.Fatalf("%q is the id of other bytes", id)
		}
	})
	if packed == 0 {
		t.Error("no id was packed")
	}
}

// Ids that a lax decoder takes for the same are different sessions, by every way to find them.
func TestIDsThatLookAlike(t *testing.T) {
	e := NewChecked(Options{Shards: 1})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 1 << 42}
	stem := bytes.Repeat([]byte("Ab_-"), 11)[:42]
	ids := [][]byte{stem, append(stem[:41:41], '\n', 'A')}
	for _, last := range []byte("ABCDEF=+/\n") {
		ids = append(ids, append(stem[:42:42], last))
	}
	for _, id := range ids {
		c := store.CreateOptions{IdleTimeout: 1000, Principal: []byte("ann"), Fields: [][]byte{[]byte("id"), id}}
		if err := e.CreateSession(ctx, op, id, c); err != nil {
			t.Fatalf("%q: %v", id, err)
		}
	}
	seen := map[string]bool{}
	if _, err := e.Scan(ctx, op, 0, store.ScanOptions{Count: 100}, func(key []byte) { seen[string(key)] = true }); err != nil {
		t.Fatal(err)
	}
	of, err := e.PrincipalSessions(ctx, op, []byte("ann"))
	if err != nil || len(of) != len(ids) || len(seen) != len(ids) {
		t.Errorf("%d ids are visited, %d are listed, %v", len(seen), len(of), err)
	}
	for i, id := range ids {
		newid := append(bytes.Clone(id), 'x')
		if i%2 == 0 { // from packed to not, and back
			if err := e.RotateSession(ctx, op, id, newid, store.RotateOptions{}); err != nil {
				t.Errorf("%q: %v", id, err)
			}
			if err := e.RotateSession(ctx, op, newid, id, store.RotateOptions{Grace: 10}); err != nil {
				t.Errorf("%q: %v", id, err)
			}
		}
		var v oneField
		if err := e.LoadSession(ctx, op, id, store.LoadOptions{}, &v); err != nil || v.value != string(id) {
			t.Errorf("%q has the fields of %q, %v", id, v.value, err)
		}
		if !seen[string(id)] {
			t.Errorf("%q is not visited", id)
		}
	}
	op.Now += 1000
	if n, err := e.Size(ctx, op); n != 0 || err != nil {
		t.Errorf("%d are left, %v", n, err)
	}
}

// oneField keeps the value of the last field.
type oneField struct{ value string }

// Bag implements store.BagVisitor.
func (*oneField) Bag(int64, int) {}

// Field implements store.BagVisitor.
func (v *oneField) Field(_, value []byte, _ bool) { v.value = string(value) }

func BenchmarkIsIDOf(b *testing.B) {
	packed := bytes.Repeat([]byte{7, 99, 201, 40}, idPacked/4)
	id := base64.RawURLEncoding.AppendEncode(nil, packed)
	for b.Loop() {
		if !isIDOf(id, packed) {
			b.Fatal("not the id")
		}
	}
}
