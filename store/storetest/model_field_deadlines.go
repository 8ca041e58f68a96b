package storetest

import (
	"context"

	"sessd/store"
)

// expireFields removes the fields that have ended, and reports whether the hash has ended with them.
func (h modelHash) expireFields(now int64) bool {
	for name, f := range h {
		if f.until != 0 && f.until <= now {
			delete(h, name)
		}
	}
	return len(h) == 0
}

// FieldEnds implements store.FieldExpirer.
func (m *Model) FieldEnds(_ context.Context, op store.Op, key []byte, fields [][]byte, visit func(at int64, found bool)) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, h, err := k.hash(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	for _, name := range fields {
		f, found := h[string(name)]
		if f.until == 0 {
			f.until = store.Never
		}
		visit(f.until, found)
	}
	return nil
}

// setEnd changes when a field ends.
func (h modelHash) setEnd(name string, o store.ExpireOptions, now int64) store.FieldOutcome {
	f, found := h[name]
	never := f.until == 0
	switch {
	case !found:
		return store.FieldMissing
	case o.At == store.Never:
		if never {
			return store.FieldKept
		}
		f.until = 0
	case o.IfNever && !never, o.IfExpires && never, o.IfLater && (never || o.At <= f.until), o.IfEarlier && !never && o.At >= f.until:
		return store.FieldKept
	case o.At <= now:
		delete(h, name)
		return store.FieldRemoved
	default:
		f.until = o.At
	}
	h[name] = f
	return store.FieldExpires
}

// ExpireFields implements store.FieldExpirer.
func (m *Model) ExpireFields(_ context.Context, op store.Op, key []byte, fields [][]byte, o store.ExpireOptions, visit func(store.FieldOutcome)) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return err
	}
	for _, name := range fields {
		visit(h.setEnd(string(name), o, op.Now))
	}
	if x != nil && len(h) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return nil
}

// GetFields implements store.FieldExpirer.
func (m *Model) GetFields(_ context.Context, op store.Op, key []byte, g store.GetFieldsOptions, v store.HashVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return err
	}
	v.Hash(len(g.Fields))
	for _, name := range g.Fields {
		f, found := h[string(name)]
		if !found {
			v.Field(name, nil, false)
			continue
		}
		v.Field(name, []byte(f.value), true)
		if g.Delete {
			delete(h, string(name))
		} else if g.Expires {
			h.setEnd(string(name), store.ExpireOptions{At: g.At}, op.Now)
		}
	}
	if x != nil && len(h) == 0 {
		m.remove(k, x, store.Destroyed)
	}
	return nil
}

// SetFields implements store.FieldExpirer.
func (m *Model) SetFields(_ context.Context, op store.Op, key []byte, s store.SetFieldsOptions) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, h, err := k.hash(key)
	if err != nil {
		return false, err
	}
	var texts []string
	for i, b := range s.Pairs {
		texts = append(texts, string(b))
		if _, found := h[string(b)]; i%2 == 0 && (s.IfAbsent && found || s.IfPresent && !found) {
			return false, nil
		}
	}
	if _, err := m.setHash(k, key, x, h, max(s.At, 0), s.KeepEnds, texts...); err != nil {
		return false, err
	}
	x = k.find(key)
	h = x.other.(modelHash)
	if !s.KeepEnds && s.At != store.Never && s.At <= op.Now {
		for i := 0; i < len(texts); i += 2 {
			delete(h, texts[i])
		}
		if len(h) == 0 {
			m.remove(k, x, store.Destroyed)
		}
	}
	return true, nil
}
