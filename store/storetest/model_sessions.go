package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sessd/store"
)

// fields returns the number of fields in all bags.
func (s *modelSession) fields() int {
	n := 0
	for _, bag := range s.bags {
		n += len(bag)
	}
	return n
}

// bytes returns what store.Limits.SessionBytes bounds.
func (s *modelSession) bytes() int64 {
	n := len(s.principal)
	for component, bag := range s.bags {
		n += len(component)
		for name, value := range bag {
			n += len(name) + len(value)
		}
	}
	return int64(n)
}

func (s *modelSession) clone() *modelSession {
	c := *s
	c.bags = map[string]map[string]string{}
	for component, bag := range s.bags {
		c.bags[component] = maps.Clone(bag)
	}
	c.ends = maps.Clone(s.ends)
	return &c
}

// change applies dirty fields. A bag without fields is not in the map.
func (s *modelSession) change(component []byte, unset, pairs [][]byte, until int64) {
	bag := s.bags[string(component)]
	if bag == nil {
		bag = map[string]string{}
		s.bags[string(component)] = bag
	}
	for _, name := range unset {
		delete(bag, string(name))
		delete(s.ends, [2]string{string(component), string(name)})
	}
	for i := 0; i < len(pairs); i += 2 {
		bag[string(pairs[i])] = string(pairs[i+1])
		if delete(s.ends, [2]string{string(component), string(pairs[i])}); until != 0 {
			if s.ends == nil {
				s.ends = map[[2]string]int64{}
			}
			s.ends[[2]string{string(component), string(pairs[i])}] = until
		}
	}
	if len(bag) == 0 {
		delete(s.bags, string(component))
	}
}

// expireFields removes the fields that have ended at a time.
func (s *modelSession) expireFields(now int64) {
	for f, until := range s.ends {
		if until <= now {
			s.change([]byte(f[0]), [][]byte{[]byte(f[1])}, nil, 0)
		}
	}
}

// changeMore applies the changes of more bags.
func (s *modelSession) changeMore(more []store.BagChange, now int64) {
	for _, c := range more {
		until := int64(0)
		if c.TTL > 0 {
			until = min(sum(now, c.TTL), 1<<48-1)
		}
		s.change(c.Component, c.Unset, c.Fields, until)
	}
}

// session returns the entry of a session.
func (m *Model) session(k modelSpace, id []byte) (*modelEntry, error) {
	x := k.find(id)
	if x == nil {
		m.report.Refused++
		return nil, store.ErrNoSession
	}
	if x.session == nil {
		return nil, store.ErrWrongType
	}
	return x, nil
}

// use counts as use.
func (s *modelSession) use(now, idle int64) {
	s.accessed = now
	if idle > 0 {
		s.idle = idle
	}
}

// allowed checks what a session is to become against the limits.
func (m *Model) allowed(was, is *modelSession, growth int64) error {
	if n := int64(is.fields()); m.limits.SessionFields > 0 && n > m.limits.SessionFields && n > int64(was.fields()) {
		return &store.LimitError{What: "fields", Max: m.limits.SessionFields}
	}
	if n := is.bytes(); m.limits.SessionBytes > 0 && n > m.limits.SessionBytes && n > was.bytes() {
		return &store.LimitError{What: "bytes", Max: m.limits.SessionBytes}
	}
	if m.full(growth) {
		return store.ErrNoMemory
	}
	return nil
}

// CreateSession implements store.Sessions.
func (m *Model) CreateSession(_ context.Context, op store.Op, id []byte, c store.CreateOptions) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	if x := k.find(id); x != nil {
		if x.session == nil {
			return store.ErrWrongType
		}
		return store.ErrSessionExists
	}
	s := &modelSession{
		created: op.Now, accessed: op.Now, idle: c.IdleTimeout, absolute: c.AbsoluteTimeout,
		renew: c.RenewAfter, renewed: op.Now, handle: fmt.Sprint(m.order),
		principal: string(c.Principal), bags: map[string]map[string]string{},
	}
	s.change(nil, nil, c.Fields, 0)
	s.changeMore(c.More, op.Now)
	x := modelEntry{key: string(id), session: s}
	if err := m.allowed(new(modelSession), s, x.size()); err != nil {
		return err
	}
	if err := m.makePlace(k, c.Principal, c.PrincipalLimit); err != nil {
		return err
	}
	m.add(k, id).session = s
	m.report.Created++
	m.used()
	return nil
}

