package journal

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// ErrNothingLeft says that a folder has no state that is whole: neither a snapshot nor the first step of the log is.
var ErrNothingLeft = errors.New("no snapshot is whole and the log has no beginning, so nothing would be left")

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
	view  trimmedFS // the folder as it is to be
	fixed Fixed
}

// Fix makes a folder that no process has recoverable. It cuts off what is damaged and all that comes after it, down to
// the last state that is whole. Files are copied to a new folder below before. Where no state is whole it is
// ErrNothingLeft, and the folder is as it was.
func Fix(fs FS, dir string, keys Keys) (*Fixed, error) {
	lock, err := lockFolder(fs, dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	f, err := planFix(fs, dir, keys)
	if err != nil {
		return nil, err
	}
	for _, cut := range f.fixed.Cuts {
		if err := f.copy(cut.File); err != nil {
			return nil, err
		}
	}
	for _, cut := range f.fixed.Cuts {
		if err := cut.apply(fs); err != nil {
			return nil, err
		}
	}
	return &f.fixed, fs.SyncDir(dir)
}

// planFix finds out what Fix has to cut, and changes nothing.
func planFix(fs FS, dir string, keys Keys) (*fixer, error) {
	f := &fixer{fs: fs, dir: dir, view: trimmedFS{fs, map[string]int64{}}}
	var refusal error // of the folder as it is
	for {
		d, err := readFolder(f.view, dir, keys)
		if err != nil {
			return nil, err
		}
		damage, err := f.step(d)
		if err != nil {
			return nil, err
		}
		if refusal = cmp.Or(refusal, damage); damage != nil {
			continue
		}
		if refusal != nil && f.fixed.Recovered.Last == 0 {
			return nil, fmt.Errorf("%w; %w", refusal, ErrNothingLeft)
		}
		return f, nil
	}
}

// step plans how to mend one fault, and returns it; nil where there is none. Every step makes the view smaller.
func (f *fixer) step(d *folder) (fault, err error) {
	r := newRecovery(d, nothing{})
	err = r.run()
	var damage *DamageError
	isDamage := errors.As(err, &damage)
	switch {
	case err != nil && !isDamage:
		return nil, err
	case len(r.found.Bad) > 0:
		return r.found.Bad[0], f.dropSnapshots(d, r.found.Bad)
	case isDamage && damage.File == d.dir: // a snapshot needs more of the log than there is
		return damage, f.dropSnapshots(d, []*DamageError{{File: d.snapshots[len(d.snapshots)-1].name, Reason: damage.Reason}})
	case isDamage && slices.ContainsFunc(d.snapshots, func(s savedFile) bool { return s.name == damage.File }):
		return damage, f.dropSnapshots(d, []*DamageError{damage}) // whole, and not what was sealed
	case isDamage:
		f.cutLog(d, damage)
		return damage, nil
	}
	for _, cut := range r.found.Cuts {
		f.cut(cut)
	}
	f.fixed.Recovered = &r.found
	return nil, nil
}

// dropSnapshots removes snapshots unless nothing would be left.
func (f *fixer) dropSnapshots(d *folder, bad []*DamageError) error {
	if _, reached := d.after(0); !reached && len(bad) >= len(d.snapshots) {
		return fmt.Errorf("%w; %w", bad[0], ErrNothingLeft)
	}
	for _, one := range bad {
		i := slices.IndexFunc(d.snapshots, func(s savedFile) bool { return s.name == one.File })
		f.cut(Cut{one.File, 0, d.snapshots[i].size, one.Reason})
	}
	return nil
}

// cutLog ends the log where it is damaged.
func (f *fixer) cutLog(d *folder, damage *DamageError) {
	i := slices.IndexFunc(d.segments, func(one logFile) bool { return one.name == damage.File })
	if damage.Offset > headerSize {
		f.cut(Cut{damage.File, damage.Offset, d.segments[i].size - damage.Offset, damage.Reason})
		i++
	}
	for _, later := range d.segments[i:] {
		f.cut(Cut{later.name, 0, later.size, damage.Reason})
	}
}

// cut plans to end a file at an offset, or to remove it.
func (f *fixer) cut(cut Cut) {
	f.fixed.Cuts = append(f.fixed.Cuts, cut)
	f.view.sizes[cut.File] = cut.Offset
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
