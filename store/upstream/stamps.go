package upstream

import "sync"

// stamps are the last generations of principals that were ended, as far as this side knows them.
type stamps struct {
	mu      sync.Mutex
	known   map[string]stamp
	changes uint64 // grows with each change
}

type stamp struct{ generation int64 }

// mostStamps bounds the memory of stamps.
const mostStamps = 1 << 16

// of returns the stamp of a principal, and a number for keep.
func (s *stamps) of(principal string) (generation int64, known bool, changes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.known[principal]
	return one.generation, known, s.changes
}

// keep notes a stamp that was read since of returned a number, unless one has changed since.
func (s *stamps) keep(principal string, generation int64, changes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if changes != s.changes {
		return
	}
	if len(s.known) >= mostStamps {
		clear(s.known)
	}
	s.known[principal] = stamp{generation}
}

// changed notes that the stamp of a principal was changed.
func (s *stamps) changed(principal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	delete(s.known, principal)
}

func (s *stamps) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	clear(s.known)
}
