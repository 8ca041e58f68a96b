package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// seeds runs a random test as often as SESSD_ROUNDS says, each with a seed of its own that failures print. SESSD_SEED is
// that of the only one.
func seeds(t *testing.T, rounds int, test func(t *testing.T, rng *rand.Rand)) {
	t.Helper()
	first := uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("SESSD_ROUNDS")); err == nil {
		rounds = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SESSD_SEED"), 10, 64); err == nil {
		first, rounds = n, 1
	}
	t.Logf("seeds %d to %d", first, first+uint64(rounds)-1)
	for i := range uint64(rounds) {
		seed := first + i
		ok := t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { test(t, rand.New(rand.NewPCG(seed, 1))) })
		if !ok {
			t.Fatalf("SESSD_SEED=%d does it again", seed)
		}
	}
}

var errPower = errors.New("there is no power")

// life is a process with a journal that a test kills.
type life struct {
	t   *testing.T
	rng *rand.Rand
	fs  *double
	j   *Journal
	*state
	committed, synced int // steps that the journal has acknowledged
	left              int // operations of the file system until the power fails; negative: it does not
	faults            float64
}

// begin recovers what is in the folder.
func (l *life) begin(opts Options) {
	l.j, l.state, _ = open(l.t, l.fs, opts)
	l.committed, l.synced = len(l.steps), len(l.steps)
	l.left = l.rng.IntN(200)
	l.fs.fault = l.fault
}

// fault fails operations: all after the power has failed, and a few before.
func (l *life) fault(op, name string) error {
	if l.left--; l.left < 0 {
		return errPower
	}
	if l.rng.Float64() < l.faults {
		switch op {
		case "sync", "syncdir", "truncate", "read":
			return syscall.EIO
		case "create", "write", "rename":
			return syscall.ENOSPC
		}
	}
	return nil
}

// act does something at random.
func (l *life) act() {
	switch n := l.rng.IntN(20); {
	case n < 10:
		l.add(l.j, 1+l.rng.IntN(3), text(l.rng))
	case n < 14:
		if last := len(l.steps); l.j.Commit(uint64(last)) == nil {
			l.committed = last
		}
	case n < 16:
		if last := len(l.steps); l.j.WaitSync(uint64(last)) == nil {
			l.committed, l.synced = last, last
		}
	case n < 18:
		last := len(l.steps)
		if l.j.tick(); l.j.Synced() >= uint64(last) {
			l.committed, l.synced = last, last
		}
	case n < 19:
		l.saveSlowly()
	default:
		l.fs.room = -1
		if l.faults > 0 && l.rng.IntN(2) == 0 {
			l.fs.room = l.rng.Int64N(2000)
		}
	}
}

// saveSlowly writes a snapshot while steps go on.
func (l *life) saveSlowly() {
	kept := len(l.steps)
	out, err := l.j.BeginSnapshot(uint64(kept))
	if err != nil {
		return
	}
	for _, step := range l.steps[:kept] {
		if l.rng.IntN(8) == 0 {
			l.add(l.j, 1, "meanwhile")
		}
		if l.rng.IntN(16) == 0 && l.j.Commit(uint64(len(l.steps))) == nil {
			l.committed = len(l.steps)
		}
		if out.Write([]byte(step)) != nil {
			break
		}
	}
	through := len(l.steps)
	if l.rng.IntN(10) == 0 {
		out.Abort()
	} else if out.Finish(uint64(through)) == nil && l.j.Err() == nil {
		l.committed, l.synced = max(l.committed, kept), max(l.synced, kept)
	}
}

func text(rng *rand.Rand) string { return string(make([]byte, rng.IntN(1<<rng.IntN(12)))) }

// end ends the process, with or without the machine, and checks that what was acknowledged is there.
func (l *life) end(opts Options, power bool) {
	at := l.committed
	if l.j.fs.(*double).fault = nil; power {
		at = l.synced
		l.fs = l.fs.cutPower(l.rng, []float64{0, 0.5, 0.9, 1}[l.rng.IntN(4)])
	} else {
		l.fs = l.fs.kill()
	}
	before := l.state
	_ = l.j.Close()
	got, found, err := tryOpen(l.fs, opts)
	if err != nil {
		l.t.Fatalf("after %d steps, of which %d were acknowledged: %v\n%s", len(before.steps), at, err, l.fs)
	}
	if n := len(got.steps); n < at || n > len(before.steps) {
		l.t.Fatalf("%d steps of %d, and %d were acknowledged: %+v\n%s", n, len(before.steps), at, found, l.fs)
	}
	wantSteps(l.t, got, &state{before.steps[:len(got.steps)]})
}

func someOptions(rng *rand.Rand) Options {
	opts := quiet()
	opts.SegmentSize = 200 + rng.Int64N(4000)
	opts.MaxPending = 1 + rng.IntN(5000)
	opts.Policy = Policy(rng.IntN(3))
	opts.Ahead = rng.Int64N(3000) - 500
	if rng.IntN(2) == 0 {
		opts.Keys = Keys{{byte(rng.IntN(2))}, {0}, {1}}
	}
	return opts
}

func TestPowerCuts(t *testing.T) {
	seeds(t, 50, func(t *testing.T, rng *rand.Rand) {
		l := &life{t: t, rng: rng, fs: newDouble()}
		opts := someOptions(rng)
		for range 4 {
			l.begin(opts)
			for l.left >= 0 {
				l.act()
			}
			l.end(opts, true)
		}
	})
}

func TestKills(t *testing.T) {
	seeds(t, 50, func(t *testing.T, rng *rand.Rand) {
		l := &life{t: t, rng: rng, fs: newDouble()}
		opts := someOptions(rng)
		for range 4 {
			l.begin(opts)
			for l.left >= 0 {
				l.act()
			}
			l.end(opts, false)
		}
	})
}

func TestDiskTroubles(t *testing.T) {
	seeds(t, 50, func(t *testing.T, rng *rand.Rand) {
		l := &life{t: t, rng: rng, fs: newDouble()}
		opts := someOptions(rng)
		for range 4 {
			l.begin(opts)
			for l.faults = 0.05; l.left >= 0; {
				l.act()
			}
			l.faults = 0
			l.end(opts, rng.IntN(2) == 0)
		}
	})
}

// TestTroubleEnds heals the disk at a random moment: a tick and a snapshot later the journal works again.
func TestTroubleEnds(t *testing.T) {
	seeds(t, 50, func(t *testing.T, rng *rand.Rand) {
		l := &life{t: t, rng: rng, fs: newDouble()}
		opts := someOptions(rng)
		l.begin(opts)
		l.left, l.faults = 1<<30, 0.2
		for range 1 + rng.IntN(60) {
			l.act()
		}
		l.faults, l.fs.room = 0, -1
		l.j.tick()
		if t := l.j.trouble.Load(); t != nil && !t.Snapshot {
			l.t.Fatalf("there is room again, and still %v", t)
		}
		must(t, l.save(l.j))
		must(t, l.j.Err())
		last := uint64(len(l.steps))
		must(t, l.j.Commit(last))
		must(t, l.j.WaitSync(last))
		l.committed, l.synced = len(l.steps), len(l.steps)
		l.add(l.j, 1, "after")
		must(t, l.j.WaitSync(last+1))
		l.end(opts, true)
	})
}
