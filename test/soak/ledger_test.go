package soak

import (
	"fmt"
	"sync"
	"testing"
)

// sharedID is the session that all clients save to.
const sharedID = "shared"

// ledger remembers which revisions of the shared session were answered to any client. Every save answers one more than the
// save before it, so a revision that comes twice is a reply that was swapped or invented, and one that never comes is a
// reply that was lost.
type ledger struct {
	mu      sync.Mutex
	entered []bool // by revision; there is none at 0
}

func (l *ledger) enter(revision int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.entered) <= revision {
		l.entered = append(l.entered, false)
	}
	if l.entered[revision] || revision < 1 {
		return fmt.Errorf("%w: revision %d of the shared session comes a second time", errWrong, revision)
	}
	l.entered[revision] = true
	return nil
}

// check fails the test for a revision that is missing before the last.
func (l *ledger) check(t *testing.T) (last int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for revision := 1; revision < len(l.entered); revision++ {
		if !l.entered[revision] {
			t.Fatalf("revision %d of the shared session, of %d, was answered to nobody", revision, len(l.entered)-1)
		}
	}
	return len(l.entered) - 1
}
