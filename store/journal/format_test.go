package journal

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// writeFixtures makes the folders of the format that is written now. Those of released formats stay as they are.
var writeFixtures = flag.Bool("fixtures", false, "write the fixtures of the newest format")

func fixtureKeys(name string) Keys {
	if name == "sealed" {
		return Keys{{1, 2, 3}}
	}
	return nil
}

// TestFormats loads a small folder of every format that was ever released: two snapshots and the log after the older one.
func TestFormats(t *testing.T) {
	for version := 1; version <= format; version++ {
		for _, name := range []string{"clear", "sealed"} {
			fixture := filepath.Join("testdata", fmt.Sprintf("format-%d", version), name)
			opts := withKeys(fixtureKeys(name)...)
			if *writeFixtures && version == format {
				writeFixture(t, fixture, opts)
			}
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(fixture)))
			j, got := openDir(t, dir, opts)
			must(t, j.Close())
			want := new(state)
			for i := range 12 {
				want.steps = append(want.steps, fmt.Sprintf("step %d", i+1))
			}
			wantSteps(t, got, want)
		}
	}
}

// writeFixture writes what a process leaves that was killed.
func writeFixture(t *testing.T, fixture string, opts Options) {
	must(t, os.RemoveAll(fixture))
	dir := t.TempDir()
	opts.Policy, opts.Ahead = Always, 100
	j, s := openDir(t, dir, opts)
	for range 2 {
		s.add(j, 4, "step")
		must(t, j.WaitSync(j.Appended()))
		must(t, s.save(j))
	}
	s.add(j, 4, "step")
	must(t, j.WaitSync(j.Appended()))
	must(t, os.CopyFS(fixture, os.DirFS(dir)))
	must(t, os.Remove(filepath.Join(fixture, lockName)))
	must(t, j.Close())
}
