package memory

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sessd/store"
)

// pairs collects members, of which "a 1" and "b 1" are always there together.
type pairs map[string]bool

func (pairs) Set(int)                         {}
func (pairs) Hash(int)                        {}
func (pairs) Members(int)                     {}
func (p pairs) add(name []byte, found bool)   { p[string(name)] = p[string(name)] || found }
func (p pairs) Field(n, _ []byte, found bool) { p.add(n, found) }
func (p pairs) Member(n []byte, found bool)   { p.add(n, found) }

type scoredPairs struct{ pairs }

func (p scoredPairs) Member(n []byte, _ float64, found bool) { p.add(n, found) }

func (p pairs) check(t *testing.T, what string) {
	for name, found := range p {
		other := "a" + name[1:]
		if name[0] == 'a' {
			other = "b" + name[1:]
		}
		if p[other] != found {
			t.Errorf("%s shows one alone of %q and %q", what, name, other)
			return
		}
	}
}

// What is gone through in steps is as it was at one moment, whatever others change, move, flush and swap meanwhile.
func TestLongOperationsAreOneStep(t *testing.T) {
	e := NewChecked(LargeSoon(Options{Keyspaces: 2, Shards: 4}))
	defer e.Close()
	ctx := context.Background()
	op := func() store.Op { return store.Op{Keyspace: rand.IntN(2), Now: 4102444800000} }
	pair := func() [][]byte {
		n := rand.IntN(80)
		return [][]byte{fmt.Append(nil, "a ", n), fmt.Append(nil, "b ", n)}
	}
	key := func(kind string) []byte { return fmt.Append(nil, kind, rand.IntN(4)) }
	var all sync.WaitGroup
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	run := func(n int, f func(i int) error) {
		for range n {
			all.Go(func() {
				for i := range rounds {
					if err := f(i); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	run(2, func(int) error {
		for range 10 {
			p := pair()
			if _, err := e.AddToSet(ctx, op(), key("set"), p); err != nil {
				return err
			}
			scored := []store.Scored{{Member: p[0], Score: 1}, {Member: p[1], Score: 2}}
			if _, err := e.AddScores(ctx, op(), key("zset"), scored, store.ScoreOptions{}); err != nil {
				return err
			}
			if _, err := e.SetHash(ctx, op(), key("hash"), [][]byte{p[0], p[0], p[1], p[1]}, false); err != nil {
				return err
			}
		}
		_, err := e.RemoveFromSet(ctx, op(), key("set"), pair())
		if err == nil {
			_, err = e.RemoveMembers(ctx, op(), key("zset"), pair())
		}
		return err
	})
	run(1, func(int) error {
		var names [][]byte
		for range 4 {
			names = append(names, pair()...)
		}
		if _, err := e.RemoveFromSet(ctx, op(), key("set"), names); err != nil {
			return err
		}
		if _, err := e.RemoveMembers(ctx, op(), key("zset"), names); err != nil {
			return err
		}
		if _, err := e.AddToSet(ctx, op(), key("set"), names); err != nil {
			return err
		}
		_, err := e.DeleteFields(ctx, op(), key("hash"), names)
		return err
	})
	run(1, func(i int) error {
		var names, set [][]byte
		for range 4 {
			p := pair()
			names, set = append(names, p...), append(set, p[0], p[0], p[1], p[1])
		}
		at := []int64{store.Never, 4102444800000, 4102444800000 + rand.Int64N(1000)}[rand.IntN(3)]
		var err error
		switch i % 3 {
		case 0:
			err = e.ExpireFields(ctx, op(), key("hash"), names, store.ExpireOptions{At: at}, func(store.FieldOutcome) {})
		case 1:
			err = e.GetFields(ctx, op(), key("hash"), store.GetFieldsOptions{Fields: names, Delete: rand.IntN(2) == 0, Expires: true, At: at}, pairs{})
		case 2:
			_, err = e.SetFields(ctx, op(), key("hash"), store.SetFieldsOptions{Pairs: set, At: at, KeepEnds: rand.IntN(2) == 0})
		}
		return err
	})
	run(1, func(int) error {
		ends, of := []int64{}, pair()
		err := e.FieldEnds(ctx, op(), key("hash"), of, func(at int64, _ bool) { ends = append(ends, at) })
		if err == nil && ends[0] != ends[1] {
			t.Errorf("%q end at %d", of, ends)
		}
		return err
	})
	run(1, func(int) error {
		p := pairs{}
		if err := e.ReadSet(ctx, op(), key("set"), store.SetRead{}, p); err != nil {
			return err
		}
		p.check(t, "a set")
		p = pairs{}
		if err := e.ReadHash(ctx, op(), key("hash"), store.HashRead{}, p); err != nil {
			return err
		}
		p.check(t, "a hash")
		p = pairs{}
		r := store.SortedRange{By: store.ByRank, Stop: -1, Count: -1, FromEnd: rand.IntN(2) == 0}
		if err := e.ReadRange(ctx, op(), key("zset"), r, scoredPairs{p}); err != nil {
			return err
		}
		p.check(t, "a sorted set")
		p = pairs{}
		how := store.Combination{How: store.Union + store.SetOp(rand.IntN(3))}
		if err := e.ReadCombined(ctx, op(), [][]byte{key("set"), key("set")}, how, scoredPairs{p}); err != nil {
			return err
		}
		p.check(t, "a combination")
		return nil
	})
	var names [][]byte
	for n := range 80 {
		names = append(names, fmt.Append(nil, "a ", n), fmt.Append(nil, "b ", n))
	}
	run(1, func(int) error {
		p := pairs{}
		if err := e.ReadSet(ctx, op(), key("set"), store.SetRead{Members: names}, p); err != nil {
			return err
		}
		p.check(t, "a look-up in a set")
		p = pairs{}
		if err := e.ReadHash(ctx, op(), key("hash"), store.HashRead{Fields: names}, p); err != nil {
			return err
		}
		p.check(t, "a look-up in a hash")
		p = pairs{}
		if err := e.ReadMembers(ctx, op(), key("zset"), names, scoredPairs{p}); err != nil {
			return err
		}
		p.check(t, "a look-up in a sorted set")
		return nil
	})
	run(1, func(int) error {
		keys := [][]byte{key("set"), key("set")}
		if _, err := e.StoreCombined(ctx, op(), key("set"), keys, store.Combination{How: store.Union}); err != nil {
			return err
		}
		r := store.SortedRange{By: store.ByRank, Stop: -1, Count: -1}
		if _, err := e.StoreRange(ctx, op(), key("zset"), key("zset"), r); err != nil {
			return err
		}
		_, err := e.StoreCombined(ctx, op(), key("zset"), [][]byte{key("zset"), key("zset")}, store.Combination{How: store.Union, Scores: true})
		return err
	})
	run(1, func(int) error {
		from := key("set")
		d, err := e.Derive(ctx, op(), from)
		if d == nil || err != nil {
			return err
		}
		defer d.Close()
		p := sortedPairs{pairs: pairs{}}
		if err := e.ReadSet(ctx, d.(*derivation).op, from, store.SetRead{}, &p); err != nil {
			return err
		}
		stored, err := d.Replace(key("list"), p.all)
		if stored {
			p.check(t, "what a list was made of")
		}
		return err
	})
	run(1, func(i int) error {
		for _, kind := range []string{"set", "hash", "zset"} {
			o := store.TransferOptions{Keyspace: rand.IntN(2), Key: key(kind), Copies: rand.IntN(2) == 0, Replaces: true}
			if _, _, err := e.TransferKey(ctx, op(), key(kind), o); err != nil {
				return err
			}
		}
		switch i % 40 {
		case 10:
			return e.SwapKeyspaces(ctx, op(), 0, 1)
		case 30:
			return e.Flush(ctx, op(), rand.IntN(2) == 0)
		}
		return nil
	})
	all.Wait()
	for i := range e.spaces {
		k := e.spaces[i].Load()
		for j := range k.shards {
			if s := &k.shards[j]; len(s.views) > 0 || len(s.staged) > 0 {
				t.Errorf("%d views and %d staged collections are left", len(s.views), len(s.staged))
			}
		}
	}
}

// sortedPairs also has the names.
type sortedPairs struct {
	pairs
	all [][]byte
}

func (p *sortedPairs) Member(name []byte, found bool) {
	p.pairs.Member(name, found)
	p.all = append(p.all, bytes.Clone(name))
}

// run is a visitor of a list of numbers that follow each other.
type run struct {
	last, gaps int
}

func (*run) List([]byte, int) {}
func (r *run) Element(element []byte) {
	var n int
	fmt.Sscan(string(element), &n)
	if r.last > 0 && n != r.last+1 {
		r.gaps++
	}
	r.last = n
}

// A long list is read as it was at one moment, while its ends are changed in place.
func TestLongListsAreReadInOneStep(t *testing.T) {
	e := NewChecked(LargeSoon(Options{Shards: 1}))
	defer e.Close()
	ctx, op, key := context.Background(), store.Op{Now: 4102444800000}, []byte("list")
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(stop)
		for n := 1; n < 3000; n++ {
			if _, err := e.PushList(ctx, op, key, [][]byte{fmt.Append(nil, n)}, store.ListTail, false); err != nil {
				t.Error(err)
			}
			if n > 100 {
				e.PopList(ctx, op, [][]byte{key}, 1, store.ListHead, new(run))
			}
		}
	})
	for more := true; more; {
		select {
		case <-stop:
			more = false
		default:
		}
		var r run
		if err := e.ReadList(ctx, op, key, 0, -1, &r); err != nil || r.gaps > 0 {
			t.Fatalf("%d gaps before %d, %v", r.gaps, r.last, err)
		}
	}
	all.Wait()
}

// popped collects what was popped, each once.
type popped struct {
	mu   sync.Mutex
	all  map[string]bool
	more int // shown a second time

	inserted int64
}

func (*popped) Set(int)               {}
func (*popped) Members(int)           {}
func (*popped) List([]byte, int)      {}
func (p *popped) Element(name []byte) { p.add(name) }
func (p *popped) add(name []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasPrefix(string(name), "inserted") {
		p.inserted++
		return
	}
	if p.all[string(name)] {
		p.more++
	}
	p.all[string(name)] = true
}
func (p *popped) Member(name []byte, _ bool) { p.add(name) }

type poppedScores struct{ *popped }

func (p poppedScores) Member(name []byte, _ float64, _ bool) { p.add(name) }

// What is added and popped many at a time, by several at once, is popped once.
func TestManyAreAddedAndPoppedOnce(t *testing.T) {
	e := NewChecked(LargeSoon(Options{Shards: 1}))
	defer e.Close()
	ctx, op, key := context.Background(), store.Op{Now: 4102444800000}, func(name string) []byte { return []byte(name) }
	set, sorted, list := popped{all: map[string]bool{}}, popped{all: map[string]bool{}}, popped{all: map[string]bool{}}
	rounds := 15
	var inserted atomic.Int64 // and not removed
	var all sync.WaitGroup
	for who := range 3 {
		all.Go(func() {
			for round := range rounds {
				var names [][]byte
				var scored []store.Scored
				for i := range 12 {
					names = append(names, fmt.Append(nil, who, " ", round, " ", i))
					scored = append(scored, store.Scored{Member: names[i], Score: float64(rand.IntN(5))})
				}
				if n, err := e.AddToSet(ctx, op, key("set"), names); n != 12 || err != nil {
					t.Errorf("%d were added, %v", n, err)
				}
				if r, err := e.AddScores(ctx, op, key("zset"), scored, store.ScoreOptions{}); r.Added != 12 || err != nil {
					t.Errorf("%d were added, %v", r.Added, err)
				}
				if _, err := e.PushList(ctx, op, key("list"), names, store.ListEnd(rand.IntN(2)), false); err != nil {
					t.Error(err)
				}
				value := fmt.Append(nil, "inserted by ", who)
				for range 3 {
					n, err := e.InsertElement(ctx, op, key("list"), names[rand.IntN(12)], value, rand.IntN(2) == 0)
					if n > 0 {
						inserted.Add(1)
					}
					if err != nil {
						t.Error(err)
					}
				}
				n, err := e.RemoveElements(ctx, op, key("list"), value, int64(rand.IntN(4)-1))
				if inserted.Add(int64(-n)); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range rounds {
				count, end := int64(rand.IntN(14)), rand.IntN(2)
				if err := e.PopFromSet(ctx, op, key("set"), count, &set); err != nil {
					t.Error(err)
				}
				if err := e.PopMembers(ctx, op, key("zset"), count, end == 0, poppedScores{&sorted}); err != nil {
					t.Error(err)
				}
				if _, err := e.PopList(ctx, op, [][]byte{key("list")}, count, store.ListEnd(end), &list); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	e.PopFromSet(ctx, op, key("set"), 1e6, &set)
	e.PopMembers(ctx, op, key("zset"), 1e6, false, poppedScores{&sorted})
	e.PopList(ctx, op, [][]byte{key("list")}, 1e6, store.ListTail, &list)
	if list.inserted != inserted.Load() {
		t.Errorf("%d were inserted, %d were popped", inserted.Load(), list.inserted)
	}
	for _, p := range []*popped{&set, &sorted, &list} {
		if len(p.all) != 3*12*rounds || p.more > 0 {
			t.Errorf("%d of %d were popped, %d twice", len(p.all), 3*12*rounds, p.more)
		}
	}
}

// Ends that were cut off a list count for it, under whatever key, until they are freed; and its copies are without them.
func TestListsWhoseEndsAreFreedLater(t *testing.T) {
	e := NewChecked(LargeSoon(Options{Shards: 1, Keyspaces: 2}))
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	for i := range 200 {
		key, to := fmt.Append(nil, "list", i%3), fmt.Append(nil, "list", rand.IntN(3))
		var all [][]byte
		for n := range 60 {
			all = append(all, fmt.Append(nil, n))
		}
		if _, err := e.PushList(ctx, op, key, all, store.ListTail, false); err != nil {
			t.Fatal(err)
		}
		n, err := e.ListLength(ctx, op, key)
		if err != nil || n < 60 {
			t.Fatal(n, err)
		}
		from, to64 := int64(rand.IntN(n/2)), int64(n/2+rand.IntN(n/2))
		if err := e.TrimList(ctx, op, key, from, to64); err != nil {
			t.Fatal(err)
		}
		if got, err := e.ListLength(ctx, op, key); int64(got) != to64-from+1 || err != nil {
			t.Fatalf("%d elements are left of %d to %d, %v", got, from, to64, err)
		}
		switch rand.IntN(5) {
		case 0:
			e.Delete(ctx, op, [][]byte{key})
		case 1:
			err = e.SwapKeyspaces(ctx, op, 0, 1)
		case 2:
			err = e.Flush(ctx, op, rand.IntN(2) == 0)
		default:
			o := store.TransferOptions{Keyspace: rand.IntN(2), Key: to, Copies: rand.IntN(2) == 0, Replaces: true}
			_, _, err = e.TransferKey(ctx, op, key, o)
		}
		if err == nil {
			err = e.Check()
		}
		if err != nil {
			t.Fatal(i, err)
		}
	}
}
