package journal

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a folder with two snapshots, the steps that are in the older and in the newer of them, and all.
type sample struct {
	fs                *double
	opts              Options
	older, newer, all *state
}

func newSample(t *testing.T, opts Options) sample {
	t.Helper()
	fs, s := newDouble(), new(state)
	opts.SegmentSize = 130
	j, _, _ := open(t, fs, opts)
	add := func(text string) *state {
		for range 3 {
			s.add(j, 1, text)
			must(t, j.Commit(j.Appended()))
			must(t, j.WaitSync(j.Appended()))
		}
		return &state{slices.Clone(s.steps)}
	}
	older := add("in both")
	must(t, s.save(j))
	newer := add("in the newer")
	must(t, s.save(j))
	add("in the log")
	must(t, j.Close())
	return sample{fs, opts, older, newer, s}
}

// each runs a test with a sample in clear text, and with one that is sealed.
func eachSample(t *testing.T, test func(t *testing.T, s sample)) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}, {2}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := quiet()
			opts.Keys = keys
			test(t, newSample(t, opts))
		})
	}
}

// damaged runs a test on a copy of the sample for every change of every file.
func (s sample) damaged(change func(b []byte, try func(b []byte, what int)), test func(name string, what int, fs *double)) {
	for name := range s.fs.names {
		change(s.fs.names[name].data, func(b []byte, what int) {
			fs := s.fs.clone()
			fs.names[name].data = b
			test(name, what, fs)
		})
	}
}

// outcome fails the test unless recovery refuses, or gives a state that once was, and a second recovery, every eighth time, the same.
func (s sample) outcome(t *testing.T, name string, what int, fs *double) (*state, *Recovered, error) {
	t.Helper()
	got, found, err := tryOpen(fs, s.opts)
	if err != nil {
		var damage *DamageError
		var format *FormatError
		var key *KeyError
		if !errors.As(err, &damage) && !errors.As(err, &format) && !errors.As(err, &key) {
			t.Fatalf("%s, %d: %v", name, what, err)
		}
		if damage != nil && !strings.HasPrefix(damage.File, "d") {
			t.Fatalf("%s, %d: %+v names no file", name, what, damage)
		}
		return nil, nil, err
	}
	if n := len(got.steps); n > len(s.all.steps) || !slices.Equal(got.steps, s.all.steps[:n]) {
		t.Fatalf("%s, %d: %.300q never was", name, what, got.steps)
	}
	if what%8 != 0 {
		return got, found, nil
	}
	again, _, err := tryOpen(fs, s.opts)
	if err != nil {
		t.Fatalf("%s, %d: a second recovery: %v", name, what, err)
	}
	wantSteps(t, again, got)
	return got, found, nil
}

func TestEveryTruncation(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		s.damaged(func(b []byte, try func([]byte, int)) {
			for n := range b {
				try(slices.Clone(b[:n]), n)
			}
		}, func(name string, n int, fs *double) {
			got, found, err := s.outcome(t, name, n, fs)
			if err != nil {
				return
			}
			base := filepath.Base(name)
			if strings.HasPrefix(base, snapshotPrefix) && len(got.steps) != len(s.all.steps) {
				t.Fatalf("%s cut at %d: the log has all %d steps, and %d are there", name, n, len(s.all.steps), len(got.steps))
			}
			if strings.HasPrefix(base, segmentPrefix) && len(got.steps) < len(s.all.steps) && len(found.Cuts) == 0 {
				t.Fatalf("%s cut at %d: %d of %d steps, and nothing is told", name, n, len(got.steps), len(s.all.steps))
			}
		})
	})
}

func TestEveryFlippedBit(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		s.damaged(func(b []byte, try func([]byte, int)) {
			for bit := range len(b) * 8 {
				flipped := slices.Clone(b)
				flipped[bit/8] ^= 1 << (bit % 8)
				try(flipped, bit)
			}
		}, func(name string, bit int, fs *double) {
			got, _, err := s.outcome(t, name, bit, fs)
			if err != nil || len(got.steps) == len(s.all.steps) {
				return
			}
			// A mark ends the log of a journal that was closed, so all before it was on stable storage.
			t.Fatalf("%s, bit %d: %d of %d steps, and no error", name, bit, len(got.steps), len(s.all.steps))
		})
	})
}

// lastLog returns the name of the last segment that has a step.
func (s sample) lastLog() (name string) {
	for one, f := range s.fs.names {
		if strings.Contains(one, segmentPrefix) && one > name && len(f.data) > headerSize {
			name = one
		}
	}
	return name
}

