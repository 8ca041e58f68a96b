package storetest

import (
	"context"

	"sessd/store"
)

// mayChange compares the token of a change with that of the lock.
func (s *modelSession) mayChange(op store.Op, token []byte) error {
	switch locked := s.lockedUntil > op.Now; {
	case locked && (token == nil || string(token) != s.token):
		return &store.LockedError{For: s.lockedUntil - op.Now}
	case !locked && token != nil:
		return store.ErrNotLocked
	}
	return nil
}

// lock locks a session.
func (s *modelSession) lock(op store.Op, token []byte, ms int64) error {
	if err := s.mayChange(op, token); err != nil && err != store.ErrNotLocked {
		return err
	}
	s.token, s.lockedUntil = string(token), sum(op.Now, ms)
	return nil
}

// LockSession implements store.Sessions.
func (m *Model) LockSession(_ context.Context, op store.Op, id, token []byte, ms int64) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return err
	}
	return x.session.lock(op, token, ms)
}

// UnlockSession implements store.Sessions.
func (m *Model) UnlockSession(_ context.Context, op store.Op, id, token []byte) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x := k.find(id)
	if x == nil {
		return false, nil
	}
	if x.session == nil {
		return false, store.ErrWrongType
	}
	if x.session.mayChange(op, token) != nil {
		return false, nil
	}
	x.session.lockedUntil = 0
	return true, nil
}
