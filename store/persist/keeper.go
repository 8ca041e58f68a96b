// Package persist keeps an engine in a folder. It gives the journal what the engine tells of its changes, and makes the
// engine again at the start. It writes snapshots when the log has grown.
package persist

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
	"sessd/store/journal"
)

// Options say how an engine is kept.
type Options struct {
	Journal journal.Options
	// GrowthPercentage is by how much the log outgrows the newest snapshot before the next one is written, in percent; 0:
	// none is written by itself.
	GrowthPercentage int64
	// MinLogBytes is below how many bytes of log none is written by itself.
	MinLogBytes int64
	// UnsyncedEnds lets the end of a session be answered before it is on stable storage.
	UnsyncedEnds bool
	Log          *slog.Logger
	// Fatal is called when writes can be kept no more though they have to be. It must return at once.
	Fatal func(error)
}

// Keeper keeps one engine. Its methods may be called from any goroutine.
type Keeper struct {
	*journal.Journal
	engine   store.Durable
	log      *slog.Logger
	fatal    func(error)
	opened   time.Time
	percent  atomic.Int64
	minBytes atomic.Int64
	unsynced atomic.Bool // ends of sessions

	loading    sync.Mutex
	stopping   sync.Mutex    // held while stop is closed, and while a goroutine joins background
	ready      chan struct{} // closed once everything is loaded
	stop       chan struct{}
	background sync.WaitGroup
	stopRecord func()
	saveAtStop atomic.Bool

	saved savings
}

// savings is what is known of snapshots.
type savings struct {
	mu       sync.Mutex
	begun    time.Time // zero: none is being written
	last     time.Time // when the last one was whole, or the process began
	took     time.Duration
	steps    uint64 // that the log had when the last one began
	failed   error  // of the last attempt
	attempts int64
	retry    time.Time // none is written by itself before this time, after a failure
}

// gather is the least time between syncs for ends of sessions. Many logouts then cost few syncs, and the only one waits for
// no other.
const gather = 5 * time.Millisecond

// Open locks the folder. Load comes next, and Close in any case. Errors are those of journal.Open.
func Open(engine store.Durable, dir string, o Options) (*Keeper, error) {
	k := &Keeper{engine: engine, log: o.Log, fatal: o.Fatal, ready: make(chan struct{}), stop: make(chan struct{}), opened: time.Now()}
	k.saved.last = k.opened
	k.saveAtStop.Store(true)
	k.SetGrowth(o.GrowthPercentage, o.MinLogBytes)
	k.unsynced.Store(o.UnsyncedEnds)
	if o.Journal.Gather == 0 {
		o.Journal.Gather = gather
	}
	o.Journal.Changed = k.logTrouble
	o.Journal.NeedSnapshot = k.heal
	var err error
	k.Journal, err = journal.Open(journal.Disk, dir, o.Journal)
	if err != nil {
		return nil, err
	}
	return k, nil
}

// SetGrowth changes when snapshots are written by themselves.
func (k *Keeper) SetGrowth(percentage, minLogBytes int64) {
	k.percent.Store(percentage)
	k.minBytes.Store(minLogBytes)
}

// SetUnsyncedEnds changes whether the end of a session is answered before it is on stable storage.
func (k *Keeper) SetUnsyncedEnds(on bool) { k.unsynced.Store(on) }

// SyncsWrites is part of commands.Durability.
func (k *Keeper) SyncsWrites() bool { return k.Policy() == journal.Always }

// SyncsEnds is part of commands.Durability.
func (k *Keeper) SyncsEnds() bool { return !k.unsynced.Load() }

// SaveAtStop is part of commands.Durability.
func (k *Keeper) SaveAtStop(on bool) { k.saveAtStop.Store(on) }

// recorder gives the journal the redo of steps.
type recorder struct{ *journal.Journal }

// Append is part of store.Recorder.
func (r recorder) Append(redo []byte) { r.Journal.Append(redo) }

// Loader gives an engine what the journal has.
type Loader struct {
	store.Restorer
	Stop <-chan struct{} // makes it ErrStopped once it is closed; nil: nothing does
}

