package journal

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCheckOfWholeFolder(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		report, err := Check(s.fs, "d", s.opts.Keys, nothing{})
		must(t, err)
		if report.Refusal != nil || report.Recovered.Last != uint64(len(s.all.steps)) || report.Recovered.Snapshot != uint64(len(s.newer.steps)) {
			t.Fatalf("%+v %+v", report, report.Recovered)
		}
		steps, chunks := uint64(0), uint64(0)
		for _, file := range report.Files {
			if file.Damage != nil || file.Sealed != (s.opts.Keys != nil) || file.Bytes != int64(len(s.fs.names[file.Name].data)) {
				t.Errorf("%+v", file)
			}
			if file.First == file.Last && file.Payloads > 1 {
				chunks += file.Payloads
			} else if steps += file.Payloads; file.Payloads != file.Last+1-file.First {
				t.Errorf("%+v", file)
			}
		}
		if chunks != uint64(len(s.older.steps)+len(s.newer.steps)) || steps < uint64(len(s.all.steps)-len(s.older.steps)) {
			t.Errorf("%d chunks and %d steps: %+v", chunks, steps, report.Files)
		}
		before := s.fs.String()
		fixed, err := Fix(s.fs, "d", s.opts.Keys)
		must(t, err)
		if fixed.Copies != "" || fixed.Cuts != nil || s.fs.String() != before {
			t.Errorf("%+v of a folder that is whole", fixed)
		}
	})
}

// TestCheckAndFix damages each byte of each file: Check tells what recovery would do, and after Fix recovery gives a state
// that once was. What Fix has cut is in the copies.
func TestCheckAndFix(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		refused, fixes := 0, 0
		s.damaged(func(b []byte, try func([]byte, int)) {
			for at := range b {
				if at >= 8 && at < 20 { // a newer format, or another key, is no damage
					continue
				}
				flipped := slices.Clone(b)
				flipped[at] ^= 4
				try(flipped, at)
			}
		}, func(name string, at int, fs *double) {
			report, err := Check(fs, "d", s.opts.Keys, nothing{})
			must(t, err)
			untouched := fs.clone()
			_, _, err = tryOpen(fs.clone(), s.opts)
			if (err == nil) != (report.Refusal == nil) {
				t.Fatalf("%s, %d: Check says %v, and recovery %v", name, at, report.Refusal, err)
			}
			if i := slices.IndexFunc(report.Files, func(f FileReport) bool { return f.Damage != nil }); i < 0 || report.Files[i].Name != name {
				t.Fatalf("%s, %d: the damage is told nowhere: %+v", name, at, report.Files)
			}
			fixed, err := Fix(fs, "d", s.opts.Keys)
			if errors.Is(err, ErrNothingLeft) {
				t.Fatalf("%s, %d: one damaged byte leaves nothing: %v", name, at, err)
			}
			must(t, err)
			if plan := report.Fix; plan != nil && (!slices.Equal(plan.Cuts, fixed.Cuts) || plan.Recovered.Last != fixed.Recovered.Last) {
				t.Fatalf("%s, %d: Check announces %+v, and Fix has done %+v", name, at, plan, fixed)
			}
			got, _, err := s.outcome(t, name, at, fs)
			if err != nil {
				t.Fatalf("%s, %d: after Fix: %v", name, at, err)
			}
			if len(got.steps) < len(s.older.steps) {
				t.Fatalf("%s, %d: %d steps, and the older snapshot has more", name, at, len(got.steps))
			}
			for _, cut := range fixed.Cuts {
				kept := fs.names[filepath.Join(fixed.Copies, filepath.Base(cut.File))]
				if kept == nil || !slices.Equal(kept.data, untouched.names[cut.File].data) {
					t.Fatalf("%s, %d: no copy of %s in %q", name, at, cut.File, slices.Sorted(maps.Keys(fs.names)))
				}
			}
			if fixes++; report.Refusal != nil {
				refused++
			}
		})
		if refused == 0 || refused == fixes {
			t.Errorf("%d of %d were refused: one of the two ways was not tested", refused, fixes)
		}
	})
}

