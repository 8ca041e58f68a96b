package storetest

import (
	"context"
	"math/big"

	"sessd/store"
)

// showBag shows a whole bag of a session.
func showBag(s *modelSession, component string, each func([]byte), v store.BagVisitor) {
	each([]byte(component))
	v.Bag(s.revision, len(s.bags[component]))
	for name, value := range s.bags[component] {
		v.Field([]byte(name), []byte(value), true)
	}
}

// changeBag applies what is done to one field of a session, or some.
func (m *Model) changeBag(op store.Op, x *modelEntry, component []byte, unset, pairs [][]byte) error {
	s := x.session.clone()
	until := int64(0)
	if len(pairs) > 0 {
		until = s.ends[[2]string{string(component), string(pairs[0])}]
	}
	s.change(component, unset, pairs, until)
	after := modelEntry{key: x.key, session: s}
	if err := m.allowed(x.session, s, after.size()-x.size()); err != nil {
		return err
	}
	x.session = s
	s.use(op.Now, 0)
	s.revision++
	m.report.Saved++
	m.used()
	return nil
}

// IncrSession implements store.Sessions.
func (m *Model) IncrSession(_ context.Context, op store.Op, id []byte, i store.IncrOptions) (int64, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return 0, err
	}
	if err := x.mayChange(op, nil); err != nil {
		return 0, err
	}
	n := int64(0)
	if text, found := x.session.bags[string(i.Component)][string(i.Field)]; found {
		var ok bool
		if n, ok = store.ParseInt([]byte(text)); !ok {
			return 0, store.ErrNotInteger
		}
	}
	sum := new(big.Int).Add(big.NewInt(n), big.NewInt(i.Delta))
	if sum.Cmp(big.NewInt(i.Min)) < 0 || sum.Cmp(big.NewInt(i.Max)) > 0 {
		return 0, store.ErrOverflow
	}
	return sum.Int64(), m.changeBag(op, x, i.Component, nil, [][]byte{i.Field, []byte(sum.String())})
}

// TakeSession implements store.Sessions.
func (m *Model) TakeSession(_ context.Context, op store.Op, id, component []byte, fields [][]byte, v store.BagVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return err
	}
	if err := x.mayChange(op, nil); err != nil {
		return err
	}
	bag, taken := x.session.bags[string(component)], false
	for _, name := range fields {
		_, found := bag[string(name)]
		taken = taken || found
	}
	if !taken {
		x.session.use(op.Now, 0)
	} else if err := m.changeBag(op, x, component, fields, nil); err != nil {
		return err
	}
	v.Bag(x.session.revision, len(fields))
	for _, name := range fields {
		value, found := bag[string(name)]
		v.Field(name, []byte(value), found)
	}
	return nil
}

// AppendSession implements store.Sessions.
func (m *Model) AppendSession(_ context.Context, op store.Op, id []byte, a store.AppendOptions) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, err := m.session(k, id)
	if err != nil {
		return 0, err
	}
	if err := x.mayChange(op, nil); err != nil {
		return 0, err
	}
	value := x.session.bags[string(a.Component)][string(a.Field)] + string(a.Value)
	if a.MaxLength > 0 && len(value) > a.MaxLength {
		value = value[len(value)-a.MaxLength:]
	}
	return len(value), m.changeBag(op, x, a.Component, nil, [][]byte{a.Field, []byte(value)})
}
