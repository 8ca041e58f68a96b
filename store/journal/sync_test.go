package journal

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestOneSyncServesAll(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	entered, release := make(chan struct{}), make(chan struct{})
	fs.syncing = func(string) {
		entered <- struct{}{}
		<-release
	}
	s.add(j, 1, "first")
	first := make(chan error, 1)
	j.Sync(1, func(err error) { first <- err })
	<-entered
	// The disk is busy. Steps are appended and written meanwhile, and many wait.
	var all sync.WaitGroup
	for range 50 {
		s.add(j, 1, "more")
		must(t, j.Commit(j.Appended()))
		all.Add(1)
		j.Sync(j.Appended(), func(err error) {
			if err != nil {
				t.Error(err)
			}
			all.Done()
		})
	}
	release <- struct{}{}
	must(t, <-first)
	<-entered
	release <- struct{}{}
	all.Wait()
	if n := j.Stats().Fsyncs; n != 2 {
		t.Errorf("%d fsyncs for 51 who waited, want 2", n)
	}
	fs.syncing = nil
	must(t, j.Close())
}

func TestSyncsAreGathered(t *testing.T) {
	for policy, want := range map[Policy]int64{EverySecond: 1, Always: 4} {
		fs := newDouble()
		opts := quiet()
		opts.Policy, opts.Gather = policy, time.Hour
		j, s, _ := open(t, fs, opts)
		s.add(j, 1, "first")
		must(t, j.WaitSync(1)) // nobody has asked before
		answers := make(chan error, 3)
		for range cap(answers) {
			s.add(j, 1, "later")
			j.Sync(j.Appended(), func(err error) { answers <- err })
			if policy == Always {
				must(t, <-answers)
			}
		}
		if n := j.Stats().Fsyncs; n != want {
			t.Errorf("%v: %d fsyncs before the time is over, want %d", policy, n, want)
		}
		must(t, j.Close())
		for range cap(answers) {
			if policy == EverySecond {
				must(t, <-answers)
			}
		}
		fs = fs.cutPower(rand.New(rand.NewPCG(1, 1)), 0)
		after, got, _ := open(t, fs, quiet())
		wantSteps(t, got, s)
		must(t, after.Close())
	}
}

func TestSyncsAreServedOnceGathered(t *testing.T) {
	opts := quiet()
	opts.Gather = 20 * time.Millisecond
	j, s, _ := open(t, newDouble(), opts)
	for range 3 {
		s.add(j, 1, "step")
		must(t, j.WaitSync(j.Appended()))
	}
	if n := j.Stats().Fsyncs; n != 3 {
		t.Errorf("%d fsyncs for three who asked one after the other", n)
	}
	must(t, j.Close())
}

func TestEverySecondTellsWithTheTick(t *testing.T) {
	for policy, want := range map[Policy]uint64{EverySecond: 2, Always: 2, Never: 0} {
		fs := newDouble()
		opts := quiet()
		opts.Policy = policy
		j, s, _ := open(t, fs, opts)
		s.add(j, 2, "step")
		j.tick()
		if got := j.Synced(); got != want {
			t.Errorf("policy %d: synced up to %d, want %d", policy, got, want)
		}
		if got := j.Stats().Written; got != 2 {
			t.Errorf("policy %d: written up to %d, want 2", policy, got)
		}
		must(t, j.Close())
	}
}

func TestPolicyNames(t *testing.T) {
	for _, policy := range []Policy{EverySecond, Always, Never} {
		if got, ok := ParsePolicy(policy.String()); !ok || got != policy {
			t.Errorf("%s is parsed as %s", policy, got)
		}
	}
	if _, ok := ParsePolicy("sometimes"); ok {
		t.Error("a policy that is none is parsed")
	}
}

func TestPolicyChanges(t *testing.T) {
	opts := quiet()
	opts.Policy = Never
	j, s, _ := open(t, newDouble(), opts)
	s.add(j, 1, "step")
	if j.tick(); j.Synced() != 0 {
		t.Error("synced, and nobody asked")
	}
	j.SetPolicy(EverySecond)
	if j.tick(); j.Synced() != 1 {
		t.Error("not synced after the policy changed")
	}
	must(t, j.Close())
}

func TestRolledSegmentsAreSynced(t *testing.T) {
	fs, opts := newDouble(), quiet()
	opts.Policy, opts.SegmentSize = Never, 200
	j, s, _ := open(t, fs, opts)
	for range 20 {
		s.add(j, 1, "a step that is rather long")
		must(t, j.Commit(j.Appended()))
	}
	j.tick()
	if got := j.Stats(); got.Segments < 4 || got.Synced == 0 {
		t.Errorf("%+v", got)
	}
	must(t, j.Close())
}

