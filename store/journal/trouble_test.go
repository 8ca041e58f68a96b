package journal

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// failOn returns a fault of one operation.
func failOn(which string) func(op, name string) error {
	return func(op, name string) error {
		if op == which {
			return syscall.EIO
		}
		return nil
	}
}

// TestFilesGivenUpDuringSync lets a writer give up the file that is being synced: who waits for the sync is refused.
func TestFilesGivenUpDuringSync(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	entered, release := make(chan struct{}), make(chan struct{})
	fs.syncing = func(string) {
		entered <- struct{}{}
		<-release
	}
	s.add(j, 1, "step")
	answer := make(chan error, 1)
	j.Sync(1, func(err error) { answer <- err })
	<-entered
	fs.syncing, fs.room, fs.fault = nil, 3, failOn("truncate")
	s.add(j, 1, "torn")
	if err := j.Commit(2); !errors.Is(err, syscall.EIO) {
		t.Fatalf("Commit: %v", err)
	}
	fs.room, fs.fault = -1, nil
	release <- struct{}{}
	if err := <-answer; !errors.Is(err, syscall.EIO) || j.Synced() != 0 {
		t.Fatalf("the sync of a file that was given up: %v, up to %d", err, j.Synced())
	}
	j.tick()
	must(t, s.save(j))
	must(t, j.WaitSync(2))
	_, got, _ := open(t, fs.kill(), quiet())
	wantSteps(t, got, s)
	must(t, j.Close())
}

// TestStartOnFullDisk: what there is can be read, and the log begins once there is room.
func TestStartOnFullDisk(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	s.add(j, 3, "step")
	must(t, j.Close())
	fs.room = 10
	j, again, _ := open(t, fs, quiet())
	wantSteps(t, again, s)
	if err := j.Err(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the trouble is %v", err)
	}
	s.add(j, 1, "kept until there is room")
	if err := j.Commit(4); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Commit: %v", err)
	}
	j.tick()
	fs.room = -1
	j.tick()
	must(t, j.Commit(4))
	_, again, _ = open(t, fs.kill(), quiet())
	wantSteps(t, again, s)
	must(t, j.Close())
}

// TestOldSnapshotDoesNotHeal finishes a snapshot that was begun before the steps which a failed fsync may have lost.
func TestOldSnapshotDoesNotHeal(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	s.add(j, 2, "before")
	out, err := j.BeginSnapshot(2)
	must(t, err)
	for _, step := range s.steps {
		must(t, out.Write([]byte(step)))
	}
	s.add(j, 2, "in no file")
	fs.fault = failOn("sync")
	if err := j.WaitSync(4); err == nil {
		t.Fatal("synced")
	}
	fs.fault = nil
	// The steps that were written are refused, since the kernel may have dropped them.
	if err := j.Commit(4); !errors.Is(err, syscall.EIO) {
		t.Errorf("Commit of what may be lost: %v", err)
	}
	if err := out.Finish(2); err == nil && j.Err() == nil {
		t.Fatal("a snapshot without the steps that may be lost ended the trouble")
	}
	must(t, s.save(j))
	must(t, j.Err())
	must(t, j.Commit(4))
	must(t, j.Close())
}

// TestMissingStepIsDamage takes one whole frame out of a segment and out of a snapshot.
func TestMissingStepIsDamage(t *testing.T) {
	fs := newDouble()
	j, s, _ := open(t, fs, quiet())
	s.add(j, 4, "step")
	must(t, j.Close())
	f := fs.names[filepath.Join("d", segmentName(1))]
	size := frameHeader + len("step 1")
	f.data = append(f.data[:headerSize+size:headerSize+size], f.data[headerSize+2*size:]...)
	var damage *DamageError
	if _, _, err := tryOpen(fs, quiet()); !errors.As(err, &damage) || damage.Offset != int64(headerSize+size) {
		t.Errorf("without the second step: %v", err)
	}

	fs, opts := newDouble(), quiet()
	opts.Uncompressed = true
	j, s, _ = open(t, fs, opts)
	s.add(j, 4, "step")
	must(t, s.save(j))
	must(t, j.Close())
	f = fs.names[filepath.Join("d", snapshotName(4))]
	f.data = append(f.data[:headerSize+3*size:headerSize+3*size], f.data[headerSize+4*size:]...)
	report, err := Check(fs, "d", nil, nothing{})
	must(t, err)
	if report.Files[0].Damage == nil {
		t.Error("a snapshot without its last chunk is said to be whole")
	}
}
