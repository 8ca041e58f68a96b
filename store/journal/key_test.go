package journal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseKeys(t *testing.T) {
	a, b := Key{1, 2, 3}, Key{4, 5, 6}
	ofA, ofB := hex.EncodeToString(a[:]), base64.StdEncoding.EncodeToString(b[:])
	for _, test := range []struct {
		text string
		want Keys
	}{
		{string(a[:]), Keys{a}},
		{ofA, Keys{a}},
		{ofA + "\n", Keys{a}},
		{"# the new one\r\n" + ofB + "\r\n\r\n" + ofA, Keys{b, a}},
		{strings.TrimRight(ofB, "="), Keys{b}},
		{"", nil},
		{"\n# none\n", nil},
		{ofA + "\n" + ofB[:20], nil},
		{string(a[:31]), nil},
		{string(a[:]) + "x", nil},
	} {
		got, err := ParseKeys([]byte(test.text))
		if len(got) != len(test.want) || (err == nil) != (test.want != nil) {
			t.Errorf("%q: %d keys, %v", test.text, len(got), err)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%q: key %d is %x", test.text, i, got[i])
			}
		}
		if err != nil && strings.Contains(err.Error(), ofA[:8]) {
			t.Errorf("the error tells of a key: %v", err)
		}
	}
}

// withKeys returns options with these keys.
func withKeys(keys ...Key) Options {
	opts := quiet()
	opts.Keys = keys
	return opts
}

func TestWrongKeys(t *testing.T) {
	fs, s := newDouble(), new(state)
	j, _, _ := open(t, fs, withKeys(Key{1}))
	s.add(j, 3, "secret")
	must(t, s.save(j))
	s.add(j, 3, "secret")
	must(t, j.Close())
	for name, f := range fs.names {
		if bytes.Contains(f.data, []byte("secret")) {
			t.Errorf("%s can be read", name)
		}
	}
	for given, keys := range map[bool]Keys{false: nil, true: {{2}, {3}}} {
		var wrong *KeyError
		if _, _, err := tryOpen(fs.clone(), withKeys(keys...)); !errors.As(err, &wrong) || wrong.Given != given || wrong.ID != (Key{1}).ID() {
			t.Errorf("with keys %v: %v", given, err)
		}
		if _, err := Check(fs.clone(), "d", keys, nothing{}); !errors.As(err, &wrong) {
			t.Errorf("checked with keys %v: %v", given, err)
		}
		if _, err := Fix(fs.clone(), "d", keys); !errors.As(err, &wrong) {
			t.Errorf("fixed with keys %v: %v", given, err)
		}
	}
}

func TestKeyRotation(t *testing.T) {
	fs, s := newDouble(), new(state)
	for _, keys := range []Keys{{{1}}, {{2}, {1}}, {{3}, {2}, {1}}} {
		j, got, _ := open(t, fs, withKeys(keys...))
		wantSteps(t, got, s)
		s.add(j, 3, "step")
		must(t, s.save(j))
		s.add(j, 3, "step")
		must(t, j.Close())
	}
	// The two newest snapshots are sealed with 2 and 3, and so is the log after them.
	_, got, _ := open(t, fs.clone(), withKeys(Key{3}, Key{2}))
	wantSteps(t, got, s)
	var wrong *KeyError
	if _, _, err := tryOpen(fs, withKeys(Key{3})); !errors.As(err, &wrong) {
		t.Errorf("without the key of a file that is kept: %v", err)
	}
}

func TestClearTextEndsWithSnapshot(t *testing.T) {
	fs, s := newDouble(), new(state)
	for range 2 {
		j, _, _ := open(t, fs, quiet())
		s.add(j, 3, "readable")
		must(t, s.save(j))
		s.add(j, 3, "readable")
		must(t, j.Close())
	}
	j, got, found := open(t, fs, withKeys(Key{1}))
	wantSteps(t, got, s)
	if !found.Clear {
		t.Error("nobody was told that there is clear text")
	}
	s.add(j, 3, "readable")
	must(t, s.save(j))
	for name, f := range fs.names {
		if bytes.Contains(f.data, []byte("readable")) {
			t.Errorf("%s can still be read", name)
		}
	}
	must(t, j.Close())
	_, got, found = open(t, fs, withKeys(Key{1}))
	wantSteps(t, got, s)
	if found.Clear {
		t.Error("clear text is told of, and there is none")
	}
}

// TestSealedOnce holds what the cipher needs: bytes that were written in part are written again as they were, because
// the same nonce for other bytes would tell what both are.
func TestSealedOnce(t *testing.T) {
	for part := range 3*(frameHeader+len("step 2")+16) + markSize {
		fs, s := newDouble(), new(state)
		j, _, _ := open(t, fs, withKeys(Key{1}))
		s.add(j, 1, "step")
		must(t, j.WaitSync(1)) // a mark follows
		f := fs.names[filepath.Join("d", segmentName(1))]
		before := len(f.data)
		s.add(j, 3, "step")
		fs.room = int64(part)
		var written []byte
		fs.fault = func(op, name string) error {
			if op == "truncate" {
				written = bytes.Clone(f.data[before:])
			}
			return nil
		}
		_ = j.Commit(4)
		if j.Err() == nil || len(written) != part {
			t.Fatalf("%d bytes of %d were written", len(written), part)
		}
		fs.room = -1
		s.add(j, 2, "later")
		j.tick()
		must(t, j.Err())
		if !bytes.HasPrefix(f.data[before:], written) {
			t.Fatalf("after %d bytes others were written in their place", part)
		}
		must(t, j.Close())
		_, got, _ := open(t, fs, withKeys(Key{1}))
		wantSteps(t, got, s)
	}
}

func TestFilesHaveKeysOfTheirOwn(t *testing.T) {
	salts := map[[32]byte]string{}
	fs, s := newDouble(), new(state)
	for range 20 {
		j, _, _ := open(t, fs, withKeys(Key{1}))
		s.add(j, 1, "step")
		must(t, s.save(j))
		must(t, j.Close())
		for name, f := range fs.names {
			salt := [32]byte(f.data[20:52])
			if other, ok := salts[salt]; ok && other != name {
				t.Fatalf("%s and %s have the same salt", name, other)
			}
			salts[salt] = name
		}
	}
}
