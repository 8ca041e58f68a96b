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
		report, err := Check(s.fs, "d", s.opts.Keys)
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
			report, err := Check(fs, "d", s.opts.Keys)
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

func TestFixLeavesTheLastSnapshot(t *testing.T) {
	s := newSample(t, quiet())
	for name, f := range s.fs.names {
		if _, ok := parseName(filepath.Base(name), snapshotPrefix, snapshotName); ok {
			f.data[headerSize+5] ^= 1
		}
	}
	before := s.fs.String()
	if _, err := Fix(s.fs, "d", nil); !errors.Is(err, ErrNothingLeft) {
		t.Fatalf("%v, want %v", err, ErrNothingLeft)
	}
	if after := s.fs.String(); after != before {
		t.Errorf("%s\nwas\n%s", after, before)
	}
}

func TestCheckOfLockedFolder(t *testing.T) {
	fs := newDouble()
	j, _, _ := open(t, fs, quiet())
	defer j.Close()
	var locked *LockedError
	if _, err := Check(fs, "d", nil); !errors.As(err, &locked) {
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
		if _, err := Check(Disk, dir, nil); err == nil {
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