func TestFailedSyncIsNeverTriedAgain(t *testing.T) {
	fs, opts := newDouble(), quiet()
	demanded := make(chan error, 10)
	opts.NeedSnapshot = func(err error) { demanded <- err }
	var told []*Trouble
	opts.Changed = func(t *Trouble) { told = append(told, t) }
	j, s, _ := open(t, fs, opts)
	s.add(j, 3, "before")
	must(t, j.WaitSync(3))
	s.add(j, 3, "lost")
	fs.fault = func(op, name string) error {
		if op == "sync" {
			return syscall.EIO
		}
		return nil
	}
	if err := j.WaitSync(6); !errors.Is(err, syscall.EIO) {
		t.Fatalf("WaitSync: %v", err)
	}
	if err := <-demanded; !errors.Is(err, syscall.EIO) {
		t.Fatalf("a snapshot is demanded for %v", err)
	}
	var synced []string
	fs.fault = func(op, name string) error {
		if op == "sync" {
			synced = append(synced, name)
		}
		return nil
	}
	// The disk works again, and yet the steps are not durable.
	s.add(j, 1, "after")
	if err := j.WaitSync(7); !errors.Is(err, syscall.EIO) {
		t.Fatalf("WaitSync after the fault: %v", err)
	}
	if j.Synced() != 3 || j.Err() == nil {
		t.Fatalf("synced up to %d, %v", j.Synced(), j.Err())
	}
	j.tick()
	<-demanded // again
	must(t, s.save(j))
	must(t, j.Err())
	if j.Synced() != 7 {
		t.Fatalf("synced up to %d after the snapshot", j.Synced())
	}
	s.add(j, 1, "well")
	must(t, j.WaitSync(8))
	for _, name := range synced {
		if name == segmentName(1) {
			t.Errorf("%s was synced again: %q", name, synced)
		}
	}
	if len(told) != 2 || told[0] == nil || !told[0].Snapshot || told[1] != nil {
		t.Errorf("told of %v", told)
	}
	must(t, j.Close())
	_, got, _ := open(t, fs.kill(), quiet())
	wantSteps(t, got, s)
}

func TestTroubleText(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	s.add(j, 1, "step")
	fs.room = 3
	err := j.Commit(1)
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "cannot write the log: ") || err.Error() != j.Err().Error() {
		t.Errorf("%v", err)
	}
	writes := fs.counts["write"]
	for range 10 {
		_ = j.Commit(1)
	}
	if fs.counts["write"] != writes {
		t.Error("a full disk is tried again for each caller")
	}
	fs.room = -1
	j.tick()
	must(t, j.Commit(1))
	must(t, j.Close())
}

func TestDroppedStepsNeedASnapshot(t *testing.T) {
	fs, opts := newDouble(), quiet()
	opts.MaxPending = 100
	j, s, _ := open(t, fs, opts)
	fs.room = 0
	s.add(j, 1, "step")
	_ = j.Commit(1)
	s.add(j, 50, "step")
	if n := j.Pending(); n > 200 {
		t.Errorf("%d bytes are pending, at most 100 and a step may be", n)
	}
	fs.room = -1
	j.tick()
	if trouble := j.trouble.Load(); trouble == nil || !trouble.Snapshot {
		t.Fatalf("steps were dropped: %v", trouble)
	}
	if err := j.Commit(51); err == nil {
		t.Fatal("a step that was dropped is said to be written")
	}
	must(t, s.save(j))
	must(t, j.Commit(51))
	s.add(j, 1, "step")
	must(t, j.WaitSync(52))
	_, got, _ := open(t, fs.kill(), quiet())
	wantSteps(t, got, s)
	must(t, j.Close())
}

func TestClosed(t *testing.T) {
	j, s, _ := open(t, newDouble(), quiet())
	s.add(j, 1, "step")
	must(t, j.Close())
	s.add(j, 1, "late")
	if err := j.Commit(2); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit: %v", err)
	}
	if err := j.WaitSync(2); !errors.Is(err, ErrClosed) {
		t.Errorf("WaitSync: %v", err)
	}
	must(t, j.Commit(1))
}

// TestConcurrentUse is for the race detector: all methods at once, on a disk that fails now and then.
func TestConcurrentUse(t *testing.T) {
	fs, opts := newDouble(), Options{Interval: time.Millisecond, SegmentSize: 2000}
	var saves sync.WaitGroup
	var j *Journal
	var mu sync.Mutex // as an engine's: it orders steps
	s := new(state)
	save := func() {
		mu.Lock()
		kept := append([]string(nil), s.steps...)
		mu.Unlock()
		out, err := j.BeginSnapshot(uint64(len(kept)))
		if err != nil {
			return
		}
		for _, step := range kept {
			if out.Write([]byte(step)) != nil {
				out.Abort()
				return
			}
		}
		_ = out.Finish(uint64(len(kept)))
	}
	j, _, _ = open(t, fs, opts)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range 300 {
				mu.Lock()
				s.add(j, 1, "step")
				last := j.Appended()
				mu.Unlock()
				must(t, j.Commit(last))
				if i%50 == 0 {
					must(t, j.WaitSync(last))
				}
				if i%100 == 0 {
					saves.Go(save)
				}
				_ = j.Stats()
				_ = j.Err()
			}
		})
	}
	workers.Wait()
	saves.Wait()
	must(t, j.Close())
	_, got, _ := open(t, fs, quiet())
	wantSteps(t, got, s)
}

// TestAwaitsNobodyWhoStaysAway: after a sync that few of those came back for who were answered before, syncs are not put off.
func TestAwaitsNobodyWhoStaysAway(t *testing.T) {
	var away Journal
	away.SetPolicy(Always)
	away.lastSync.Store(int64(time.Second))
	away.asking = 10
	away.awaitReturning()
	if away.skipAwait != awaitAgain {
		t.Errorf("it awaits them again after %d syncs, want %d", away.skipAwait, awaitAgain)
	}
	away.waiters = make([]waiter, 10)
	away.skipAwait = 0
	away.awaitReturning()
	if away.skipAwait != 0 {
		t.Error("all were there, and it does not await them the next time")
	}
}