func TestTornEnd(t *testing.T) {
	fs, want := newDouble(), new(state)
	j, _, _ := open(t, fs, quiet())
	want.add(j, 3, "whole")
	must(t, j.Commit(3))
	j.Append([]byte("torn"))
	must(t, j.Commit(4))
	fs = fs.kill()
	f := fs.names[filepath.Join("d", segmentName(1))]
	f.data = f.data[:len(f.data)-1]
	j, got, found := open(t, fs, quiet())
	wantSteps(t, got, want)
	if n := int64(frameHeader + len("torn") - 1); len(found.Cuts) != 1 || found.Cuts[0].Bytes != n {
		t.Fatalf("cuts are %+v, want one of %d bytes", found.Cuts, n)
	}
	want.add(j, 1, "next")
	must(t, j.Close())
	_, got, found = open(t, fs, quiet())
	wantSteps(t, got, want)
	if found.Cuts != nil {
		t.Fatalf("cut again: %+v", found.Cuts)
	}
}

func TestMissingFiles(t *testing.T) {
	s := newSample(t, quiet())
	for name := range s.fs.names {
		fs := s.fs.clone()
		delete(fs.names, name)
		got, _, err := tryOpen(fs, s.opts)
		if err == nil && len(got.steps) != len(s.all.steps) && name != s.lastLog() {
			t.Errorf("without %s there are %d of %d steps, and no error", name, len(got.steps), len(s.all.steps))
		}
	}
	fs := s.fs.clone()
	for name := range fs.names {
		if strings.Contains(name, snapshotPrefix) {
			delete(fs.names, name)
		}
	}
	var damage *DamageError
	if _, _, err := tryOpen(fs, s.opts); !errors.As(err, &damage) {
		t.Errorf("without snapshots: %v", err)
	}
}

// TestMissingSegmentOfFormerProcess: each process finds out what was there before, though none has synced anything itself.
func TestMissingSegmentOfFormerProcess(t *testing.T) {
	fs, opts := newDouble(), quiet()
	opts.Policy = Never
	for range 3 {
		j, s, _ := open(t, fs, opts)
		s.add(j, 2, "step")
		must(t, j.Commit(j.Appended()))
		fs = fs.kill()
	}
	for index := uint64(1); index < 3; index++ {
		less := fs.clone()
		delete(less.names, filepath.Join("d", segmentName(index)))
		var damage *DamageError
		if _, _, err := tryOpen(less, opts); !errors.As(err, &damage) {
			t.Errorf("without segment %d: %v", index, err)
		}
	}
}

// TestForeignSegment: a file of another program is neither cut nor removed.
func TestForeignSegment(t *testing.T) {
	for text, refused := range map[string]bool{"127.0.0.1 - GET /": true, "x": true, "sess": false, "\x00\x00\x00": false, "": false} {
		fs := newDouble()
		name := filepath.Join("d", segmentName(7))
		fs.names[name] = &inode{data: []byte(text)}
		var damage *DamageError
		_, _, err := tryOpen(fs, quiet())
		if errors.As(err, &damage) != refused || refused && (damage.File != name || string(fs.names[name].data) != text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFallsBackToOlderSnapshot(t *testing.T) {
	s := newSample(t, quiet())
	bad := filepath.Join("d", snapshotName(uint64(len(s.newer.steps))))
	s.fs.names[bad].data[headerSize+40] ^= 1
	j, got, found := open(t, s.fs, s.opts)
	wantSteps(t, got, s.all)
	if found.Snapshot != uint64(len(s.older.steps)) || len(found.Bad) != 1 {
		t.Fatalf("%+v", found)
	}
	must(t, got.save(j))
	if s.fs.names[bad] != nil {
		t.Error("the bad snapshot is still there, though there is a good one")
	}
	must(t, j.Close())
	_, again, found := open(t, s.fs, s.opts)
	wantSteps(t, again, s.all)
	if found.Bad != nil {
		t.Errorf("%+v", found)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	const newer = format + 1
	s := newSample(t, quiet())
	for name := range s.fs.names {
		fs := s.fs.clone()
		fs.names[name].data[8] = newer
		var format *FormatError
		if _, _, err := tryOpen(fs, s.opts); !errors.As(err, &format) || format.File != name || format.Format != newer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMarkOfAUserIsNone(t *testing.T) {
	fs := newDouble()
	j, _, _ := open(t, fs, quiet())
	forged := appendMark(nil, &header{}, 1000)
	forged = encode(nil, forged, nil)
	j.Append([]byte("whole"))
	j.Append([]byte("torn"))
	j.Append(forged)
	must(t, j.Commit(3))
	fs = fs.kill()
	f := fs.names[filepath.Join("d", segmentName(1))]
	f.data[headerSize+frameHeader+len("whole")+frameHeader] ^= 1
	_, got, _ := open(t, fs, quiet())
	wantSteps(t, got, &state{[]string{"whole"}})
}
