package journal

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// double is a file system in memory that can lose power, run full and fail.
type double struct {
	mu      sync.Mutex
	names   map[string]*inode
	stable  map[string]*inode // the names that survive a power cut
	changed []nameChange      // since the folder was synced
	locked  map[string]bool
	room    int64                       // bytes that may still be written; negative: any
	fault   func(op, name string) error // nil: none; called before each operation, without mu
	syncing func(name string)           // called in each Sync of a file, without mu
	counts  map[string]int              // of operations
}

type nameChange struct {
	name string
	file *inode // nil: removed
}

type inode struct {
	data    []byte
	stable  []byte  // what survives a power cut
	changed []write // since the file was synced
}

// write is a change of a file that a power cut may take: a sector, or the size.
type write struct {
	at   int64
	data []byte
	size int64 // with no data
}

const sector = 512

func newDouble() *double {
	return &double{names: map[string]*inode{}, stable: map[string]*inode{}, locked: map[string]bool{}, room: -1, counts: map[string]int{}}
}

func (d *double) enter(op, name string) error {
	if d.fault != nil {
		if err := d.fault(op, filepath.Base(name)); err != nil {
			return err
		}
	}
	d.mu.Lock()
	d.counts[op]++
	return nil
}

// kill returns what the next process finds when this one dies.
func (d *double) kill() *double {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := newDouble()
	next.names, next.stable, next.changed = d.names, d.stable, d.changed
	return next.clone()
}

// clone returns a copy without faults.
func (d *double) clone() *double {
	next := newDouble()
	copies := map[*inode]*inode{nil: nil}
	of := func(f *inode) *inode {
		if _, ok := copies[f]; !ok {
			copies[f] = &inode{slices.Clone(f.data), slices.Clone(f.stable), slices.Clone(f.changed)}
		}
		return copies[f]
	}
	for name, f := range d.names {
		next.names[name] = of(f)
	}
	for name, f := range d.stable {
		next.stable[name] = of(f)
	}
	for _, c := range d.changed {
		next.changed = append(next.changed, nameChange{c.name, of(c.file)})
	}
	return next
}

// cutPower returns what is there after a power cut: what was synced, and each other change with some probability.
func (d *double) cutPower(rng *rand.Rand, keep float64) *double {
	next := d.kill()
	names := next.stable
	for _, c := range next.changed {
		if rng.Float64() < keep {
			if c.file == nil {
				delete(names, c.name)
			} else {
				names[c.name] = c.file
			}
		}
	}
	for _, f := range names {
		for _, w := range f.changed {
			if rng.Float64() < keep {
				f.stable = w.apply(f.stable)
			}
		}
		f.data, f.stable, f.changed = f.stable, slices.Clone(f.stable), nil
	}
	next.names, next.stable, next.changed = names, maps.Clone(names), nil
	return next
}

func (w *write) apply(b []byte) []byte {
	size := w.at + int64(len(w.data))
	if w.data == nil {
		size = w.size
		b = b[:min(int64(len(b)), size)]
	}
	if grow := size - int64(len(b)); grow > 0 {
		b = append(b, make([]byte, grow)...)
	}
	copy(b[w.at:], w.data)
	return b
}

func (d *double) change(name string, f *inode) {
	if f == nil {
		delete(d.names, name)
	} else {
		d.names[name] = f
	}
	d.changed = append(d.changed, nameChange{name, f})
}

func (d *double) MkdirAll(string) error { return nil }

