package storetest

import (
	"context"

	"sessd/store"
)

// mayChange compares the token of a change with that of the lock.
func (x *modelEntry) mayChange(op store.Op, token []byte) error {
	s := x.session
	switch locked := s.lockedUntil > op.Now; {
	case locked && (token == nil || string(token) != s.token):
		return &store.LockedError{For: s.lockedUntil - op.Now, ID: []byte(x.key)}
	case !locked && token != nil:
		return store.ErrNotLocked
	}
	return nil
}

// lock locks a session.
func (x *modelEntry) lock(op store.Op, token []byte, ms int64) error {
	if err := x.mayChange(op, token); err != nil && err != store.ErrNotLocked {
		return err
	}
	x.session.token, x.session.lockedUntil = string(token), sum(op.Now, ms)
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
	return x.lock(op, token, ms)
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
	if x.mayChange(op, token) != nil {
		return false, nil
	}
	x.session.lockedUntil = 0
	return true, nil
}
