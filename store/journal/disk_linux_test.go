package journal

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("NOT TESTED: what a full disk does, because no small file system can be mounted here: %v", err)
	}
	defer func() { must(t, syscall.Unmount(dir, 0)) }()
	j, s := openDir(t, dir, quiet())
	filler := filepath.Join(dir, "filler")
	must(t, os.WriteFile(filler, make([]byte, 128<<10), 0o600))
	payload := string(make([]byte, 3000))
	acknowledged := 0
	for j.Err() == nil {
		s.add(j, 1, payload)
		if j.Commit(j.Appended()) == nil {
			acknowledged = len(s.steps)
		}
	}
	if !errors.Is(j.Err(), syscall.ENOSPC) || acknowledged < 10 || j.Commit(uint64(acknowledged)) != nil {
		t.Fatalf("%v after %d steps", j.Err(), acknowledged)
	}
	if err := j.WaitSync(j.Appended()); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("synced: %v", err)
	}
	report := func() (last uint64) { // what a process would find that begins now
		d, err := readFolder(Disk, dir, nil)
		must(t, err)
		r := newRecovery(d, nothing{})
		must(t, r.run())
		if r.found.Cuts != nil {
			t.Errorf("half a step was left: %+v", r.found.Cuts)
		}
		return r.found.Last
	}
	if last := report(); last != uint64(acknowledged) {
		t.Fatalf("%d steps are there, and %d were acknowledged", last, acknowledged)
	}
	if err := s.save(j); err == nil {
		t.Fatal("a snapshot was saved without room")
	}
	s.add(j, 3, payload)
	must(t, os.Remove(filler))
	j.tick()
	must(t, j.Err())
	must(t, j.WaitSync(j.Appended()))
	if last := report(); last != uint64(len(s.steps)) {
		t.Fatalf("%d steps are there, want all %d", last, len(s.steps))
	}
	must(t, j.Close())
	j, again := openDir(t, dir, quiet())
	wantSteps(t, again, s)
	must(t, j.Close())
}
