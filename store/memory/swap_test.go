package memory

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"sessd/store"
)

// TestSnapshotDuringSwaps has keyspaces change places, and entries change, move and end between, while a snapshot is
// anywhere in them.
func TestSnapshotDuringSwaps(t *testing.T) {
	ctx, op := context.Background(), store.Op{Now: restoreStart}
	for steps := 0; steps < 400; steps += 23 {
		o := LargeSoon(Options{Keyspaces: 4, Shards: 4, walkStep: walkStep{8, 8, 1 << 20, 64}})
		live := New(o)
		var log payloadLog
		stop := live.Record(&log)
		fillAll(t, live)
		if err := live.Flush(ctx, store.Op{Keyspace: 3, Now: restoreStart}, false); err != nil {
			t.Fatal(err)
		}
		w := live.beginWalk(log.reset)
		for i := range 6 {
			for range steps / 4 {
				w.step()
			}
			if err := live.SwapKeyspaces(ctx, op, i%4, (i+1+i/4)%4); err != nil {
				t.Fatal(err)
			}
			changeBetween(t, live, i)
			if err := live.Check(); err != nil {
				t.Fatal(err)
			}
		}
		for w.step() {
		}
		for i := range live.spaces {
			for j := range live.space(i).shards {
				if live.space(i).shards[j].walk != nil {
					t.Fatalf("after %d steps the walk has left out shard %d of keyspace %d", steps, j, i)
				}
			}
		}
		live.endWalk(w)
		if difference := differenceOf(live, restored(t, o, payloads{w.out.records}, log.take())); difference != "" {
			t.Fatalf("after %d steps: %s", steps, difference)
		}
		stop()
		live.Close()
	}
}

// changeBetween changes entries of keyspaces between two swaps.
func changeBetween(t *testing.T, e *Engine, round int) {
	ctx, must := context.Background(), func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for space := range e.Keyspaces() {
		op := store.Op{Keyspace: space, Now: restoreStart}
		_, err := e.SetString(ctx, op, fmt.Appendf(nil, "new%d", round), fmt.Appendf(nil, "in %d", space), store.SetOptions{ExpireAt: store.Never})
		must(err)
		_, err = e.AddToSet(ctx, op, []byte("set200"), [][]byte{fmt.Appendf(nil, "%d.%d", round, space)})
		must(err)
		_, err = e.Delete(ctx, op, [][]byte{fmt.Appendf(nil, "session%d", round)})
		must(err)
		_, _, err = e.TransferKey(ctx, op, []byte("list200"), store.TransferOptions{Keyspace: (space + 1) % 4, Key: fmt.Appendf(nil, "list%d", 1000+round*2), Copies: round%2 == 0, Replaces: true})
		must(err)
	}
	if round == 3 {
		_, err := e.DestroyPrincipal(ctx, store.Op{Keyspace: 1, Now: restoreStart}, []byte("user2"), nil)
		must(err)
	}
}

// TestSwapBesideOthers has clients swap keyspaces and others use both: every increment counts in one of them, and what a
// step reads of both is what one swap or the next has left.
func TestSwapBesideOthers(t *testing.T) {
	ctx := context.Background()
	e := New(Options{Keyspaces: 2, Shards: 4, checked: true})
	defer e.Close()
	for space, name := range []string{"red", "blue"} {
		op := store.Op{Keyspace: space, Now: restoreStart}
		if _, err := e.SetString(ctx, op, []byte("name"), []byte(name), store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
	}
	const rounds = 300
	var work sync.WaitGroup
	for client := range 4 {
		work.Go(func() {
			for i := range rounds {
				op := store.Op{Keyspace: i % 2, Now: restoreStart}
				if _, err := e.IncrString(ctx, op, fmt.Appendf(nil, "n%d", client), 1); err != nil {
					t.Error(err)
				}
				if client < 2 {
					if err := e.SwapKeyspaces(ctx, op, i%2, 1-i%2); err != nil {
						t.Error(err)
					}
					continue
				}
				if names := namesInStep(t, e, op); names != "red blue " && names != "blue red " {
					t.Errorf("a step reads %s", names)
				}
				if _, _, err := e.TransferKey(ctx, op, []byte("moves"), store.TransferOptions{Keyspace: 1 - i%2, Key: []byte("moves")}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if err := e.Check(); err != nil {
		t.Error(err)
	}
	for client := range 4 {
		sum := int64(0)
		for space := range 2 {
			n, err := e.IncrString(ctx, store.Op{Keyspace: space, Now: restoreStart}, fmt.Appendf(nil, "n%d", client), 0)
			if err != nil {
				t.Error(err)
			}
			sum += n
		}
		if sum != rounds {
			t.Errorf("client %d has counted to %d, want %d", client, sum, rounds)
		}
	}
}

// namesInStep returns what is under "name" in both keyspaces at once.
func namesInStep(t *testing.T, e *Engine, op store.Op) (names string) {
	tx, err := e.Begin(op, nil, 0)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer tx.End()
	for op.Keyspace = range 2 {
		op.Tx = tx
		var value gotValue
		if err := e.GetString(context.Background(), op, []byte("name"), &value); err != nil {
			t.Error(err)
		}
		names += string(value) + " "
	}
	return names
}

// The many sessions of a principal end while a snapshot has met some of them, their keyspace changes places with another
// one, and others begin.
func TestSnapshotDuringDestroyAllAndSwap(t *testing.T) {
	ctx := context.Background()
	o := Options{Keyspaces: 2, Shards: 2, walkStep: walkStep{8, 8, 1 << 20, 64}}
	live := New(o)
	defer live.Close()
	var log payloadLog
	defer live.Record(&log)()
	create := func(space, from, to int) {
		for i := from; i < to; i++ {
			op := store.Op{Keyspace: space, Now: restoreStart}
			if err := live.CreateSession(ctx, op, fmt.Appendf(nil, "s%d", i), store.CreateOptions{Principal: []byte("p")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	create(0, 0, 1000)
	w := live.beginWalk(log.reset)
	for range 60 {
		w.step()
	}
	if n, err := live.DestroyPrincipal(ctx, store.Op{Now: restoreStart}, []byte("p"), nil); err != nil || n != 1000 {
		t.Fatal(n, err)
	}
	if err := live.SwapKeyspaces(ctx, store.Op{Now: restoreStart}, 0, 1); err != nil {
		t.Fatal(err)
	}
	create(1, 600, 1400)
	for w.step() {
	}
	live.endWalk(w)
	if difference := differenceOf(live, restored(t, o, payloads{w.out.records}, log.take())); difference != "" {
		t.Error(difference)
	}
}
