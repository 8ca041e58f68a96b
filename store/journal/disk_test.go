package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// openDir recovers a folder of the machine.
func openDir(t testing.TB, dir string, opts Options) (*Journal, *state) {
	t.Helper()
	j, err := Open(Disk, dir, opts)
	must(t, err)
	s := new(state)
	if _, err := j.Recover(s); err != nil {
		t.Fatal(err, j.Close())
	}
	return j, s
}

func TestDiskModesAndLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	j, s := openDir(t, dir, quiet())
	s.add(j, 5, "step")
	must(t, s.save(j))
	mode := func(name string) os.FileMode {
		info, err := os.Stat(name)
		must(t, err)
		return info.Mode().Perm()
	}
	if got := mode(dir); got != 0o700 {
		t.Errorf("the folder's mode is %o", got)
	}
	names, err := Disk.List(dir)
	must(t, err)
	if len(names) < 3 {
		t.Errorf("the folder has %q", names)
	}
	for _, name := range names {
		if got := mode(filepath.Join(dir, name)); got != 0o600 {
			t.Errorf("the mode of %s is %o", name, got)
		}
	}
	var locked *LockedError
	if _, err := Open(Disk, dir, quiet()); !errors.As(err, &locked) || locked.Process != os.Getpid() {
		t.Errorf("opened twice: %v", err)
	}
	must(t, j.Close())
	j, again := openDir(t, dir, quiet())
	wantSteps(t, again, s)
	must(t, j.Close())
	report, err := Check(Disk, dir, nil, nothing{})
	must(t, err)
	if report.Refusal != nil || report.Recovered.Last != 5 {
		t.Errorf("%+v", report)
	}
}

func TestDiskFix(t *testing.T) {
	dir := t.TempDir()
	j, s := openDir(t, dir, quiet())
	s.add(j, 9, "step")
	must(t, j.Close())
	name := filepath.Join(dir, segmentName(1))
	text, err := os.ReadFile(name)
	must(t, err)
	text[len(text)/2] ^= 1
	must(t, os.WriteFile(name, text, 0o600))
	fixed, err := Fix(Disk, dir, nil)
	must(t, err)
	if kept, err := os.ReadFile(filepath.Join(fixed.Copies, segmentName(1))); err != nil || !bytes.Equal(kept, text) {
		t.Errorf("the copy is not what was there: %v", err)
	}
	j, again := openDir(t, dir, quiet())
	wantSteps(t, again, &state{s.steps[:len(again.steps)]})
	if n := uint64(len(again.steps)); n != fixed.Recovered.Last || n == 0 {
		t.Errorf("%d steps, and Fix says %d", n, fixed.Recovered.Last)
	}
	must(t, j.Close())
}

// keeper is a loader that keeps the last step only.
type keeper struct {
	nothing
	step []byte
}

func (k *keeper) Step(_ uint64, payload []byte) error {
	k.step = append(k.step[:0], payload...)
	return nil
}

func TestStepLongerThanAFrame(t *testing.T) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		t.Run(name, func(t *testing.T) {
			opts, dir := quiet(), t.TempDir()
			opts.Keys = keys
			step := make([]byte, maxBody+maxBody/8)
			step[maxBody-1], step[maxBody], step[len(step)-1] = 1, 2, 3
			j, _ := openDir(t, dir, opts)
			j.Append(step)
			must(t, j.Commit(1))
			must(t, j.Close())
			j, err := Open(Disk, dir, opts)
			must(t, err)
			var got keeper
			_, err = j.Recover(&got)
			must(t, err)
			must(t, j.Close())
			if !bytes.Equal(got.step, step) {
				t.Error("a long step is not what was appended")
			}
			name := filepath.Join(dir, segmentName(1))
			must(t, os.Truncate(name, maxBody+maxBody/16))
			j, err = Open(Disk, dir, opts)
			must(t, err)
			var damage *DamageError
			if _, err := j.Recover(&got); !errors.As(err, &damage) {
				t.Errorf("cut short after it was synced: %v", err)
			}
			must(t, j.Close())
			must(t, os.Remove(filepath.Join(dir, segmentName(3)))) // which tells that it was synced
			j, s := openDir(t, dir, opts)
			wantSteps(t, s, new(state))
			must(t, j.Close())
		})
	}
}

func TestAppendAndCommitDoNotAllocate(t *testing.T) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		opts := quiet()
		opts.Keys = keys
		j, _ := openDir(t, t.TempDir(), opts)
		payload := make([]byte, 200)
		n := testing.AllocsPerRun(1000, func() {
			j.Append(payload)
			j.Append(payload)
			if err := j.Commit(j.Appended()); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		must(t, j.Close())
	}
}

func BenchmarkCommit(b *testing.B) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		for _, steps := range []int{1, 16} {
			b.Run(name+"/"+strconv.Itoa(steps), func(b *testing.B) {
				j, err := Open(Disk, b.TempDir(), Options{Keys: keys, Policy: Never})
				must(b, err)
				_, err = j.Recover(nothing{})
				must(b, err)
				payload := make([]byte, 200)
				b.ReportAllocs()
				for b.Loop() {
					for range steps {
						j.Append(payload)
					}
					must(b, j.Commit(j.Appended()))
				}
				must(b, j.Close())
			})
		}
	}
}

// BenchmarkSync is 50 clients, each of whom waits until its step is on stable storage.
func BenchmarkSync(b *testing.B) {
	j, err := Open(Disk, b.TempDir(), Options{Policy: Always})
	must(b, err)
	_, err = j.Recover(nothing{})
	must(b, err)
	payload := make([]byte, 200)
	var clients sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	for range 50 {
		clients.Go(func() {
			answer := make(chan error, 1)
			done := func(err error) { answer <- err }
			for left.Add(-1) >= 0 {
				j.Sync(j.Append(payload), done)
				if err := <-answer; err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	b.ReportMetric(float64(j.Stats().Fsyncs)/float64(b.N), "fsyncs/op")
	must(b, j.Close())
}