// LoadSession implements store.Sessions.
func (m *Model) LoadSession(_ context.Context, op store.Op, id []byte, l store.LoadOptions, v store.BagVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err == store.ErrNoSession {
		m.report.KeyMisses++
	}
	if err != nil {
		return err
	}
	if l.Token != nil {
		if err := x.lock(op, l.Token, l.LockFor); err != nil {
			return err
		}
	}
	m.report.Loaded++
	m.report.KeyHits++
	if !l.NoTouch {
		x.session.use(op.Now, 0)
	}
	if l.Info != nil {
		*l.Info = x.info()
	}
	if l.Each != nil {
		showBag(x.session, "", l.Each, v)
		for component := range x.session.bags {
			if component != "" {
				showBag(x.session, component, l.Each, v)
			}
		}
		return nil
	}
	bag := x.session.bags[string(l.Component)]
	if l.Fields == nil {
		v.Bag(x.session.revision, len(bag))
		for name, value := range bag {
			v.Field([]byte(name), []byte(value), true)
		}
		return nil
	}
	v.Bag(x.session.revision, len(l.Fields))
	for _, name := range l.Fields {
		if value, ok := bag[string(name)]; ok {
			v.Field(name, []byte(value), true)
		} else {
			v.Field(name, nil, false)
		}
	}
	return nil
}

// SaveSession implements store.Sessions.
func (m *Model) SaveSession(_ context.Context, op store.Op, id []byte, save store.SaveOptions) (int64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return 0, err
	}
	if err := x.mayChange(op, save.Token); err != nil {
		return 0, err
	}
	if save.Bound && save.Revision != x.session.revision {
		m.report.Conflicts++
		return 0, &store.RevisionError{Revision: x.session.revision}
	}
	s := x.session.clone()
	s.change(save.Component, save.Unset, save.Fields, 0)
	s.changeMore(save.More, op.Now)
	after := modelEntry{key: x.key, session: s}
	if err := m.allowed(x.session, s, after.size()-x.size()); err != nil {
		return 0, err
	}
	x.session = s
	if s.use(op.Now, save.IdleTimeout); save.Unlock && save.Token != nil {
		s.lockedUntil = 0
	}
	s.revision++
	m.report.Saved++
	m.used()
	if save.Info != nil {
		*save.Info = x.info()
	}
	return s.revision, nil
}

// info tells of a session what a load and a save do.
func (x *modelEntry) info() store.SessionInfo {
	i := store.SessionInfo{Revision: x.session.revision, Expiry: x.expiry(), RenewAt: x.session.renewAt(), Bags: 1}
	for component := range x.session.bags {
		if component != "" {
			i.Bags++
		}
	}
	return i
}

// ClearSession implements store.Sessions.
func (m *Model) ClearSession(_ context.Context, op store.Op, id, component []byte) (int64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return 0, err
	}
	if err := x.mayChange(op, nil); err != nil {
		return 0, err
	}
	delete(x.session.bags, string(component))
	maps.DeleteFunc(x.session.ends, func(f [2]string, _ int64) bool { return f[0] == string(component) })
	x.session.use(op.Now, 0)
	x.session.revision++
	m.report.Saved++
	return x.session.revision, nil
}

// TouchSession implements store.Sessions.
func (m *Model) TouchSession(_ context.Context, op store.Op, id []byte, idle int64) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err == store.ErrNoSession {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	x.session.use(op.Now, idle)
	return true, nil
}

