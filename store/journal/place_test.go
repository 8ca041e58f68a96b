package journal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// removeIfThere removes a file, unless a snapshot that began meanwhile has done so.
func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// TestFolderTakenAway: a log without its name is not written to, and a snapshot begins another one where there is a folder.
func TestFolderTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file that is open can be removed")
	}
	takeAway := map[string]func(dir string) error{
		"the folder": func(dir string) error {
			away := dir + ".away" // at once: a snapshot may begin in a folder of which half is gone
			err := errors.Join(os.Rename(dir, away), os.RemoveAll(away))
			time.Sleep(20 * time.Millisecond) // until it was missed a few times
			return errors.Join(err, os.Mkdir(dir, 0o700))
		},
		"the log": func(dir string) error {
			names, err := filepath.Glob(filepath.Join(dir, segmentPrefix+"*"))
			for _, name := range names {
				err = errors.Join(err, removeIfThere(name))
			}
			return err
		},
		"all that is in it": func(dir string) error {
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			for _, name := range names {
				err = errors.Join(err, removeIfThere(name))
			}
			return err
		},
	}
	for what, take := range takeAway {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir, opts := filepath.Join(t.TempDir(), "d"), quiet()
			opts.Interval = time.Millisecond
			var s *state
			var j *Journal
			var ready atomic.Bool
			opts.NeedSnapshot = func(error) {
				if ready.Load() {
					_ = s.save(j) // tried again
				}
			}
			troubles := make(chan *Trouble, 100)
			opts.Changed = func(now *Trouble) { troubles <- now }
			j, s = openDir(t, dir, opts)
			s.add(j, 5, "step")
			must(t, j.WaitSync(5))
			ready.Store(true)
			must(t, take(dir))
			if now := <-troubles; now == nil || now.Doing != "find" || !errors.Is(now, os.ErrNotExist) {
				t.Fatalf("the trouble is %v", now)
			}
			for now := range troubles {
				if now == nil {
					break
				}
			}
			var locked *LockedError
			if _, err := Open(Disk, dir, quiet()); !errors.As(err, &locked) {
				t.Errorf("the folder is not locked: %v", err)
			}
			must(t, j.Commit(5))
			must(t, j.Close())
			next, again := openDir(t, dir, quiet())
			wantSteps(t, again, s)
			must(t, next.Close())
		})
	}
}

// TestLockOfAnother: a file that is no lock of sessd stays as it is.
func TestLockOfAnother(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, lockName), filepath.Join(dir, "other")
	must(t, os.WriteFile(name, []byte("mine"), 0o600))
	if _, err := Open(Disk, dir, quiet()); err == nil || !strings.Contains(err.Error(), "is no lock of sessd") {
		t.Errorf("a file that is no lock: %v", err)
	}
	must(t, os.Rename(name, other))
	if err := os.Symlink(other, name); err != nil {
		t.Skip("no links here:", err)
	}
	if _, err := Open(Disk, dir, quiet()); err == nil && runtime.GOOS != "windows" {
		t.Error("a link is followed")
	}
	if text, err := os.ReadFile(other); err != nil || string(text) != "mine" {
		t.Errorf("it holds %q now, %v", text, err)
	}
}

// TestCheckOfFolderToRead: a folder that nothing can be written to is checked, unless a process has it.
func TestCheckOfFolderToRead(t *testing.T) {
	dir := t.TempDir()
	j, s := openDir(t, dir, quiet())
	s.add(j, 5, "step")
	must(t, j.Commit(5))
	var locked *LockedError
	if _, err := Check(DiskToRead, dir, nil, nothing{}); !errors.As(err, &locked) || locked.Process != os.Getpid() && runtime.GOOS != "windows" {
		t.Errorf("while a process has it: %v", err)
	}
	must(t, j.Close())
	must(t, os.Remove(filepath.Join(dir, lockName)))
	must(t, os.Chmod(dir, 0o500))
	defer os.Chmod(dir, 0o700)
	report, err := Check(DiskToRead, dir, nil, nothing{})
	must(t, err)
	if report.Recovered == nil || report.Recovered.Last != 5 {
		t.Errorf("%+v", report)
	}
	if names, err := Disk.List(dir); err != nil || len(names) != 1 {
		t.Errorf("the folder has %q now, %v", names, err)
	}
}
