package upstream

import (
	"context"
	"strconv"
	"sync"

	"github.com/redis/rueidis"

	"sessd/store"
)

// stampLife is for how long stamps are kept: longer than a session may live unused that its principal's index has lost.
const stampLife = 400 * 24 * 3600 * 1000 // milliseconds

// stamps are the last generations of principals that were ended, as far as this side knows them.
type stamps struct {
	mu      sync.Mutex
	known   map[string]int64
	changes uint64 // grows with each change
}

// mostStamps bounds the memory of stamps.
const mostStamps = 1 << 16

// of returns the stamp of a principal, and a number for keep.
func (s *stamps) of(principal string) (generation int64, known bool, changes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	generation, known = s.known[principal]
	return generation, known, s.changes
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
	s.known[principal] = generation
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

// stamp returns the last generation of a principal that was ended, 0 for none.
func (e *Engine) stamp(ctx context.Context, client rueidis.Client, principal string) (int64, error) {
	text, err := e.read(ctx, client, client.B().Get().Key(stampKey([]byte(principal))).Build()).ToString()
	if err != nil && !rueidis.IsRedisNil(err) {
		return 0, e.failure(err, false)
	}
	last, _ := strconv.ParseInt(text, 10, 64)
	return last, nil
}

// ended reports whether a session of a generation was ended with its principal.
func (e *Engine) ended(ctx context.Context, principal string, generation int64) (bool, error) {
	if principal == "" {
		return false, nil
	}
	client, tracked := e.tracked()
	var changes uint64
	if tracked {
		last, known, n := e.cache.stamps.of(principal)
		if known {
			return generation <= last, nil
		}
		changes = n
	}
	last, err := e.stamp(ctx, client, principal)
	if err != nil {
		return false, err
	}
	if tracked {
		e.cache.stamps.keep(principal, last, changes)
	}
	return generation <= last, nil
}

// endedNow is ended for a caller outside of a request.
func (e *Engine) endedNow(ctx context.Context, principal string, generation int64) (bool, error) {
	if principal == "" {
		return false, nil
	}
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return e.ended(ctx, principal, generation)
}

// notEnded returns an error where a session in a cluster was changed that had been ended with its principal. Scripts cannot see that
// there.
func (e *Engine) notEnded(ctx context.Context, c changed) error {
	ended, err := e.endedNow(ctx, c.record.principal, c.record.generation)
	if err != nil {
		return &store.UncertainError{Reason: "whether the session was ended with its principal is not known"}
	}
	if ended {
		e.sendDestroy(c.key, "", c.record.principal, c.record.generation)
		return store.ErrNoSession
	}
	return nil
}
