package main

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
	k.id = k.population.appendID(k.id[:0], k.population.key(slot))
	dst = append(dst, k.head...)
	return append(appendBulk(dst, k.id), k.tail...)
}

// atRandom asks for ids as they are drawn, for ever.
type atRandom struct{ keyed }

// newAtRandom sends the command for ids as the population draws them.
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

// newOverAll sends the command for each id of the population, dead or alive.
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

// transactions gives ids, as they are drawn, values and expiries, several in each transaction.
type transactions struct {
	set, expire *atRandom
	keys        int
}

func newTransactions(p *population, keys int, value string) *transactions {
	return &transactions{
		set:    newAtRandom(p, opMulti, command(3, "SET"), bulks(value)),
		expire: newAtRandom(p, opMulti, command(3, "EXPIRE"), bulks("600")),
		keys:   keys,
	}
}

func (t *transactions) next(dst []byte) ([]byte, operation, bool) {
	dst = append(dst, "*1\r\n$5\r\nMULTI\r\n"...)
	for range t.keys {
		slot := t.set.population.pickAlive()
		dst = t.set.request(dst, slot)
		dst = t.expire.request(dst, slot)
	}
	return append(dst, "*1\r\n$4\r\nEXEC\r\n"...), opMulti, true
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
	c.id = c.population.appendID(c.id[:0], key)
	c.session.fill(key)
	return c.dialect.create(dst, c.id, &c.session), opCreate, true
}

// remover destroys every session of the population, whether it is alive or not, but for each spare-th.
type remover struct {
	population *population
	dialect    dialect
	spare      int // 0: none is spared
	slot       int
	id         []byte
}

func (r *remover) next(dst []byte) ([]byte, operation, bool) {
	if r.spare > 0 && r.slot%r.spare == 0 {
		r.slot++
	}
	if r.slot >= r.population.size() {
		return dst, opClean, false
	}
	r.id = r.population.appendID(r.id[:0], r.population.key(r.slot))
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

// next draws the operation first and the session after it, so that all operations meet the same sessions.
func (m *mix) next(dst []byte) ([]byte, operation, bool) {
	p := m.population
	draw := p.random.Uint64N(100)
	if draw >= 98 {
		return m.replace(dst)
	}
	key := p.key(p.pickAlive())
	m.id = m.population.appendID(m.id[:0], key)
	if draw < 82 {
		return m.dialect.load(dst, m.id), opLoad, true
	}
	return m.save(dst, key)
}

// save saves the dirty fields of the session with a key, whose id is in m. What a blob must write besides is not kept but derived
// again.
func (m *mix) save(dst []byte, key uint64) ([]byte, operation, bool) {
	m.session.fill(key)
	m.session.change(m.population.random.Uint64())
	return m.dialect.save(dst, m.id, &m.session), opSave, true
}

// saver saves sessions as they are drawn, for ever.
type saver struct{ mix }

func (s *saver) next(dst []byte) ([]byte, operation, bool) {
	key := s.population.key(s.population.pickAlive())
	s.id = s.population.appendID(s.id[:0], key)
	return s.save(dst, key)
}

// replace destroys a session, or creates the one that takes the place of the last destroyed.
func (m *mix) replace(dst []byte) ([]byte, operation, bool) {
	p := m.population
	if p.dead < 0 {
		p.dead = p.pickAlive()
		m.id = p.appendID(m.id[:0], p.key(p.dead))
		return m.dialect.destroy(dst, m.id), opDestroy, true
	}
	slot := p.dead
	p.dead = -1
	p.generation[slot]++
	key := p.key(slot)
	m.id = m.population.appendID(m.id[:0], key)
	m.session.fill(key)
	return m.dialect.create(dst, m.id, &m.session), opCreate, true
}

// loader loads sessions as they are drawn, for ever.
type loader struct {
	population *population
	dialect    dialect
	id         []byte
}

func (l *loader) next(dst []byte) ([]byte, operation, bool) {
	l.id = l.population.appendID(l.id[:0], l.population.key(l.population.pickAlive()))
	return l.dialect.load(dst, l.id), opLoad, true
}
