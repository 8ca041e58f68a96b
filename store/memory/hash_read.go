package memory

import (
	"context"

	"sessd/store"
)

// ReadHash implements store.Hashes.
func (e *Engine) ReadHash(ctx context.Context, op store.Op, key []byte, r store.HashRead, v store.HashVisitor) error {
	all, err := e.readHash(ctx, op, key, &r, v)
	switch {
	case all == nil:
	case r.Fields != nil:
		all.lookUp(r.Fields, v.Field)
	default:
		all.showAll(func(name, value []byte) { v.Field(name, value, true) })
	}
	return err
}

// readHash shows a hash, or returns the view in which its fields are still to be shown.
func (e *Engine) readHash(ctx context.Context, op store.Op, key []byte, r *store.HashRead, v store.HashVisitor) (all *view, err error) {
	var p entryRef
	if err = p.lockCollection(e, &op, key, tagHash, 0); err != nil {
		return nil, err
	}
	defer p.unlock()
	size := p.elementCount()
	switch {
	case r.Size:
	case r.Fields != nil:
		all, err = p.viewNames(ctx, 0, len(r.Fields))
	default:
		all, err = p.viewLong(ctx, 0, size)
	}
	if err != nil {
		return nil, err
	}
	if p.read() {
		p.useCollection()
	}
	v.Hash(size)
	switch {
	case r.Size || all != nil:
	case r.Fields != nil:
		for _, name := range r.Fields {
			value, found := p.hashField(name)
			v.Field(name, value, found)
		}
	case p.ref != 0 && isLarge(p.entry):
		p.eachElement(func(name, value []byte) { v.Field(name, value, true) })
	case p.ref != 0:
		b := p.shapes.read(hashBag(p.entry)) // a function for each would be an allocation
		for i := range b.fields {
			name, value := b.next(i)
			v.Field(name, value, true)
		}
	}
	return all, nil
}

func (hashType) byName() int { return 0 }

func (hashType) count(s *shard, body []byte) int { return s.shapes.read(body).fields }

func (hashType) each(s *shard, body []byte, visit func(name, value []byte)) {
	b := s.shapes.read(body)
	for i := range b.fields {
		visit(b.next(i))
	}
}

// ScanHash implements store.Hashes.
func (e *Engine) ScanHash(_ context.Context, op store.Op, key []byte, cursor uint64, count int, visit func(name, value []byte)) (uint64, error) {
	return e.scanElements(op, key, tagHash, cursor, count, visit)
}

// RandomFields implements store.Hashes.
func (e *Engine) RandomFields(ctx context.Context, op store.Op, key []byte, count int64, v store.HashVisitor) error {
	return e.randomElements(ctx, op, key, tagHash, count, fieldVisitor{v})
}

// fieldVisitor shows elements as fields.
type fieldVisitor struct{ store.HashVisitor }

func (v fieldVisitor) begin(count int)            { v.Hash(count) }
func (v fieldVisitor) element(name, value []byte) { v.Field(name, value, true) }
