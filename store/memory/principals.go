package memory

import (
	"bytes"
	"context"
	"sync"

	"sessd/store"
)

// principals knows the sessions of each principal of a keyspace. Its lock is taken under those of shards and holds
// for one call.
type principals struct {
	mu       sync.Mutex
	sessions map[string]map[*entry]struct{}
}

func (p *principals) add(x *entry) {
	name := x.data.principal
	if name == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sessions == nil {
		p.sessions = make(map[string]map[*entry]struct{})
	}
	if p.sessions[name] == nil {
		p.sessions[name] = make(map[*entry]struct{}, 1)
	}
	p.sessions[name][x] = struct{}{}
}

func (p *principals) remove(x *entry) {
	name := x.data.principal
	if name == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions[name], x)
	if len(p.sessions[name]) == 0 {
		delete(p.sessions, name)
	}
}

// count returns how many principals have sessions.
func (p *principals) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions)
}

// of returns the entries of a principal.
func (p *principals) of(name []byte) []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	entries := make([]*entry, 0, len(p.sessions[string(name)]))
	for x := range p.sessions[string(name)] {
		entries = append(entries, x)
	}
	return entries
}

// sessionsOf returns the live sessions of a principal. Every shard is held.
func (h *hold) sessionsOf(principal []byte) []*entry {
	entries := h.space.principals.of(principal)
	live := entries[:0]
	for _, x := range entries {
		if x.isExpired(h.now) {
			h.home(x).remove(x, store.Expired)
		} else {
			live = append(live, x)
		}
	}
	return live
}

// PrincipalSessions implements store.Sessions.
func (e *Engine) PrincipalSessions(_ context.Context, op store.Op, principal []byte) ([][]byte, error) {
	h := e.holdAll(op)
	defer h.release()
	var ids [][]byte
	for _, x := range h.sessionsOf(principal) {
		ids = append(ids, bytes.Clone(x.key))
	}
	return ids, nil
}

// DestroyPrincipal implements store.Sessions.
func (e *Engine) DestroyPrincipal(_ context.Context, op store.Op, principal, except []byte) (int, error) {
	h := e.holdAll(op)
	defer h.release()
	var spared *entry
	if except != nil {
		spared = h.find(except)
	}
	n := 0
	for _, x := range h.sessionsOf(principal) {
		if x != spared {
			h.home(x).remove(x, store.Destroyed)
			n++
		}
	}
	return n, nil
}
