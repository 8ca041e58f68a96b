package journal

import (
	"errors"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options are how a journal works. The zero value is usable.
type Options struct {
	Policy Policy // SetPolicy changes it
	Keys   Keys   // the first seals; none: clear text
	// SegmentSize is how many bytes a segment may have before the next one begins; 0: 64 MiB.
	SegmentSize int64
	// MaxPending is how many bytes may wait for a disk that takes none. Above it steps are dropped, and a snapshot is
	// needed before the journal works again; 0: 64 MiB.
	MaxPending int
	// Interval is the time between syncs of EverySecond, and between attempts after trouble; 0: a second.
	Interval time.Duration
	// Gather is the least time between two syncs that callers ask for, unless the policy is Always. Those who ask within it
	// share one. Who asks after it does not wait.
	Gather time.Duration
	// Ahead is how many bytes of zeros are written ahead at once under Always; 0: 256 KiB, negative: none.
	Ahead        int64
	Uncompressed bool // snapshots; the log always is
	// NeedSnapshot is called when the journal works again only after a snapshot, and then after each Interval until there
	// is one. It must not wait for the snapshot.
	NeedSnapshot func(cause error)
	// Changed is called when trouble begins, changes, and ends (with nil). It must not call the journal.
	Changed func(*Trouble)
}

// Journal is a log and its snapshots in a folder. Its methods may be called by several goroutines at once, once Recover
// has returned; before that only Progress, Stats and Err. An error of the Loader ends Recover early.
type Journal struct {
	fs     FS
	dir    string
	opts   Options
	lock   io.Closer
	folder *folder // what Recover reads; nil once it has

	appended atomic.Uint64 // last step that was appended
	written  atomic.Uint64 // last step that the kernel has, with all before it
	synced   atomic.Uint64 // last step that is on stable storage, or in a snapshot there, with all before it
	lost     atomic.Uint64 // steps up to this one may be in no file that recovery gets to; 0 without trouble
	trouble  atomic.Pointer[Trouble]

	pendingMu sync.Mutex // held for a copy of bytes only
	pending   []byte     // frames that no writer has taken
	dropping  bool       // steps are dropped
	taken     uint64     // last step that a writer has taken, or will, where steps are dropped

	writeMu      sync.Mutex // held during a write; taken before pendingMu
	current      *segment   // nil: none could be made
	nextIndex    uint64
	batch        []byte         // frames that a writer has taken and the kernel has not
	batchLast    uint64         // last step of batch
	stored       []byte         // scratch for sealed frames
	zeros        []byte         // what is written ahead
	marked       uint64         // step of the last mark
	blocked      bool           // the disk takes nothing; tried again after Interval
	crowded      bool           // the next segment could not be made; tried again after Interval
	unsynced     []*segment     // finished and not synced, oldest first
	segments     []logFile      // all but the current one, oldest first
	snapshots    []snapshotFile // oldest first
	badSnapshots []string       // removed once there is a good one
	life         int            // counts how often files were abandoned
	stable       uint64         // last step in a file that was synced; more than synced where a snapshot is missing
	heals        uint64         // a snapshot after this step, or a later one, ends the trouble
	grown        int64          // bytes of the log after the newest snapshot

	syncMu      sync.Mutex // one sync at a time; taken before writeMu
	saving      atomic.Bool
	policy      atomic.Uint32
	asking      int       // who wait for syncs, in all, as far as run knows
	skipAwait   int       // syncs before which run does not await them
	served      time.Time // when run began the last sync that a caller asked for
	waitMu      sync.Mutex
	waiters     []waiter
	spare       []waiter
	closed      bool          // nobody serves waiters any more
	wake        chan struct{} // has room for one
	stop        chan struct{}
	stopped     sync.WaitGroup
	done, total atomic.Int64 // bytes that recovery has read, and has to
	fsyncs      atomic.Int64
	lastSync    atomic.Int64 // ns that the last one took
	bytes       atomic.Int64 // written to the log
}

// ErrClosed is the answer of a journal that was closed.
var ErrClosed = errors.New("the journal is closed")

// setDefaults gives the options that are 0 their values.
func (o *Options) setDefaults() {
	if o.SegmentSize <= 0 {
		o.SegmentSize = 64 << 20
	}
	if o.Ahead == 0 {
		o.Ahead = 256 << 10
	}
	if o.MaxPending <= 0 {
		o.MaxPending = 64 << 20
	}
	if o.Interval <= 0 {
		o.Interval = time.Second
	}
}

// Open locks a folder, which is made where there is none, and looks at what is in it. Errors are *LockedError, *KeyError,
// *FormatError and those of the file system. Recover comes next, and Close in any case.
//
// A folder in clear text may be opened with keys. What is written from then on is sealed, and the next snapshot removes
// what is in clear text. So who begins to encrypt makes a snapshot at once; Recovered.Clear tells.
func Open(fs FS, dir string, opts Options) (*Journal, error) {
	opts.setDefaults()
	if err := fs.MkdirAll(dir); err != nil {
		return nil, err
	}
	lock, err := fs.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	j := &Journal{fs: fs, dir: dir, opts: opts, lock: lock, wake: make(chan struct{}, 1), stop: make(chan struct{})}
	j.SetPolicy(opts.Policy)
	if j.folder, err = readFolder(fs, dir, opts.Keys); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return j, nil
}

// Close syncs what was appended and unlocks the folder. The error says what may not survive a power cut.
func (j *Journal) Close() error {
	if j.folder != nil { // not recovered
		return j.lock.Close()
	}
	close(j.stop)
	j.stopped.Wait()
	err := errors.Join(j.syncFiles(), j.end())
	j.waitMu.Lock()
	j.closed = true
	j.waitMu.Unlock()
	j.serve()
	return errors.Join(err, j.lock.Close())
}

// end writes that all is on stable storage, if it is, and closes the files.
func (j *Journal) end() error {
	j.writeMu.Lock()
	defer j.writeMu.Unlock()
	s := j.current
	if s == nil {
		return j.Err()
	}
	var err error
	if synced := j.synced.Load(); synced > j.marked {
		j.batch, j.marked = appendMark(j.batch, &s.header, synced), synced
		if err = j.write(); err == nil {
			s.trim()
			err = s.file.Sync()
		}
	}
	s.trim()
	for _, one := range append(j.unsynced, s) {
		err = errors.Join(err, one.file.Close())
	}
	j.current, j.unsynced = nil, nil
	return errors.Join(err, j.Err())
}
