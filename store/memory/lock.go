package memory

import (
	"bytes"
	"context"
	"crypto/subtle"

	"sessd/store"
)

// sessionLock is the lock of a session, beside the shard's entries: a lock is short, and few sessions have one.
type sessionLock struct {
	token []byte
	until int64 // milliseconds since the Unix epoch
}

// sizeOfLock is what a lock is counted for, beside its token and the session's id.
const sizeOfLock = 160

func sizeOf(id, token []byte) int64 { return sizeOfLock + int64(len(id)+len(token)) }

// lockOf returns the lock of a session, or nil. One whose time is over is none.
func (p *entryRef) lockOf() *sessionLock {
	if len(p.locks) == 0 {
		return nil
	}
	l := p.locks[string(p.key)]
	if l != nil && l.until <= p.now {
		p.endLock()
		return nil
	}
	return l
}

// endLock ends the lock of a session, if it has one.
func (p *entryRef) endLock() {
	if l := p.locks[string(p.key)]; l != nil {
		p.lockBytes -= sizeOf(p.key, l.token)
		if delete(p.locks, string(p.key)); len(p.locks) == 0 {
			p.locks = nil
		}
	}
}

// moveLock gives a session that has another id its lock. Where it goes to another keyspace, that ends.
func (p *entryRef) moveLock(to *entryRef) {
	l := p.lockOf()
	if l == nil {
		return
	}
	p.endLock()
	if p.space == to.space {
		to.addLock(to.key, l)
	}
}

func (s *shard) addLock(id []byte, l *sessionLock) {
	if s.locks == nil {
		s.locks = make(map[string]*sessionLock)
	}
	s.locks[string(id)] = l
	s.lockBytes += sizeOf(id, l.token)
}

// mayChange returns nil where a session is locked with the token, or is not locked and token is nil.
func (p *entryRef) mayChange(token []byte) error {
	if len(p.locks) == 0 && token == nil { // as nearly always
		return nil
	}
	switch l := p.lockOf(); {
	case l != nil && token != nil && subtle.ConstantTimeCompare(l.token, token) == 1:
		return nil
	case l != nil:
		return &store.LockedError{For: l.until - p.now, ID: bytes.Clone(p.key)}
	case token != nil:
		return store.ErrNotLocked
	}
	return nil
}

// lock locks a session with a token.
func (p *entryRef) lock(token []byte, ms int64) (shortage, error) {
	until := after(p.now, ms)
	switch err := p.mayChange(token); err {
	case nil:
		p.lockOf().until = until
		return shortage{}, nil
	case store.ErrNotLocked:
	default:
		return shortage{}, err
	}
	if n := sizeOf(p.key, token); p.space.engine.limits.Load().MaxMemory > 0 && !p.claim(n) {
		return shortage{n, p.evictable()}, store.ErrNoMemory
	}
	p.addLock(p.key, &sessionLock{bytes.Clone(token), until})
	return shortage{}, nil
}

// LockSession implements store.Sessions.
func (e *Engine) LockSession(_ context.Context, op store.Op, id, token []byte, ms int64) error {
	_, err := withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		p, err := e.lockEntryWith(op, id, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer p.unlock()
		if err := p.session(); err != nil {
			return struct{}{}, shortage{}, err
		}
		short, err := p.lock(token, ms)
		return struct{}{}, short, err
	})
	return err
}

// UnlockSession implements store.Sessions.
func (e *Engine) UnlockSession(_ context.Context, op store.Op, id, token []byte) (bool, error) {
	p, err := e.lockEntry(op, id)
	if err != nil {
		return false, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return false, nil
	}
	if err := p.session(); err != nil {
		return false, err
	}
	if token == nil {
		token = []byte{}
	}
	if p.mayChange(token) != nil {
		return false, nil
	}
	p.endLock()
	p.emit(store.EventUnlocked)
	return true, nil
}