// TestFixLeavesAStateOrTheFolder: where no state is whole nothing is changed, and Check says so.
func TestFixLeavesAStateOrTheFolder(t *testing.T) {
	each := func(fs *double, prefix string, make func(uint64) string, change func(name string, f *inode)) {
		for _, name := range slices.Sorted(maps.Keys(fs.names)) {
			if _, ok := parseName(filepath.Base(name), prefix, make); ok {
				change(name, fs.names[name])
			}
		}
	}
	log := func(t *testing.T) *double { // without snapshots
		s := newSample(t, quiet())
		fs := newDouble()
		opts := s.opts
		for range 2 {
			j, _, _ := open(t, fs, opts)
			kept := new(state)
			for range 3 {
				kept.add(j, 1, "text")
				must(t, j.Commit(j.Appended()))
				must(t, j.WaitSync(j.Appended()))
			}
			must(t, j.Close())
		}
		return fs
	}
	snapshots := func(t *testing.T) *double {
		fs := newSample(t, quiet()).fs
		each(fs, snapshotPrefix, snapshotName, func(_ string, f *inode) { f.data[headerSize+5] ^= 1 })
		return fs
	}
	first := func(fs *double, change func(name string, f *inode)) *double {
		done := false
		each(fs, segmentPrefix, segmentName, func(name string, f *inode) {
			if !done {
				change(name, f)
			}
			done = true
		})
		return fs
	}
	for name, fs := range map[string]*double{
		"every snapshot is damaged":       snapshots(t),
		"the first segment is missing":    func() *double { fs := log(t); return first(fs, func(name string, _ *inode) { delete(fs.names, name) }) }(),
		"the first header is damaged":     first(log(t), func(_ string, f *inode) { f.data[30] ^= 1 }),
		"the first step is damaged":       first(log(t), func(_ string, f *inode) { f.data[headerSize+20] ^= 1 }),
		"the first segment has no frame":  first(log(t), func(_ string, f *inode) { f.data = f.data[:headerSize+5] }),
		"every snapshot, and its segment": first(snapshots(t), func(_ string, f *inode) { f.data[30] ^= 1 }),
	} {
		t.Run(name, func(t *testing.T) {
			before := fs.String()
			report, err := Check(fs, "d", nil, nothing{})
			must(t, err)
			if report.Refusal == nil || report.Fix != nil || !errors.Is(report.FixError, ErrNothingLeft) {
				t.Errorf("Check: %+v, Fix would be %+v", report, report.Fix)
			}
			if fixed, err := Fix(fs, "d", nil); !errors.Is(err, ErrNothingLeft) {
				t.Errorf("%+v, %v, want %v", fixed, err, ErrNothingLeft)
			}
			if after := fs.String(); after != before {
				t.Errorf("%s\nwas\n%s", after, before)
			}
		})
	}
}

func TestCheckOfLockedFolder(t *testing.T) {
	fs := newDouble()
	j, _, _ := open(t, fs, quiet())
	defer j.Close()
	var locked *LockedError
	if _, err := Check(fs, "d", nil, nothing{}); !errors.As(err, &locked) {
		t.Errorf("Check: %v", err)
	}
	if _, err := Fix(fs, "d", nil); !errors.As(err, &locked) {
		t.Errorf("Fix: %v", err)
	}
}

func TestCheckOfOtherFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "log.txt"), []byte("of somebody else"), 0o600))
	for _, dir := range []string{dir, filepath.Join(dir, "missing")} {
		if _, err := Check(Disk, dir, nil, nothing{}); err == nil {
			t.Errorf("Check of %s has no error", dir)
		}
		if _, err := Fix(Disk, dir, nil); err == nil {
			t.Errorf("Fix of %s has no error", dir)
		}
	}
	if names, err := Disk.List(dir); err != nil || len(names) != 1 {
		t.Errorf("there are files now: %q, %v", names, err)
	}
}
