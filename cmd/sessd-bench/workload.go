package main

import (
	"bytes"
	"fmt"
)

// operation is one kind of thing that a workload does; it may take several commands.
type operation uint8

const (
	opPing operation = iota
	opGet
	opSet
	opCreate
	opLoad
	opSave
	opDestroy
	opClean
	operations
)

func (o operation) String() string {
	return [...]string{"ping", "get", "set", "create", "load", "save", "destroy", "clean"}[o]
}

// want is the reply that one command of an operation must get; anything else is a failure.
type want uint8

const (
	wantPong    want = iota
	wantOK           // a simple string
	wantOne          // the integer 1
	wantInteger      // any integer that is not negative
	wantBulk         // a bulk, not null
	wantFields       // a map, or an array of names and values, with at least one field
)

func (w want) String() string {
	return [...]string{"PONG", "OK", "1", "an integer", "a bulk", "fields"}[w]
}

func (w want) accepts(r reply) bool {
	switch w {
	case wantPong, wantOK:
		return r.kind == '+'
	case wantOne:
		return r.kind == ':' && r.n == 1
	case wantInteger:
		return r.kind == ':' && r.n >= 0
	case wantBulk:
		return r.kind == '$' && r.n >= 0
	}
	return (r.kind == '*' || r.kind == '%') && r.n > 0
}

type expectations [operations][]want

// source makes the requests of one connection, in order.
type source interface {
	// next appends one operation's requests to dst. It returns false when there is nothing more to do.
	next(dst []byte) ([]byte, operation, bool)
}

// workload is what all connections do: the requests that prepare the server, the requests that are measured,
// and those that remove what the first two left behind.
type workload struct {
	expects expectations
	prepare func(connection int) source // nil: nothing to prepare
	measure func(connection int) source
	clean   func(connection int) source // nil: nothing to remove
}

// newWorkload builds the workload that the options name.
func newWorkload(o *options) *workload {
	populations := make([]*population, o.connections)
	own := func(connection int) *population {
		if populations[connection] == nil {
			populations[connection] = newPopulation(o, connection)
		}
		return populations[connection]
	}
	value := bytes.Repeat([]byte("v"), o.valueSize)
	d := newDialect(o.dialect, o.idleTimeout.Milliseconds())

	switch o.workload {
	case "ping":
		return &workload{
			expects: expectations{opPing: {wantPong}},
			measure: func(int) source { return pings{} },
		}
	case "get", "set":
		w := &workload{
			expects: expectations{opGet: {wantBulk}, opSet: {wantOK}, opClean: {wantInteger}},
			clean:   func(c int) source { return newOverAll(own(c), opClean, command(2, "DEL"), "") },
		}
		get, set, tail := command(2, "GET"), command(3, "SET"), bulks(string(value))
		if o.workload == "get" {
			w.prepare = func(c int) source { return newOverAll(own(c), opSet, set, tail) }
			w.measure = func(c int) source { return newAtRandom(own(c), opGet, get, "") }
		} else {
			w.measure = func(c int) source { return newAtRandom(own(c), opSet, set, tail) }
		}
		return w
	case "sess.get":
		head := command(8, "SESS.CREATE")
		tail := bulks("PX", fmt.Sprint(o.idleTimeout.Milliseconds()), "FIELDS", "1", "data", string(value))
		return &workload{
			expects: d.expects(),
			prepare: func(c int) source { return newOverAll(own(c), opCreate, head, tail) },
			measure: func(c int) source { return newAtRandom(own(c), opLoad, sessGet, "") },
			clean:   func(c int) source { return newOverAll(own(c), opClean, sessDestroy, "") },
		}
	case "memory":
		return &workload{
			expects: d.expects(),
			measure: func(c int) source { return &creator{population: own(c), dialect: d} },
			clean:   func(c int) source { return &remover{population: own(c), dialect: d} },
		}
	}
	return &workload{
		expects: d.expects(),
		prepare: func(c int) source { return &creator{population: own(c), dialect: d} },
		measure: func(c int) source { return &mix{population: own(c), dialect: d} },
		clean:   func(c int) source { return &remover{population: own(c), dialect: d} },
	}
}