// TouchSessions implements store.Sessions.
func (m *Model) TouchSessions(_ context.Context, op store.Op, ids [][]byte, idle int64, expiries []int64) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	for _, id := range ids {
		if x := k.find(id); x != nil && x.session == nil {
			return 0, store.ErrWrongType
		}
	}
	n := 0
	for i, id := range ids {
		at := store.NoExpiry
		if x := k.find(id); x != nil {
			x.session.use(op.Now, idle)
			at = x.expiry()
			n++
		}
		if expiries != nil {
			expiries[i] = at
		}
	}
	return n, nil
}

// RotateSession implements store.Sessions.
func (m *Model) RotateSession(_ context.Context, op store.Op, id, newid []byte, r store.RotateOptions) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	if k.aliases[string(id)] != nil {
		m.report.Refused++
		return store.ErrNoSession
	}
	x, err := m.session(k, id)
	if err != nil {
		return err
	}
	if y := k.find(newid); y != nil {
		if y.session == nil {
			return store.ErrWrongType
		}
		return store.ErrSessionExists
	}
	s := x.session.clone()
	if s.renewed = op.Now; r.SetPrincipal {
		s.principal = string(r.Principal)
	}
	after := modelEntry{key: string(newid), session: s}
	growth := after.size() - x.size()
	if r.Grace > 0 {
		growth += 100 + int64(len(id))
	}
	if err := m.allowed(x.session, s, growth); err != nil {
		return err
	}
	if r.SetPrincipal && s.principal != x.session.principal {
		if err := m.makePlace(k, r.Principal, r.PrincipalLimit); err != nil {
			return err
		}
	}
	delete(k.entries, x.key)
	y := m.add(k, newid)
	y.session = s
	for _, a := range k.aliases {
		if a.entry == x {
			a.entry = y
		}
	}
	if r.Grace > 0 {
		k.limitAliases(y)
		k.aliases[string(id)] = &modelAlias{y, sum(op.Now, min(r.Grace, store.MaxGrace)), y.order}
	}
	m.report.Rotated++
	m.used()
	return nil
}

// limitAliases removes the oldest alias of a session that may not have one more.
func (k *modelSpace) limitAliases(x *modelEntry) {
	n, oldest := 0, ""
	for id, a := range k.aliases {
		if a.entry == x {
			if n++; oldest == "" || a.order < k.aliases[oldest].order {
				oldest = id
			}
		}
	}
	if n >= store.MaxAliases {
		delete(k.aliases, oldest)
	}
}

// DestroySessions implements store.Sessions.
func (m *Model) DestroySessions(_ context.Context, op store.Op, ids [][]byte) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	for _, id := range ids {
		if x := k.find(id); x != nil && x.session == nil {
			return 0, store.ErrWrongType
		}
	}
	n := 0
	for _, id := range ids {
		if x := k.find(id); x != nil {
			m.remove(k, x, store.Destroyed)
			n++
		}
	}
	return n, nil
}

// SessionMeta implements store.Sessions.
func (m *Model) SessionMeta(_ context.Context, op store.Op, id []byte) (store.Meta, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return store.Meta{}, err
	}
	s := x.session
	meta := store.Meta{
		CreatedAt: s.created, AccessedAt: s.accessed, ExpiresAt: x.expiry(), IdleTimeout: s.idle, AbsoluteTimeout: s.absolute,
		RenewAfter: s.renew, RenewAt: s.renewAt(), Revision: s.revision, Fields: s.fields(), Bytes: x.size(),
	}
	for f, at := range s.ends {
		meta.Expiring = append(meta.Expiring, store.FieldExpiry{Component: []byte(f[0]), Field: []byte(f[1]), At: at})
	}
	if s.lockedUntil > op.Now {
		meta.LockedUntil = s.lockedUntil
	}
	if s.principal != "" {
		meta.Principal = []byte(s.principal)
	}
	for _, component := range slices.Sorted(maps.Keys(s.bags)) {
		if component != "" {
			meta.Components = append(meta.Components, []byte(component))
		}
	}
	return meta, nil
}
