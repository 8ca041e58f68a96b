package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"sessd/store"
)

const restoreStart = 4102444800000

// fillAll stores an entry of each type, in several keyspaces, in a small and in a large form.
func fillAll(t testing.TB, e *Engine) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for space := range e.Keyspaces() {
		op := store.Op{Keyspace: space, Now: restoreStart}
		for i := range 20 {
			id := fmt.Appendf(nil, "session%d", i)
			must(e.CreateSession(ctx, op, id, store.CreateOptions{
				IdleTimeout: 60_000 * int64(i%3), AbsoluteTimeout: 600_000 * int64(i%2), Principal: fmt.Appendf(nil, "user%d", i%4), Fields: manyPairs(i % 5),
			}))
			_, err := e.SaveSession(ctx, op, id, store.SaveOptions{Component: []byte("cart"), Fields: manyPairs(i % 3)})
			must(err)
			if i%5 == 0 {
				must(e.RotateSession(ctx, op, id, append(id, "-new"...), store.RotateOptions{Grace: 30_000}))
			}
		}
		for _, n := range []int{1, 3, 200} {
			key := func(kind string) []byte { return fmt.Appendf(nil, "%s%d", kind, n) }
			var members [][]byte
			var scored []store.Scored
			for i := range n {
				members = append(members, fmt.Appendf(nil, "member%d", i))
				scored = append(scored, store.Scored{Member: members[i], Score: float64(i) / 3})
			}
			_, err := e.SetHash(ctx, op, key("hash"), manyPairs(n), false)
			must(err)
			_, err = e.AddToSet(ctx, op, key("set"), members)
			must(err)
			_, err = e.AddScores(ctx, op, key("scores"), scored, store.ScoreOptions{})
			must(err)
			_, err = e.PushList(ctx, op, key("list"), members, store.ListTail, false)
			must(err)
			_, err = e.SetString(ctx, op, key("string"), bytes.Repeat([]byte("x"), n), store.SetOptions{ExpireAt: restoreStart + int64(n)*1000})
			must(err)
		}
	}
}

