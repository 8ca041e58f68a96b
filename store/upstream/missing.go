package upstream

import (
	"context"

	"sessd/store"
)

// What this engine does not do answers store.ErrMissing and changes nothing.

// LockSession is part of store.Sessions.
func (e *Engine) LockSession(context.Context, store.Op, []byte, []byte, int64) error {
	return store.ErrMissing
}

// UnlockSession is part of store.Sessions.
func (e *Engine) UnlockSession(context.Context, store.Op, []byte, []byte) (bool, error) {
	return false, store.ErrMissing
}

// lacks returns an error for changes of which one does what the engine does not: a field that ends by itself.
func lacks(changes []store.BagChange) error {
	for i := range changes {
		if changes[i].TTL != 0 {
			return store.ErrMissing
		}
	}
	return nil
}
