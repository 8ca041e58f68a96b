package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// ErrNothingLeft says that a folder has no state that is whole.
var ErrNothingLeft = errors.New("no snapshot is whole, and the log does not begin with the first step: nothing would be left")

// Fixed is what Fix has done.
type Fixed struct {
	Copies    string // folder with the files as they were; empty: nothing was wrong
	Cuts      []Cut
	Recovered *Recovered // what recovery finds now
}

// fixer makes a folder recoverable.
type fixer struct {
	fs    FS
	dir   string
	keys  Keys
	fixed Fixed
}

// Fix makes a folder that no process has recoverable. It cuts off what is damaged and all that comes after it, down to
// the last state that is whole. Files are copied to a new folder below before. Where no state is whole it is
// ErrNothingLeft, and the folder is as it was but for what was copied.
func Fix(fs FS, dir string, keys Keys) (*Fixed, error) {
	lock, err := lockFolder(fs, dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	f := &fixer{fs: fs, dir: dir, keys: keys}
	for {
		d, err := readFolder(fs, dir, keys)
		if err != nil {
			return nil, err
		}
		again, err := f.step(d)
		if err != nil || !again {
			return &f.fixed, err
		}
	}
}

// step mends one fault, and reports whether there may be more. Every step makes the folder smaller.
func (f *fixer) step(d *folder) (again bool, err error) {
	r := newRecovery(d, nothing{})
	err = r.run()
	var damage *DamageError
	isDamage := errors.As(err, &damage)
	switch {
	case err != nil && !isDamage:
		return false, err
	case len(r.found.Bad) > 0:
		return true, f.dropSnapshots(d, r.found.Bad)
	case isDamage && damage.File == d.dir: // a snapshot needs more of the log than there is
		return true, f.dropSnapshots(d, []*DamageError{{File: d.snapshots[len(d.snapshots)-1].name, Reason: damage.Reason}})
	case isDamage && slices.ContainsFunc(d.snapshots, func(s savedFile) bool { return s.name == damage.File }):
		return true, f.dropSnapshots(d, []*DamageError{damage}) // whole, and not what was sealed
	case isDamage:
		return true, f.cutLog(d, damage)
	}
	for _, cut := range r.found.Cuts {
		if err := f.cut(cut); err != nil {
			return false, err
		}
	}
	f.fixed.Recovered = &r.found
	return false, f.fs.SyncDir(f.dir)
}

// dropSnapshots removes snapshots unless nothing would be left.
func (f *fixer) dropSnapshots(d *folder, bad []*DamageError) error {
	if _, reached := d.after(0); !reached && len(bad) >= len(d.snapshots) {
		return fmt.Errorf("%w: %w", ErrNothingLeft, bad[0])
	}
	for _, one := range bad {
		i := slices.IndexFunc(d.snapshots, func(s savedFile) bool { return s.name == one.File })
		if err := f.cut(Cut{one.File, 0, d.snapshots[i].size, one.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// cutLog ends the log where it is damaged.
func (f *fixer) cutLog(d *folder, damage *DamageError) error {
	i := slices.IndexFunc(d.segments, func(one logFile) bool { return one.name == damage.File })
	if damage.Offset > headerSize {
		if err := f.cut(Cut{damage.File, damage.Offset, d.segments[i].size - damage.Offset, damage.Reason}); err != nil {
			return err
		}
		i++
	}
	for _, later := range d.segments[i:] {
		if err := f.cut(Cut{later.name, 0, later.size, damage.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// cut ends a file at an offset, or removes it, after it was copied.
func (f *fixer) cut(cut Cut) error {
	if err := f.copy(cut.File); err != nil {
		return err
	}
	f.fixed.Cuts = append(f.fixed.Cuts, cut)
	if cut.Offset == 0 {
		return f.fs.Remove(cut.File)
	}
	return truncate(f.fs, cut.File, cut.Offset)
}

// copy copies a file to the folder of copies, unless a copy is there already.
func (f *fixer) copy(name string) error {
	if f.fixed.Copies == "" {
		names, err := f.fs.List(f.dir)
		if err != nil {
			return err
		}
		base := ""
		for n := 1; base == "" || slices.Contains(names, base); n++ {
			base = fmt.Sprintf("damaged.%d", n)
		}
		f.fixed.Copies = filepath.Join(f.dir, base)
		if err := f.fs.MkdirAll(f.fixed.Copies); err != nil {
			return err
		}
		if err := f.fs.SyncDir(f.dir); err != nil {
			return err
		}
	}
	names, err := f.fs.List(f.fixed.Copies)
	if err != nil || slices.Contains(names, filepath.Base(name)) {
		return err
	}
	if err := copyFile(f.fs, name, filepath.Join(f.fixed.Copies, filepath.Base(name))); err != nil {
		return err
	}
	return f.fs.SyncDir(f.fixed.Copies)
}
