package journal

import (
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// killedAhead returns a folder whose only segment ends in zeros, the steps that are in it, and where the last of them ends.
func killedAhead(t *testing.T, opts Options) (fs *double, s *state, end int) {
	t.Helper()
	fs, s = newDouble(), new(state)
	opts.Policy, opts.Ahead = Always, 150
	j, _, _ := open(t, fs, opts)
	for range 4 {
		s.add(j, 2, "step")
		must(t, j.WaitSync(j.Appended()))
	}
	killed := fs.kill()
	if got, want := j.Stats().LogBytes, j.Stats().BytesWritten; got != want {
		t.Errorf("the log has %d bytes, and %d were written", got, want)
	}
	must(t, j.Close())
	end = headerSize + int(j.Stats().LogBytes) - markSize
	if closed := segmentOf(fs); len(closed) != end+markSize {
		t.Errorf("a segment of %d bytes has %d once it is closed", end+markSize, len(closed))
	}
	if b := segmentOf(killed); len(b) <= end || !allZero(b[end:]) || allZero(b[end-1:end]) {
		t.Fatalf("the log ends at %d of %d bytes, and no zeros follow", end, len(b))
	}
	return killed, s, end
}

func segmentOf(fs *double) []byte { return fs.names[filepath.Join("d", segmentName(1))].data }

func eachCipher(t *testing.T, test func(t *testing.T, opts Options)) {
	for name, keys := range map[string]Keys{"clear": nil, "sealed": {{1}}} {
		t.Run(name, func(t *testing.T) {
			opts := quiet()
			opts.Keys = keys
			test(t, opts)
		})
	}
}

func TestZerosAreTheEnd(t *testing.T) {
	eachCipher(t, func(t *testing.T, opts Options) {
		fs, want, _ := killedAhead(t, opts)
		report, err := Check(fs, "d", opts.Keys, nothing{})
		must(t, err)
		if report.Refusal != nil || report.Files[0].Damage != nil || report.Recovered.Last != uint64(len(want.steps)) {
			t.Errorf("%+v", report)
		}
		got, found, err := tryOpen(fs, opts)
		must(t, err)
		wantSteps(t, got, want)
		if found.Cuts != nil {
			t.Errorf("cut: %+v", found.Cuts)
		}
	})
}

// TestChangesWithZeros cuts the segment at every byte, flips a bit of each, and clears what may be the head of a frame. What is lost is told, but where
// a cut is between two steps.
func TestChangesWithZeros(t *testing.T) {
	eachCipher(t, func(t *testing.T, opts Options) {
		fs, want, end := killedAhead(t, opts)
		try := func(what string, at int, change func(b []byte) []byte) {
			fs := fs.clone()
			f := fs.names[filepath.Join("d", segmentName(1))]
			f.data = change(f.data)
			got, found, err := tryOpen(fs, opts)
			var damage *DamageError // what was marked is gone
			if errors.As(err, &damage) && at < end || err != nil && at < headerSize {
				return
			}
			must(t, err)
			if n := len(got.steps); !slices.Equal(got.steps, want.steps[:n]) || at >= end && n < len(want.steps) {
				t.Fatalf("%s at %d of %d: %q", what, at, end, got.steps)
			} else if n < len(want.steps) && found.Cuts == nil && what != "cut" {
				t.Fatalf("%s at %d of %d: %d steps are gone, and nothing is told", what, at, end, len(want.steps)-n)
			}
		}
		for at := range len(segmentOf(fs)) {
			try("cut", at, func(b []byte) []byte { return b[:at] })
			try("clear", at, func(b []byte) []byte { clear(b[at:min(at+frameHeader, len(b))]); return b })
			try("flip", at, func(b []byte) []byte { b[at] ^= 1 << (at % 8); return b })
		}
	})
}

func TestZerosAheadOfAFullDisk(t *testing.T) {
	fs := newDouble()
	opts := quiet()
	opts.Policy, opts.Ahead = Always, 1000
	j, s, _ := open(t, fs, opts)
	fs.room = 300
	for j.Err() == nil {
		s.add(j, 1, "step")
		if err := j.WaitSync(j.Appended()); err == nil && j.Synced() != j.Appended() {
			t.Fatal("a step is not synced, and nobody says so")
		}
	}
	acknowledged := j.Synced()
	if !errors.Is(j.Err(), syscall.ENOSPC) || acknowledged < 5 {
		t.Fatalf("%v after %d steps", j.Err(), acknowledged)
	}
	got, _, err := tryOpen(fs.kill(), opts)
	must(t, err)
	wantSteps(t, got, &state{s.steps[:acknowledged]})
	fs.room = -1
	j.tick()
	must(t, j.Err())
	must(t, j.WaitSync(j.Appended()))
	got, _, err = tryOpen(fs.kill(), opts)
	must(t, err)
	wantSteps(t, got, s)
	must(t, j.Close())
}
