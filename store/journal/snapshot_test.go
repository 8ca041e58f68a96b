package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// hasTemporary reports whether there is something of an unfinished snapshot.
func hasTemporary(fs *double) bool { return fs.names[filepath.Join("d", temporaryName)] != nil }

func TestSaveBesideSteps(t *testing.T) {
	fs, opts := newDouble(), quiet()
	opts.SegmentSize = 300
	j, s, _ := open(t, fs, opts)
	s.add(j, 10, "before")
	must(t, j.Save(func(began func(), emit func([]byte) error) error {
		s.add(j, 1, "still before")
		began()
		kept := append([]string(nil), s.steps...)
		for _, step := range kept {
			s.add(j, 1, "meanwhile")
			must(t, j.Commit(j.Appended()))
			if err := emit([]byte(step)); err != nil {
				return err
			}
			if err := j.Save(nil); !errors.Is(err, ErrSaving) {
				t.Errorf("a second snapshot: %v", err)
			}
		}
		return nil
	}))
	if stats := j.Stats(); stats.Snapshot != 11 || stats.Synced != 22 || stats.Saving || stats.SnapshotBytes == 0 {
		t.Errorf("%+v", stats)
	}
	// All that the snapshot may hold is on stable storage.
	_, got, found := open(t, fs.cutPower(rand.New(rand.NewPCG(1, 1)), 0), opts)
	wantSteps(t, got, s)
	if found.Snapshot != 11 || found.Steps != 11 {
		t.Errorf("%+v", found)
	}
	must(t, j.Close())
}

func TestSaveThatFails(t *testing.T) {
	failure := errors.New("the walk failed")
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	s.add(j, 5, "step")
	for name, walk := range map[string]func(func(), func([]byte) error) error{
		"before": func(began func(), emit func([]byte) error) error { return failure },
		"within": func(began func(), emit func([]byte) error) error {
			began()
			must(t, emit([]byte("chunk")))
			if !hasTemporary(fs) {
				t.Error("a snapshot is written in place")
			}
			return failure
		},
	} {
		if err := j.Save(walk); !errors.Is(err, failure) {
			t.Errorf("%s: %v", name, err)
		}
		if hasTemporary(fs) || j.Stats().Saving {
			t.Errorf("%s: something is left:\n%s", name, fs)
		}
	}
	must(t, s.save(j))
	must(t, j.Close())
}

// TestSnapshotFaults lets each operation of a snapshot fail: nothing is left, and what was there before still is.
func TestSnapshotFaults(t *testing.T) {
	for after := range 200 {
		fs := newDouble()
		j, s, _ := open(t, fs, quiet())
		s.add(j, 3, "step")
		must(t, s.save(j))
		s.add(j, 3, "step")
		must(t, j.WaitSync(6))
		n := 0
		fs.fault = func(op, name string) error {
			if n++; n == after+1 && op != "remove" {
				return syscall.EIO
			}
			return nil
		}
		err := s.save(j)
		fs.fault = nil
		if hasTemporary(fs) || j.Stats().Saving {
			t.Fatalf("operation %d: something is left:\n%s", after, fs)
		}
		for _, crashed := range []*double{fs.kill(), fs.cutPower(rand.New(rand.NewPCG(1, 1)), 0)} {
			_, got, _ := open(t, crashed, quiet())
			wantSteps(t, got, s)
		}
		if n <= after {
			must(t, err)
			return
		}
	}
	t.Error("a snapshot never ends")
}

func TestTwoSnapshotsAreKept(t *testing.T) {
	fs, opts := newDouble(), quiet()
	opts.SegmentSize = 200
	j, s, _ := open(t, fs, opts)
	for range 6 {
		for range 5 {
			s.add(j, 2, "step")
			must(t, j.Commit(j.Appended()))
		}
		must(t, s.save(j))
		if got := j.Stats().LogBytes; got != 0 {
			t.Errorf("%d bytes of the log are after a snapshot of all", got)
		}
	}
	must(t, j.Close())
	var snapshots, segments []string
	names, err := fs.List("d")
	must(t, err)
	for _, name := range names {
		if strings.HasPrefix(name, snapshotPrefix) {
			snapshots = append(snapshots, name)
		} else if strings.HasPrefix(name, segmentPrefix) {
			segments = append(segments, name)
		}
	}
	if want := []string{snapshotName(50), snapshotName(60)}; fmt.Sprint(snapshots) != fmt.Sprint(want) {
		t.Errorf("snapshots are %q, want %q", snapshots, want)
	}
	d, err := readFolder(fs, "d", nil)
	must(t, err)
	if d.segments[0].first > 51 || d.segments[1].first <= 51 {
		t.Errorf("the log should begin right after step 50: %q", segments)
	}
}

func TestCompression(t *testing.T) {
	sizes := map[bool]int64{}
	for _, uncompressed := range []bool{false, true} {
		fs, opts := newDouble(), quiet()
		opts.Uncompressed = uncompressed
		j, s, _ := open(t, fs, opts)
		s.add(j, 20, strings.Repeat("the same again, ", 100))
		must(t, s.save(j))
		sizes[uncompressed] = j.Stats().SnapshotBytes
		must(t, j.Close())
		_, got, found := open(t, fs, quiet())
		wantSteps(t, got, s)
		if found.Snapshot != 20 {
			t.Errorf("%+v", found)
		}
	}
	if sizes[false]*4 > sizes[true] {
		t.Errorf("%d bytes compressed, %d not", sizes[false], sizes[true])
	}
}

// texts is a loader that keeps all payloads.
type texts []string

func (l *texts) Chunk(payload []byte) error {
	*l = append(*l, string(payload))
	return nil
}

func (l *texts) Reset() error {
	*l = nil
	return nil
}

func (l *texts) Step(_ uint64, payload []byte) error { return l.Chunk(payload) }

func TestSnapshotBeforeTheFirstStep(t *testing.T) {
	fs := newDouble()
	j, _, _ := open(t, fs, quiet())
	must(t, j.Save(func(began func(), emit func([]byte) error) error {
		began()
		return emit([]byte("moved in"))
	}))
	j.Append([]byte("step"))
	must(t, j.Close())
	for range 2 {
		j, err := Open(fs, "d", quiet())
		must(t, err)
		var got texts
		_, err = j.Recover(&got)
		must(t, err)
		if fmt.Sprint(got) != "[moved in step]" {
			t.Errorf("recovered %q", got)
		}
		must(t, j.Close())
	}
}
