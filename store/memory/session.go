package memory

import (
	"maps"

	"sessd/store"
)

// session is what an entry of that type holds. Times are milliseconds, those without At in the name are distances.
type session struct {
	createdAt, accessedAt int64
	idle, absolute        int64 // 0: none
	revision              int64
	principal             string // empty: none

	global     bag
	components map[string]*bag // those that have fields

	fields int64 // of all bags
	bytes  int64 // of names and values, principal and components included: what store.Limits.SessionBytes bounds
}

// expireAt returns the earlier of both timeouts.
func (d *session) expireAt() int64 {
	at := store.Never
	if d.idle > 0 {
		at = after(d.accessedAt, d.idle)
	}
	if d.absolute > 0 {
		if end := after(d.createdAt, d.absolute); at == store.Never || end < at {
			at = end
		}
	}
	return at
}

// size returns what the session's entry is to be counted for.
func (d *session) size(id int) int64 {
	return entryOverhead + int64(id) + sessionOverhead + d.bytes +
		d.fields*fieldOverhead + int64(len(d.components))*componentOverhead
}

// bag returns the bag of a component, or nil when that has no fields.
func (d *session) bag(component []byte) *bag {
	if len(component) == 0 {
		return &d.global
	}
	return d.components[string(component)]
}

// apply makes a save's changes to the fields.
func (d *session) apply(s *store.Save) {
	b := d.bag(s.Component)
	if b == nil {
		if len(s.Fields) == 0 {
			return
		}
		b = d.addComponent(s.Component, new(bag))
	}
	for _, name := range s.Unset {
		fields, size := b.unset(name)
		d.fields += fields
		d.bytes += size
	}
	for i := 0; i < len(s.Fields); i += 2 {
		fields, size := b.set(s.Fields[i], s.Fields[i+1])
		d.fields += fields
		d.bytes += size
	}
	if len(b.fields) == 0 {
		d.dropBag(s.Component)
	}
}

func (d *session) addComponent(name []byte, b *bag) *bag {
	if d.components == nil {
		d.components = make(map[string]*bag)
	}
	d.components[string(name)] = b
	d.bytes += int64(len(name))
	return b
}

// dropBag removes a bag with all its fields.
func (d *session) dropBag(component []byte) {
	b := d.bag(component)
	if b == nil {
		return
	}
	for _, f := range b.fields {
		d.bytes -= int64(len(f.name) + len(f.value))
	}
	d.fields -= int64(len(b.fields))
	if len(component) == 0 {
		d.global = bag{}
		return
	}
	d.bytes -= int64(len(component))
	delete(d.components, string(component))
	if len(d.components) == 0 {
		d.components = nil
	}
}

// growth returns at most how much a save adds: fields, bytes that the limits bound, and bytes that are counted.
func (d *session) growth(s *store.Save) (fields, size, counted int64) {
	b := d.bag(s.Component)
	if b == nil {
		b = new(bag)
		size = int64(len(s.Component))
		counted = size + componentOverhead
	}
	fields, n := b.growth(s.Fields)
	return fields, size + n, counted + n + fields*fieldOverhead
}

// with returns a copy of the session after a save, which shares with it only the bags that the save does not touch.
func (d *session) with(s *store.Save) *session {
	c := *d
	if len(s.Component) == 0 {
		c.global = *d.global.clone()
	} else if b := d.bag(s.Component); b != nil {
		c.components = maps.Clone(d.components)
		c.components[string(s.Component)] = b.clone()
	} else {
		c.components = maps.Clone(d.components)
	}
	c.apply(s)
	return &c
}

// within checks a session that was as old and becomes d against the limits; one that does not grow passes.
func (d *session) within(l store.Limits, old *session) error {
	if l.SessionFields > 0 && d.fields > max(l.SessionFields, old.fields) {
		return &store.LimitError{What: "fields", Max: l.SessionFields}
	}
	if l.SessionBytes > 0 && d.bytes > max(l.SessionBytes, old.bytes) {
		return &store.LimitError{What: "bytes", Max: l.SessionBytes}
	}
	return nil
}