func newPopulation(o *options, connection int) *population {
	size := (o.sessions - connection + o.connections - 1) / o.connections
	random := newRandom(o.seed, uint64(connection))
	return &population{
		seed:       o.seed,
		first:      uint64(connection),
		stride:     uint64(o.connections),
		generation: make([]uint32, size),
		dead:       -1,
		alive:      newPicker(o.distribution, o.zipfExponent, uint64(size), random),
		random:     random,
	}
}

// pings sends PING.
type pings struct{}

func (pings) next(dst []byte) ([]byte, operation, bool) {
	return append(dst, "*1\r\n$4\r\nPING\r\n"...), opPing, true
}

// keyed sends one command about one id: head, id, tail.
type keyed struct {
	population *population
	op         operation
	head, tail string
	id         []byte
}

func (k *keyed) request(dst []byte, slot int) []byte {
	k.id = appendID(k.id[:0], k.population.key(slot))
	dst = append(dst, k.head...)
	return append(appendBulk(dst, k.id), k.tail...)
}

// atRandom asks for ids as they are drawn, for ever.
type atRandom struct{ keyed }

func newAtRandom(p *population, op operation, head, tail string) *atRandom {
	return &atRandom{keyed{population: p, op: op, head: head, tail: tail}}
}

func (a *atRandom) next(dst []byte) ([]byte, operation, bool) {
	return a.request(dst, a.population.pickAlive()), a.op, true
}

// overAll sends its command once for each id.
type overAll struct {
	keyed
	slot int
}

func newOverAll(p *population, op operation, head, tail string) *overAll {
	return &overAll{keyed: keyed{population: p, op: op, head: head, tail: tail}}
}

func (o *overAll) next(dst []byte) ([]byte, operation, bool) {
	if o.slot == o.population.size() {
		return dst, o.op, false
	}
	o.slot++
	return o.request(dst, o.slot-1), o.op, true
}

// creator creates every session of the population once.
type creator struct {
	population *population
	dialect    dialect
	slot       int
	id         []byte
	session    session
}

func (c *creator) next(dst []byte) ([]byte, operation, bool) {
	if c.slot == c.population.size() {
		return dst, opCreate, false
	}
	key := c.population.key(c.slot)
	c.slot++
	c.id = appendID(c.id[:0], key)
	c.session.fill(key)
	return c.dialect.create(dst, c.id, &c.session), opCreate, true
}

// remover destroys every session of the population, whether it is alive or not.
type remover struct {
	population *population
	dialect    dialect
	slot       int
	id         []byte
}

func (r *remover) next(dst []byte) ([]byte, operation, bool) {
	if r.slot == r.population.size() {
		return dst, opClean, false
	}
	r.id = appendID(r.id[:0], r.population.key(r.slot))
	r.slot++
	return r.dialect.destroy(dst, r.id), opClean, true
}

// mix is the session workload: 82 % load, 16 % save, 1 % create, 1 % destroy. A destroy is followed by the
// create of another session in the same slot, so the number of live sessions stays what it was.
type mix struct {
	population *population
	dialect    dialect
	id         []byte
	session    session
}

func (m *mix) next(dst []byte) ([]byte, operation, bool) {
	p := m.population
	draw := p.random.Uint64N(100)
	if draw >= 98 {
		return m.replace(dst)
	}
	key := p.key(p.pickAlive())
	m.id = appendID(m.id[:0], key)
	if draw < 82 {
		return m.dialect.load(dst, m.id), opLoad, true
	}
	m.session.fill(key)
	m.session.change(p.random.Uint64())
	return m.dialect.save(dst, m.id, &m.session), opSave, true
}

// replace destroys a session, or creates the one that takes the place of the last destroyed.
func (m *mix) replace(dst []byte) ([]byte, operation, bool) {
	p := m.population
	if p.dead < 0 {
		p.dead = p.pickAlive()
		m.id = appendID(m.id[:0], p.key(p.dead))
		return m.dialect.destroy(dst, m.id), opDestroy, true
	}
	slot := p.dead
	p.dead = -1
	p.generation[slot]++
	key := p.key(slot)
	m.id = appendID(m.id[:0], key)
	m.session.fill(key)
	return m.dialect.create(dst, m.id, &m.session), opCreate, true
}
