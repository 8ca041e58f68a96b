package memory

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"

	"sessd/store"
	"sessd/store/memory/tree"
)

// fieldsAtOnce is the number of fields that a scan, or a draw of very many, visits under one lock.
const fieldsAtOnce = 512

// ReadHash implements store.Hashes.
func (e *Engine) ReadHash(_ context.Context, op store.Op, key []byte, r store.HashRead, v store.HashVisitor) error {
	p, err := e.lockHash(op, key, 0)
	if err != nil {
		return err
	}
	defer p.unlock()
	if p.read() {
		p.useCollection()
	}
	v.Hash(p.fieldCount())
	switch {
	case r.Size:
	case r.Fields != nil:
		for _, name := range r.Fields {
			value, found := p.hashField(name)
			v.Field(name, value, found)
		}
	case p.ref != 0:
		p.eachField(func(name, value []byte) { v.Field(name, value, true) })
	}
	return nil
}

// eachField visits all fields of a hash.
func (p *entryRef) eachField(visit func(name, value []byte)) {
	if !isLarge(p.entry) {
		b := p.shapes.read(collectionBody(p.entry))
		for i := range b.fields {
			f := b.next(i)
			visit(f.name, f.value)
		}
		return
	}
	var c tree.Cursor
	for ok := c.SeekAt(p.beginTree(), 0); ok; ok = c.Next() {
		item := c.Item()
		visit(item.Name, item.Value)
	}
}

// ScanHash implements store.Hashes. A small hash is visited at once; the cursor in a large one is a hash of names.
func (e *Engine) ScanHash(_ context.Context, op store.Op, key []byte, cursor uint64, count int, visit func(name, value []byte)) (uint64, error) {
	for left := max(count, 1); ; left -= fieldsAtOnce {
		next, err := e.scanHash(op, key, cursor, min(left, fieldsAtOnce), visit)
		if err != nil || next == 0 || left <= fieldsAtOnce {
			return next, err
		}
		cursor = next
	}
}

func (e *Engine) scanHash(op store.Op, key []byte, cursor uint64, count int, visit func(name, value []byte)) (uint64, error) {
	p, err := e.lockHash(op, key, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	switch {
	case p.ref == 0:
		return 0, nil
	case !isLarge(p.entry):
		p.eachField(visit)
		return 0, nil
	}
	return p.beginTree().Scan(cursor, count, func(item tree.Item) { visit(item.Name, item.Value) }), nil
}

// RandomFields implements store.Hashes.
func (e *Engine) RandomFields(_ context.Context, op store.Op, key []byte, count int64, v store.HashVisitor) error {
	left, last, err := e.randomFields(op, key, max(count, -math.MaxInt64), v)
	for left > 0 && err == nil {
		var n int64
		if n, last, err = e.drawMore(op, key, left, last, v); n == 0 {
			break
		}
		left -= n
	}
	return err
}

// drawMore goes on drawing. Where the hash has gone meanwhile, the last field is drawn again.
func (e *Engine) drawMore(op store.Op, key []byte, left int64, last field, v store.HashVisitor) (int64, field, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return 0, last, err
	}
	defer p.unlock()
	if !p.isCollection(tagHash) {
		for range left {
			v.Field(last.name, last.value, true)
		}
		return left, last, nil
	}
	n, last := p.drawFields(left, v)
	return n, last, nil
}

// randomFields shows fields at random, with a negative count the first of many. It returns how many are left to be drawn,
// and a copy of one.
func (e *Engine) randomFields(op store.Op, key []byte, count int64, v store.HashVisitor) (left int64, last field, err error) {
	p, err := e.lockHash(op, key, 0)
	if err != nil {
		return 0, field{}, err
	}
	defer p.unlock()
	size := 0
	if p.read() {
		p.useCollection()
		size = p.fieldCount()
	}
	if count < 0 && size > 0 {
		v.Hash(int(-count))
		n, last := p.drawFields(-count, v)
		return -count - n, last, nil
	}
	n := int(min(count, int64(size)))
	v.Hash(max(n, 0))
	switch {
	case n <= 0:
	case n == size:
		p.eachField(func(name, value []byte) { v.Field(name, value, true) })
	case n > size/16 || !isLarge(p.entry):
		p.sampleFields(n, size, v)
	default:
		t, seen := p.beginTree(), make(map[int]bool, n)
		for len(seen) < n {
			if i := rand.IntN(size); !seen[i] {
				seen[i] = true
				item := t.At(i)
				v.Field(item.Name, item.Value, true)
			}
		}
	}
	return 0, field{}, nil
}

// sampleFields shows n of size fields, each as likely as any other, in one pass.
func (p *entryRef) sampleFields(n, size int, v store.HashVisitor) {
	p.eachField(func(name, value []byte) {
		if rand.IntN(size) < n {
			v.Field(name, value, true)
			n--
		}
		size--
	})
}

// drawFields shows fields of which each may be any, up to count and to fieldsAtOnce. It returns how many that were, and
// a copy of the last one.
func (p *entryRef) drawFields(count int64, v store.HashVisitor) (n int64, last field) {
	n = min(count, fieldsAtOnce)
	var small []field
	var t *tree.Tree
	size := p.fieldCount()
	if isLarge(p.entry) {
		t = p.beginTree()
	} else {
		p.eachField(func(name, value []byte) { small = append(small, field{name, value}) })
	}
	for range n {
		i := rand.IntN(size)
		if t != nil {
			item := t.At(i)
			last = field{item.Name, item.Value}
		} else {
			last = small[i]
		}
		v.Field(last.name, last.value, true)
	}
	if count > n {
		last = field{bytes.Clone(last.name), bytes.Clone(last.value)}
	}
	return n, last
}
