package main

import (
	"bytes"
	"context"
	"math"
)

const (
	minData = 50
	maxData = 5 << 10
	// passerByTimeout is the idle timeout in milliseconds of the sessions that churn never uses again.
	passerByTimeout = 500
	// passerByBit marks the generations of passers-by, so that their ids never meet those of the slots.
	passerByBit = 1 << 23
)

// sized makes requests for sessions with one field whose size is drawn between minData and maxData, evenly on
// a logarithmic scale.
type sized struct {
	population *population
	dialect    dialect
	timeout    int64
	id, data   []byte
}

// newSized shares the sizes of the population, so that each phase goes on where the last one ended.
func newSized(p *population, d dialect, timeout int64) *sized {
	if p.sizes == nil {
		p.sizes = make([]uint16, p.size())
	}
	return &sized{population: p, dialect: d, timeout: timeout, data: bytes.Repeat([]byte("0123456789abcdef"), maxData/16)}
}

// draw returns data of a random size that no other session has.
func (s *sized) draw() []byte {
	size := int(minData * math.Pow(maxData/minData, s.population.random.Float64()))
	// A server that stores equal values once must not win by it.
	putDecimal(s.data[:20], s.population.random.Uint64())
	return s.data[:size]
}

// create makes the session of the slot, with data of a new size.
func (s *sized) create(dst []byte, slot int) []byte {
	data := s.draw()
	s.population.sizes[slot] = uint16(len(data))
	s.id = s.population.appendID(s.id[:0], s.population.key(slot))
	return s.dialect.createData(dst, s.id, data, s.timeout)
}

// sizedCreator creates every session of the population once.
type sizedCreator struct {
	*sized
	slot int
}

func (c *sizedCreator) next(dst []byte) ([]byte, operation, bool) {
	if c.slot == c.population.size() {
		return dst, opCreate, false
	}
	c.slot++
	return c.create(dst, c.slot-1), opCreate, true
}

// churn loads 20 %, saves 50 % with another size, destroys and creates anew 20 %, and leaves 10 % new
// sessions to expire.
type churn struct{ *sized }

// next keeps at most one slot dead at a time, as mix does, so the live set stays as large as it was.
func (c *churn) next(dst []byte) ([]byte, operation, bool) {
	p := c.population
	draw := p.random.Uint64N(100)
	if draw >= 80 && p.dead >= 0 {
		slot := p.dead
		p.dead = -1
		p.generation[slot]++
		return c.create(dst, slot), opCreate, true
	}
	if draw >= 70 && draw < 80 {
		p.passersBy++
		c.id = p.appendID(c.id[:0], p.keyOf(0, passerByBit|p.passersBy))
		return c.dialect.createData(dst, c.id, c.draw(), passerByTimeout), opCreate, true
	}
	slot := p.pickAlive()
	c.id = p.appendID(c.id[:0], p.key(slot))
	switch {
	case draw < 20:
		return c.dialect.load(dst, c.id), opLoad, true
	case draw < 70:
		data := c.draw()
		p.sizes[slot] = uint16(len(data))
		return c.dialect.saveData(dst, c.id, data), opSave, true
	}
	p.dead, p.sizes[slot] = slot, 0
	return c.dialect.destroy(dst, c.id), opDestroy, true
}

// liveBytes is how many bytes of ids, names and values the live sessions have.
func (p *population) liveBytes() (n int64) {
	for slot, size := range p.sizes {
		if slot != p.dead {
			n += int64(idLength + len("data") + int(size))
		}
	}
	return n
}

// churn measures the workload of that name in quarters, and waits until what is left has expired. It compares the
// server's resident memory with the bytes that are alive.
func (r *run) churn(ctx context.Context, res *result, before int64, p plan) error {
	// Throughput that falls is not seen in a mean, so the time is cut in four.
	p.quarter(r.options)
	meter, err := r.startMeter()
	if err != nil {
		return err
	}
	all := newTally(p.interval > 0)
	var quarters []float64
	for range 4 {
		t, err := r.phase(ctx, "churn", r.workload.measure, p)
		if err != nil {
			return err
		}
		all.add(t)
		quarters = append(quarters, float64(t.done)/t.elapsed.Seconds())
		all.elapsed += t.elapsed
	}
	res.measured(&all)
	if err := meter.stop(res, all.done); err != nil {
		return err
	}
	after, err := r.residentAfter(ctx, r.options.settle)
	if err != nil {
		return err
	}
	res.Memory = newMemory(before, after, int64(r.options.sessions))
	m := res.Memory
	for c := range r.options.connections {
		m.LiveBytes += r.workload.own(c).liveBytes()
	}
	m.PerLiveByte = float64(after-before) / float64(m.LiveBytes)
	m.Quarters, m.LastToFirst = quarters, quarters[3]/quarters[0]
	return nil
}
