package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"
)

// fuzzFile gives a folder with one file of any bytes to recovery: it has to refuse, or give a state that it gives again.
func fuzzFile(t *testing.T, base string, content []byte) {
	fs := newDouble()
	fs.names[filepath.Join("d", base)] = &inode{data: slices.Clone(content)}
	opts := withKeys(Key{1})
	report, err := Check(fs, "d", opts.Keys, nothing{})
	got, _, openErr := tryOpen(fs, opts)
	var damage *DamageError
	var format *FormatError
	var key *KeyError
	switch {
	case errors.As(openErr, &format), errors.As(openErr, &key):
		if err == nil {
			t.Fatalf("recovery says %v, and Check nothing", openErr)
		}
		return
	case err != nil:
		t.Fatalf("Check: %v, and recovery: %v", err, openErr)
	case (report.Refusal == nil) != (openErr == nil):
		t.Fatalf("Check says %v, and recovery %v", report.Refusal, openErr)
	case openErr == nil:
		again, _, err := tryOpen(fs, opts)
		must(t, err)
		wantSteps(t, again, got)
		return
	case !errors.As(openErr, &damage):
		t.Fatal(openErr)
	}
	if _, err := Fix(fs, "d", opts.Keys); err != nil && !errors.Is(err, ErrNothingLeft) {
		t.Fatal(err)
	} else if err == nil {
		_, _, err = tryOpen(fs, opts)
		must(t, err)
	}
}

// withSums returns frames with right checksums, so that fuzzing gets past them.
func withSums(content []byte) []byte {
	content = slices.Clone(content)
	if len(content) < headerSize {
		return content
	}
	sum := func(b []byte) { binary.LittleEndian.PutUint32(b, frame(b).sum()) }
	for at := headerSize; at+frameHeader <= len(content); {
		size := frameHeader + frame(content[at:]).length()
		if size < 0 || size > len(content)-at {
			break
		}
		sum(content[at : at+size])
		at += size
	}
	return content
}

func addSamples(f *testing.F, prefix string) {
	for _, opts := range []Options{quiet(), withKeys(Key{1})} {
		fs, s := newDouble(), new(state)
		j, _, _ := open(f, fs, opts)
		s.add(j, 3, "step")
		must(f, j.WaitSync(3))
		s.add(j, 1, "step")
		must(f, s.save(j))
		must(f, j.Close())
		for name, file := range fs.names {
			if base := filepath.Base(name); bytes.HasPrefix([]byte(base), []byte(prefix)) {
				f.Add(file.data)
				f.Add(append(slices.Clone(file.data), make([]byte, 100)...))
			}
		}
	}
}

func FuzzLog(f *testing.F) {
	addSamples(f, segmentPrefix)
	f.Fuzz(func(t *testing.T, content []byte) {
		fuzzFile(t, segmentName(1), content)
		fuzzFile(t, segmentName(1), withSums(content))
	})
}

func FuzzSnapshot(f *testing.F) {
	addSamples(f, snapshotPrefix)
	f.Fuzz(func(t *testing.T, content []byte) {
		fuzzFile(t, snapshotName(4), content)
		fuzzFile(t, snapshotName(4), withSums(content))
	})
}