// snapshotOf returns a snapshot's chunks. during is called for each.
func snapshotOf(t testing.TB, e *Engine, during func()) (chunks payloads) {
	t.Helper()
	err := e.Snapshot(func() {}, func(chunk []byte) error {
		chunks = append(chunks, bytes.Clone(chunk))
		if during != nil {
			during()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return chunks
}

func restored(t testing.TB, o Options, lists ...payloads) *Engine {
	t.Helper()
	e := New(o)
	t.Cleanup(func() { e.Close() })
	r := e.Restore()
	for _, list := range lists {
		for _, payload := range list {
			if err := r.Apply(payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRestoredFromSnapshotIsEqual(t *testing.T) {
	o := Options{Keyspaces: 3, Shards: 4}
	live := New(o)
	defer live.Close()
	defer live.Record(new(counter))()
	fillAll(t, live)
	e := restored(t, o, snapshotOf(t, live, nil))
	if difference := differenceOf(live, e); difference != "" {
		t.Fatal(difference)
	}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	// It goes on as the other does.
	op := store.Op{Now: restoreStart + 10_000}
	revision, err := e.SaveSession(context.Background(), op, []byte("session5"), store.SaveOptions{Fields: manyPairs(1)})
	if err != nil || revision != 2 {
		t.Errorf("a save by an old id: %d, %v", revision, err)
	}
	if n, err := e.DestroyPrincipal(context.Background(), op, []byte("user1"), nil); err != nil || n != 5 {
		t.Errorf("%d sessions of a principal, %v", n, err)
	}
}

// TestReset restores one engine's snapshot after any part of another one's.
func TestReset(t *testing.T) {
	o := Options{Keyspaces: 3, Shards: 4, walkStep: walkStep{8, 8, 1 << 10, 64}}
	other, live := New(o), New(o)
	defer other.Close()
	defer live.Close()
	defer other.Record(new(counter))()
	defer live.Record(new(counter))()
	fillAll(t, other)
	fillAll(t, live)
	if err := live.Flush(context.Background(), store.Op{Keyspace: 1, Now: restoreStart}, false); err != nil {
		t.Fatal(err)
	}
	bad, good := snapshotOf(t, other, nil), snapshotOf(t, live, nil)
	for n := range len(bad) + 1 {
		e := New(o)
		r := e.Restore()
		for _, payload := range bad[:n] {
			if err := r.Apply(payload); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Reset(); err != nil {
			t.Fatal(err)
		}
		for _, payload := range good {
			if err := r.Apply(payload); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(r.Done(), e.Check()); err != nil {
			t.Fatal(err)
		}
		if difference := differenceOf(live, e); difference != "" {
			t.Fatalf("after %d of %d chunks: %s", n, len(bad), difference)
		}
		e.Close()
	}
}

// Time passes while nobody is there.
func TestRestoredHasNothingThatHasExpired(t *testing.T) {
	live := New(Options{})
	defer live.Close()
	defer live.Record(new(counter))()
	fillAll(t, live)
	e := restored(t, Options{}, snapshotOf(t, live, nil))
	op := store.Op{Now: restoreStart + 3_000}
	for key, want := range map[string]int{"string1": 0, "string3": 0, "string200": 1, "session0": 1} {
		if n, _ := e.Exists(context.Background(), op, [][]byte{[]byte(key)}); n != want {
			t.Errorf("%s is there %d times, want %d", key, n, want)
		}
	}
}

// The sessions of a principal end while a snapshot has met some of them, and others begin.
func TestSnapshotDuringDestroyAll(t *testing.T) {
	ctx, op := context.Background(), store.Op{Now: restoreStart}
	for _, except := range []bool{false, true} {
		o := Options{Shards: 2, walkStep: walkStep{8, 8, 1 << 20, 5}}
		live := New(o)
		var log payloadLog
		stop := live.Record(&log)
		create := func(name string, i int) {
			err := live.CreateSession(ctx, op, fmt.Appendf(nil, "%s%d", name, i), store.CreateOptions{Principal: []byte("p")})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 1000 {
			create("old", i)
		}
		w := live.beginWalk(log.reset)
		for range 60 {
			w.step()
		}
		var spared []byte
		if except {
			spared = []byte("old7")
		}
		if n, err := live.DestroyPrincipal(ctx, op, []byte("p"), spared); err != nil || n < 999 {
			t.Fatal(n, err)
		}
		for i := range 400 {
			create("old", i+600)
			create("new", i)
		}
		for w.step() {
		}
		live.endWalk(w)
		e := restored(t, o, payloads{w.out.records}, log.take())
		if difference := differenceOf(live, e); difference != "" {
			t.Error(difference)
		}
		stop()
		live.Close()
	}
}

// A large collection changes, gets another key and ends while a snapshot has met a part of it.
func TestSnapshotDuringChangesOfPart(t *testing.T) {
	ctx, op := context.Background(), store.Op{Now: restoreStart}
	for name, change := range map[string]func(e *Engine) error{
		"push and pop": func(e *Engine) error {
			for i := range 40 {
				if _, err := e.PushList(ctx, op, []byte("list"), [][]byte{fmt.Appendf(nil, "a%d", i)}, store.ListHead, false); err != nil {
					return err
				}
				if _, err := e.RemoveElements(ctx, op, []byte("list"), fmt.Appendf(nil, "%060d", 250-10*i), 0); err != nil {
					return err
				}
			}
			return e.TrimList(ctx, op, []byte("list"), 5, 200)
		},
		"cut across": func(e *Engine) error { return e.TrimList(ctx, op, []byte("list"), 2, 5) },
		"rename": func(e *Engine) error {
			for i := range 10 {
				o := store.TransferOptions{Key: fmt.Appendf(nil, "to%d", i), Replaces: true, Copies: i%2 == 0}
				if _, _, err := e.TransferKey(ctx, op, []byte([]string{"list", "list", "to1", "to1", "to3", "to3", "to5", "to5", "to7", "to7"}[i]), o); err != nil {
					return err
				}
			}
			return nil
		},
		"end and begin": func(e *Engine) error {
			if _, err := e.Delete(ctx, op, [][]byte{[]byte("list")}); err != nil {
				return err
			}
			_, err := e.PushList(ctx, op, []byte("list"), [][]byte{[]byte("x"), []byte("y")}, store.ListTail, false)
			return err
		},
		"flush": func(e *Engine) error {
			if err := e.Flush(ctx, op, false); err != nil {
				return err
			}
			_, err := e.PushList(ctx, op, []byte("list"), [][]byte{[]byte("x")}, store.ListTail, false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			for steps := 1; steps < 200; steps += 7 {
				o := LargeSoon(Options{Shards: 2, walkStep: walkStep{4, 4, 1 << 20, 100}})
				live := New(o)
				var log payloadLog
				stop := live.Record(&log)
				var members [][]byte
				for i := range 300 {
					members = append(members, fmt.Appendf(nil, "%060d", i))
				}
				if _, err := live.PushList(ctx, op, []byte("list"), members, store.ListTail, false); err != nil {
					t.Fatal(err)
				}
				w := live.beginWalk(log.reset)
				for range steps {
					w.step()
				}
				if err := change(live); err != nil {
					t.Fatal(err)
				}
				for w.step() {
				}
				live.endWalk(w)
				if difference := differenceOf(live, restored(t, o, payloads{w.out.records}, log.take())); difference != "" {
					t.Fatalf("after %d steps: %s", steps, difference)
				}
				stop()
				live.Close()
			}
		})
	}
}

// Whatever is applied is applied or refused.
func FuzzApply(f *testing.F) {
	live := New(Options{Keyspaces: 2, Shards: 2})
	var log payloadLog
	stop := live.Record(&log)
	fillAll(f, live)
	op := store.Op{Now: restoreStart}
	live.TransferKey(context.Background(), op, []byte("list200"), store.TransferOptions{Keyspace: 1, Key: []byte("x")})
	live.TrimList(context.Background(), op, []byte("list3"), 1, 1)
	live.Flush(context.Background(), op, false)
	stop()
	live.Close()
	all := log.take()
	for i := 0; i < len(all); i += 1 + len(all)/200 {
		f.Add(all[i])
	}
	var base []byte
	for _, redo := range all[:30] {
		base = append(base, redo[min(1, len(base)):]...)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := New(Options{Keyspaces: 2, Shards: 2})
		defer e.Close()
		r := e.Restore()
		if err := r.Apply(base); err != nil {
			t.Fatal(err)
		}
		if r.Apply(payload) == nil {
			_ = r.Done()
			e.Size(context.Background(), op)
		}
	})
}
