package storetest

import (
	"context"
	"slices"

	"sessd/store"
)

// of returns the entries of a principal's sessions.
func (k modelSpace) of(principal []byte) []*modelEntry {
	var entries []*modelEntry
	for _, x := range k.entries {
		if len(principal) > 0 && x.session != nil && x.session.principal == string(principal) {
			entries = append(entries, x)
		}
	}
	return entries
}

// makePlace makes one more session of a principal not too many.
func (m *Model) makePlace(k modelSpace, principal []byte, c store.PrincipalLimit) error {
	entries := k.of(principal)
	if c.Max == 0 || len(entries) < c.Max {
		return nil
	}
	if !c.Evict {
		return &store.LimitError{Of: "principal", What: "sessions", Max: int64(c.Max)}
	}
	slices.SortFunc(entries, func(a, b *modelEntry) int { return int(a.session.accessed - b.session.accessed) })
	for _, x := range entries[:len(entries)-c.Max+1] {
		m.remove(k, x, store.Evicted)
	}
	return nil
}

// PrincipalSessions implements store.Sessions.
func (m *Model) PrincipalSessions(_ context.Context, op store.Op, principal []byte) ([][]byte, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	var ids [][]byte
	for _, x := range k.of(principal) {
		ids = append(ids, []byte(x.key))
	}
	return ids, nil
}

// renewAt returns when a session should get another id.
func (s *modelSession) renewAt() int64 {
	if s.renew == 0 {
		return store.Never
	}
	return sum(s.renewed, s.renew)
}

// DescribeSessions implements store.Sessions.
func (m *Model) DescribeSessions(_ context.Context, op store.Op, principal []byte, fields [][]byte) (all []store.SessionDescription, err error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	for _, x := range k.of(principal) {
		s := x.session
		d := store.SessionDescription{
			ID: []byte(x.key), Handle: []byte(s.handle), CreatedAt: s.created, AccessedAt: s.accessed, ExpiresAt: x.expiry(), Values: make([][]byte, len(fields)),
		}
		for i, name := range fields {
			if value, found := s.bags[""][string(name)]; found {
				d.Values[i] = append([]byte{}, value...)
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// DestroyHandles implements store.Sessions.
func (m *Model) DestroyHandles(_ context.Context, op store.Op, principal []byte, handles [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	n := 0
	for _, x := range k.of(principal) {
		if slices.ContainsFunc(handles, func(h []byte) bool { return string(h) == x.session.handle }) {
			m.remove(k, x, store.Destroyed)
			n++
		}
	}
	return n, nil
}

// DestroyPrincipal implements store.Sessions.
func (m *Model) DestroyPrincipal(_ context.Context, op store.Op, principal, except []byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	var spared *modelEntry
	if except != nil {
		spared = k.find(except)
	}
	n := 0
	for _, x := range k.of(principal) {
		if x != spared {
			m.remove(k, x, store.Destroyed)
			n++
		}
	}
	return n, nil
}