// Chunk is part of journal.Loader.
func (l Loader) Chunk(payload []byte) error { return l.Step(0, payload) }

// Step is part of journal.Loader.
func (l Loader) Step(_ uint64, payload []byte) error {
	select {
	case <-l.Stop:
		return ErrStopped
	default:
		return l.Apply(payload)
	}
}

// ErrStopped is the error of a Load that Close has ended.
var ErrStopped = errors.New("stopped while loading")

// Load fills the engine with what the folder has, and keeps it from then on. It calls loaded before the log says that all is
// loaded. After an error the engine is of no use.
func (k *Keeper) Load(loaded func()) error {
	k.loading.Lock() // Close waits
	defer k.loading.Unlock()
	if k.isStopped() {
		return ErrStopped
	}
	begin := time.Now()
	stopTelling := k.tellProgress()
	restorer := k.engine.Restore()
	found, err := k.Recover(Loader{restorer, k.stop})
	err = errors.Join(err, restorer.Done())
	stopTelling()
	if err != nil {
		return err
	}
	k.stopRecord = k.engine.Record(recorder{k.Journal})
	for _, cut := range found.Cuts {
		k.log.Warn("the end of a log was not written wholly, and is cut off", "file", cut.File, "offset", cut.Offset, "bytes", cut.Bytes, "reason", cut.Reason)
	}
	for _, bad := range found.Bad {
		k.log.Warn("a snapshot is damaged: the one before it and the log were loaded", "error", bad)
	}
	k.saved.mu.Lock()
	k.saved.steps = found.Snapshot
	if last := k.Stats().LastSnapshot; !last.IsZero() {
		k.saved.last = last
	}
	k.saved.mu.Unlock()
	close(k.ready)
	loaded()
	k.log.Info("loaded", "steps", found.Steps, "snapshot", found.Snapshot, "took", time.Since(begin).Round(time.Millisecond))
	k.inBackground(k.watchGrowth)
	if found.Clear {
		k.log.Info("what is in clear text is sealed by a snapshot")
		k.SaveInBackground()
	}
	return nil
}

// tellProgress logs how far loading has come, every five seconds until stop is called.
func (k *Keeper) tellProgress() (stop func()) {
	ended := make(chan struct{})
	k.background.Go(func() {
		ticker := time.NewTicker(5 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				done, total := k.Progress()
				k.log.Info("loading", "bytes", done, "of", total)
			}
		}
	})
	return func() { close(ended) }
}

// Loaded reports whether everything is loaded.
func (k *Keeper) Loaded() bool {
	select {
	case <-k.ready:
		return true
	default:
		return false
	}
}

// inBackground runs a function that Close waits for. Once Close was called, nothing runs.
func (k *Keeper) inBackground(f func()) {
	k.stopping.Lock()
	defer k.stopping.Unlock()
	if !k.isStopped() {
		k.background.Go(f)
	}
}

// isStopped reports whether Close was called.
func (k *Keeper) isStopped() bool {
	select {
	case <-k.stop:
		return true
	default:
		return false
	}
}

// Close ends the log, after a snapshot where one is wanted, and unlocks the folder. No operation of the engine may be running.
// Load, and a snapshot under way, end before it returns.
func (k *Keeper) Close() error {
	k.stopping.Lock()
	close(k.stop)
	k.stopping.Unlock()
	k.loading.Lock()
	defer k.loading.Unlock()
	k.background.Wait()
	var err error
	if k.Loaded() {
		if k.saveAtStop.Load() && k.Appended() != k.savedSteps() {
			err = k.save(false)
		}
		k.stopRecord()
	}
	return errors.Join(err, k.Journal.Close())
}

// logTrouble logs that steps cannot be kept, or can again.
func (k *Keeper) logTrouble(t *journal.Trouble) {
	if t == nil {
		k.log.Info("the log is written again")
		return
	}
	k.log.Error("the log cannot be written: writes are refused until it can", "doing", t.Doing, "error", t.Err, "snapshot-needed", t.Snapshot)
}
