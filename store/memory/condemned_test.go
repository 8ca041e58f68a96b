package memory

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
)

// stopped is an engine whose background does nothing, so that condemned sessions stay in their shards.
func stopped(t *testing.T, o Options) *Engine {
	o.segmentSlots = arena.LeastSlots
	e := New(o)
	close(e.stop)
	e.work.Wait()
	e.stop = make(chan struct{})
	t.Cleanup(func() {
		if err := e.Check(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

type principalFixture struct {
	*testing.T
	e  *Engine
	op store.Op
}

func (f *principalFixture) create(id, principal string) {
	f.Helper()
	o := store.CreateOptions{Principal: []byte(principal), Fields: [][]byte{[]byte("f"), []byte(id)}}
	if err := f.e.CreateSession(f.Context(), f.op, []byte(id), o); err != nil {
		f.Fatal(id, err)
	}
}

func (f *principalFixture) destroy(principal, except string, want int) {
	f.Helper()
	var spared []byte
	if except != "" {
		spared = []byte(except)
	}
	if n, err := f.e.DestroyPrincipal(f.Context(), f.op, []byte(principal), spared); n != want || err != nil {
		f.Errorf("%d are destroyed instead of %d, %v", n, want, err)
	}
}

func (f *principalFixture) list(principal string) (ids []string) {
	f.Helper()
	all, err := f.e.PrincipalSessions(f.Context(), f.op, []byte(principal))
	if err != nil {
		f.Fatal(err)
	}
	for _, id := range all {
		ids = append(ids, string(id))
	}
	slices.Sort(ids)
	return ids
}

func (f *principalFixture) size(want int) {
	f.Helper()
	if n, err := f.e.Size(f.Context(), f.op); n != want || err != nil {
		f.Errorf("%d keys are there instead of %d, %v", n, want, err)
	}
	if r := f.e.Report(store.Op{}); r.Keyspaces[0].Keys != want {
		f.Errorf("%d keys are reported instead of %d", r.Keyspaces[0].Keys, want)
	}
	n := 0
	if _, err := f.e.Scan(f.Context(), f.op, 0, store.ScanOptions{Count: 1 << 30}, func([]byte) { n++ }); n != want || err != nil {
		f.Errorf("%d keys are met by a scan instead of %d, %v", n, want, err)
	}
}

// Many sessions are gone for everybody once they are destroyed, and in their shards until somebody takes them out.
func TestManyDestroyedAtOnce(t *testing.T) {
	const n = 3 * fewSessions
	f := &principalFixture{t, stopped(t, Options{Shards: 4}), store.Op{Now: 1 << 41}}
	ctx, e := t.Context(), f.e
	fill := func() {
		for i := range n {
			f.create(fmt.Sprint("s", i), "p")
		}
	}
	fill()
	f.create("other", "q")
	if err := e.RotateSession(ctx, f.op, []byte("s5"), []byte("rotated"), store.RotateOptions{Grace: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	f.destroy("p", "s7", n-1)
	if left := e.space(0).principals.condemned.Load(); left != n-1 {
		t.Fatalf("%d are condemned", left)
	}
	f.size(2)
	if got := f.list("p"); len(got) != 1 || got[0] != "s7" {
		t.Errorf("left are %v", got)
	}
	for _, id := range []string{"s1", "s5", "rotated"} {
		if err := e.LoadSession(ctx, f.op, []byte(id), store.LoadOptions{}, new(gotValue)); err != store.ErrNoSession {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := e.SaveSession(ctx, f.op, []byte("s2"), store.SaveOptions{Fields: [][]byte{{'f'}, {'v'}}}); err != store.ErrNoSession {
		t.Error(err)
	}
	for range 50 {
		if key, err := e.RandomKey(ctx, f.op); err != nil || string(key) != "s7" && string(key) != "other" {
			t.Fatalf("a random key is %q, %v", key, err)
		}
	}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	f.create("s3", "p") // made anew
	f.create("s4", "q")
	f.destroy("q", "", 2)
	f.size(2)
	for e.sweepStep(f.op.Now) {
	}
	f.size(2)
	if got := f.list("p"); !slices.Equal(got, []string{"s3", "s7"}) {
		t.Errorf("left are %v", got)
	}
	if got := e.Report(store.Op{}).Removed[store.Destroyed]; got != n+1 {
		t.Errorf("%d sessions are counted as destroyed", got)
	}
}

// A list of many sessions meets the one that stays when the others are destroyed while it is on its way.
func TestSparedSessionIsListed(t *testing.T) {
	f := &principalFixture{t, stopped(t, Options{Shards: 4}), store.Op{Now: 1 << 41}}
	k, ids := f.e.space(0), map[uint64]string{}
	for i := range 2 * fewSessions {
		id := fmt.Sprint("s", i)
		f.create(id, "p")
		ids[k.hash([]byte(id))] = id
	}
	all, _ := k.principals.some([]byte("p"), 0)
	last := all[len(all)-1]
	f.destroy("p", ids[last], len(all)-1)
	if left, _ := k.principals.some([]byte("p"), all[len(all)/2]); !slices.Equal(left, []uint64{last}) {
		t.Errorf("left are %x, want %x", left, last)
	}
	if left, _ := k.principals.some([]byte("p"), last+1); len(left) > 0 {
		t.Errorf("left are %x", left)
	}
}

// A principal's sessions may be destroyed again before those destroyed first are out.
func TestManyDestroyedTwice(t *testing.T) {
	const n = 2 * fewSessions
	f := &principalFixture{t, stopped(t, Options{Shards: 4}), store.Op{Now: 1 << 41}}
	for round := range 3 {
		for i := range n {
			f.create(fmt.Sprint("s", i+round*n/2), "p")
		}
		f.destroy("p", "", n)
		f.size(0)
	}
	for i := range 10 {
		f.create(fmt.Sprint("s", i), "p")
	}
	f.e.space(0).sweep(f.op.Now, func() {})
	f.size(10)
	if err := f.e.Flush(t.Context(), f.op, false); err != nil {
		t.Error(err)
	}
	f.size(0)
}

func TestFlushWhileCondemned(t *testing.T) {
	f := &principalFixture{t, stopped(t, Options{Shards: 4}), store.Op{Now: 1 << 41}}
	for i := range 2 * fewSessions {
		f.create(fmt.Sprint("s", i), "p")
	}
	f.destroy("p", "", 2*fewSessions)
	if err := f.e.Flush(t.Context(), f.op, false); err != nil {
		t.Error(err)
	}
	f.create("s1", "p")
	f.size(1)
}

// Memory of condemned sessions is there for those who need it.
func TestCondemnedMakeRoom(t *testing.T) {
	e := stopped(t, Options{Limits: store.Limits{MaxMemory: 1 << 20}})
	f := &principalFixture{t, e, store.Op{Now: 1 << 41}}
	fill := func() (n int) {
		for ; ; n++ {
			o := store.CreateOptions{Principal: []byte("p"), Fields: [][]byte{[]byte("f"), make([]byte, 900)}}
			if err := e.CreateSession(t.Context(), f.op, fmt.Append(nil, "s", n), o); err != nil {
				return n
			}
		}
	}
	n := fill()
	f.destroy("p", "", n)
	if again := fill(); again < n*9/10 {
		t.Errorf("%d sessions fit, and then %d", n, again)
	}
}

// A list names every session that is there from its beginning to its end, whatever ids they change.
func TestListWhileSessionsRotate(t *testing.T) {
	const n = 8 * fewSessions
	e := NewChecked(Options{Shards: 4})
	defer e.Close()
	f := &principalFixture{t, e.Engine, store.Op{Now: 1 << 41}}
	for i := range n {
		f.create(fmt.Sprint("stays", i), "p")
	}
	var work sync.WaitGroup
	stop := make(chan struct{})
	work.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			from := []byte(fmt.Sprint("stays", rand.IntN(n)))
			if i%2 == 0 {
				if err := e.RotateSession(t.Context(), f.op, from, []byte("moved"), store.RotateOptions{}); err != nil {
					t.Error(err)
				}
				if err := e.RotateSession(t.Context(), f.op, []byte("moved"), from, store.RotateOptions{}); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 20 {
		got := f.list("p")
		if got = slices.DeleteFunc(slices.Compact(got), func(id string) bool { return id == "moved" }); len(got) < n-1 {
			t.Errorf("%d sessions are listed instead of %d", len(got), n)
		}
	}
	close(stop)
	work.Wait()
}
