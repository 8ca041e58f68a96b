package main

import "slices"

// shop is the workload of a shop's pages. Each loads its session first. A logout is followed by the first visit of another
// visitor, and a flash message by the page of the same session that takes it.
type shop struct {
	population *population
	dialect    dialect
	flashed    int // slot whose session has a message, -1 for none
	id, newID  []byte
	session    session
}

func newShop(p *population, d dialect) *shop {
	return &shop{population: p, dialect: d, flashed: -1}
}

// next draws a page. 70 % browse, 15 % add to the cart, 8 % leave a message or take it, 4 % log in, and 3 % log out or
// are a first visit.
func (s *shop) next(dst []byte) ([]byte, operation, bool) {
	switch draw := s.population.random.Uint64N(100); {
	case draw < 70:
		return s.page(dst, s.population.pickAlive()), opLoad, true
	case draw < 85:
		dst = s.page(dst, s.population.pickAlive())
		return s.dialect.incr(dst, s.id, &s.session), opIncr, true
	case draw < 93:
		return s.flash(dst)
	case draw < 97:
		return s.login(dst)
	}
	return s.logout(dst)
}

// page loads the session of a slot, which is then at hand.
func (s *shop) page(dst []byte, slot int) []byte {
	s.choose(slot)
	return s.dialect.load(dst, s.id)
}

func (s *shop) choose(slot int) {
	key := s.population.key(slot)
	s.id = s.population.appendID(s.id[:0], key)
	s.session.fill(key)
}

// flash leaves a message, or takes the last.
func (s *shop) flash(dst []byte) ([]byte, operation, bool) {
	if s.flashed >= 0 {
		dst = s.page(dst, s.flashed)
		s.flashed = -1
		return s.dialect.take(dst, s.id, &s.session), opTake, true
	}
	s.flashed = s.population.pickAlive()
	return s.dialect.leave(s.page(dst, s.flashed), s.id, &s.session), opLeave, true
}

func (s *shop) login(dst []byte) ([]byte, operation, bool) {
	slot := s.population.pickAlive()
	dst = s.page(dst, slot)
	s.population.generation[slot]++
	s.newID = s.population.appendID(s.newID[:0], s.population.key(slot))
	return s.dialect.login(dst, s.id, s.newID, &s.session), opLogin, true
}

// logout destroys a session, or creates the one that takes the place of the last destroyed.
func (s *shop) logout(dst []byte) ([]byte, operation, bool) {
	p := s.population
	if p.dead < 0 {
		p.dead = p.pickAlive()
		if p.dead == s.flashed {
			s.flashed = -1
		}
		dst = s.page(dst, p.dead)
		return s.dialect.destroy(dst, s.id), opDestroy, true
	}
	slot := p.dead
	p.dead = -1
	p.generation[slot]++
	s.choose(slot)
	return s.dialect.create(dst, s.id, &s.session), opCreate, true
}

// shopExpects lists what the pages of a shop are answered: what they do comes after a load.
func shopExpects(d dialect) expectations {
	e := d.expects()
	for _, op := range []operation{opIncr, opLeave, opTake, opLogin, opDestroy} {
		e[op] = slices.Concat(e[opLoad], e[op])
	}
	return e
}

// inTurn sends the requests of one source after the other.
type inTurn []source

func (t *inTurn) next(dst []byte) ([]byte, operation, bool) {
	for len(*t) > 1 {
		if with, op, more := (*t)[0].next(dst); more {
			return with, op, true
		}
		*t = (*t)[1:]
	}
	return (*t)[0].next(dst)
}

// scripts has the first connection load the scripts of a dialect before it does anything else.
func scripts(connection int, d dialect, then source) source {
	requests := d.scripts(nil)
	if connection > 0 || len(requests) == 0 {
		return then
	}
	return &inTurn{&single{opScripts, requests, false}, then}
}

// single sends one operation.
type single struct {
	op       operation
	requests []byte
	sent     bool
}

func (s *single) next(dst []byte) ([]byte, operation, bool) {
	if s.sent {
		return dst, s.op, false
	}
	s.sent = true
	return append(dst, s.requests...), s.op, true
}

// change sends one change to each session in turn, for ever or once.
type change struct {
	population *population
	op         operation
	request    func(dst, id []byte, s *session) []byte
	once       bool
	slot       int
	id         []byte
}

func (c *change) next(dst []byte) ([]byte, operation, bool) {
	if c.slot == c.population.size() {
		if c.once {
			return dst, c.op, false
		}
		c.slot = 0
	}
	c.id = c.population.appendID(c.id[:0], c.population.key(c.slot))
	c.slot++
	return c.request(dst, c.id, nil), c.op, true
}