func (d *double) List(dir string) (names []string, err error) {
	if err := d.enter("list", dir); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	for name := range d.names {
		if below, ok := strings.CutPrefix(name, dir+"/"); ok {
			first, _, _ := strings.Cut(below, "/")
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (d *double) Create(name string) (File, error) {
	if err := d.enter("create", name); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	if d.names[name] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	f := &inode{}
	d.change(name, f)
	return &doubleFile{d: d, name: name, inode: f}, nil
}

func (d *double) Open(name string) (File, error) {
	if err := d.enter("open", name); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	if d.names[name] == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &doubleFile{d: d, name: name, inode: d.names[name]}, nil
}

func (d *double) Rename(from, to string) error {
	if err := d.enter("rename", from); err != nil {
		return err
	}
	defer d.mu.Unlock()
	f := d.names[from]
	d.change(to, f)
	d.change(from, nil)
	return nil
}

func (d *double) Remove(name string) error {
	if err := d.enter("remove", name); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if d.names[name] == nil {
		return fs.ErrNotExist
	}
	d.change(name, nil)
	return nil
}

func (d *double) SyncDir(dir string) error {
	if err := d.enter("syncdir", dir); err != nil {
		return err
	}
	defer d.mu.Unlock()
	d.stable, d.changed = maps.Clone(d.names), nil
	return nil
}

func (d *double) Lock(name string) (io.Closer, error) {
	if err := d.enter("lock", name); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	if d.locked[name] {
		return nil, &LockedError{Name: name, Process: 1}
	}
	d.locked[name] = true
	return doubleLock{d, name}, nil
}

type doubleLock struct {
	d    *double
	name string
}

func (l doubleLock) Close() error {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	delete(l.d.locked, l.name)
	return nil
}

type doubleFile struct {
	d      *double
	name   string
	inode  *inode
	closed bool
}

func (f *doubleFile) enter(op string) error {
	if err := f.d.enter(op, f.name); err != nil {
		return err
	}
	if f.closed {
		f.d.mu.Unlock()
		return fs.ErrClosed
	}
	return nil
}

func (f *doubleFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.enter("read"); err != nil {
		return 0, err
	}
	defer f.d.mu.Unlock()
	if at >= int64(len(f.inode.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.inode.data[at:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *doubleFile) WriteAt(b []byte, at int64) (n int, err error) {
	if err := f.enter("write"); err != nil {
		return 0, err
	}
	defer f.d.mu.Unlock()
	if f.d.room >= 0 {
		has := int64(len(f.inode.data))
		if most := max(0, has-at) + f.d.room; int64(len(b)) > most {
			b, err = b[:most], syscall.ENOSPC
		}
		f.d.room -= max(0, at+int64(len(b))-has)
	}
	for len(b) > 0 {
		part := b[:min(int64(len(b)), sector-at%sector)]
		w := write{at: at, data: slices.Clone(part)}
		f.inode.data = w.apply(f.inode.data)
		f.inode.changed = append(f.inode.changed, w)
		b, at, n = b[len(part):], at+int64(len(part)), n+len(part)
	}
	return n, err
}

func (f *doubleFile) Size() (int64, error) {
	if err := f.enter("size"); err != nil {
		return 0, err
	}
	defer f.d.mu.Unlock()
	return int64(len(f.inode.data)), nil
}

func (f *doubleFile) Truncate(size int64) error {
	if err := f.enter("truncate"); err != nil {
		return err
	}
	defer f.d.mu.Unlock()
	if freed := int64(len(f.inode.data)) - size; f.d.room >= 0 && freed > 0 {
		f.d.room += freed
	}
	w := write{size: size}
	f.inode.data = w.apply(f.inode.data)
	f.inode.changed = append(f.inode.changed, w)
	return nil
}

// Sync fails as Linux does: what was not written is never written, and the next Sync knows nothing of it.
func (f *doubleFile) Sync() error {
	if f.d.syncing != nil {
		f.d.syncing(filepath.Base(f.name))
	}
	if err := f.enter("sync"); err != nil {
		f.d.mu.Lock()
		f.inode.changed = nil
		f.d.mu.Unlock()
		return err
	}
	defer f.d.mu.Unlock()
	f.inode.stable, f.inode.changed = slices.Clone(f.inode.data), nil
	return nil
}

func (f *doubleFile) Close() error {
	f.closed = true
	return nil
}

// String lists the files, for failures.
func (d *double) String() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		fmt.Fprintf(&out, "%s %d\n", name, len(d.names[name].data))
	}
	return out.String()
}
