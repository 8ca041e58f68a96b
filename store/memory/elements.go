package memory

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"

	"sessd/store"
	"sessd/store/memory/tree"
)

// elementsAtOnce is the number of elements that a scan, or a draw of very many, visits under one lock.
const elementsAtOnce = 512

// elementType is a type of collections whose elements have names.
type elementType interface {
	collectionType
	// count returns the number of elements of a small one.
	count(s *shard, body []byte) int
	// each visits the elements of a small one. The value is nil where elements have none.
	each(s *shard, body []byte, visit func(name, value []byte))
	// byName returns which tree of a large one finds elements by name.
	byName() int
}

// elementVisitor is shown elements: first how many they are.
type elementVisitor interface {
	begin(count int)
	element(name, value []byte)
}

// element is an element of a collection.
type element struct{ name, value []byte }

// lockCollection locks the shard of a key, which must not hold an entry of another type.
func (e *Engine) lockCollection(op store.Op, key []byte, first byte, claimed int64) (p entryRef, err error) {
	err = p.lockCollection(e, &op, key, first, claimed)
	return p, err
}

// lockCollection is Engine.lockCollection into p.
func (p *entryRef) lockCollection(e *Engine, op *store.Op, key []byte, first byte, claimed int64) error {
	if err := p.lockInWith(e, op, key, claimed); err != nil {
		return err
	}
	if p.ref != 0 && !p.isCollection(first) {
		p.unlock()
		return store.ErrWrongType
	}
	return nil
}

// elementsOf returns the type of a collection whose elements have names.
func elementsOf(entry []byte) elementType {
	return kindOf(entry).(collectionKind).collectionType.(elementType)
}

// beginElements is beginTree for the tree that finds elements by name.
func (p *entryRef) beginElements() *tree.Tree { return p.beginTreeAt(elementsOf(p.entry).byName()) }

// elementCount returns the number of elements of a collection.
func (p *entryRef) elementCount() int {
	switch {
	case p.ref == 0:
		return 0
	case isLarge(p.entry):
		return largeCount(p.entry)
	}
	return elementsOf(p.entry).count(p.shard, collectionBody(p.entry))
}

// eachElement visits all elements of a collection.
func (p *entryRef) eachElement(visit func(name, value []byte)) {
	if !isLarge(p.entry) {
		elementsOf(p.entry).each(p.shard, collectionBody(p.entry), visit)
		return
	}
	var c tree.Cursor
	for ok := c.SeekAt(p.beginElements(), 0); ok; ok = c.Next() {
		item := c.Item()
		visit(item.Name, item.Value)
	}
}

// scanElements visits about count elements in steps. A small collection is visited at once; the cursor in a large one is
// a hash of names.
func (e *Engine) scanElements(op store.Op, key []byte, first byte, cursor uint64, count int, visit func(name, value []byte)) (uint64, error) {
	if count <= elementsAtOnce {
		return e.scanSome(op, key, first, cursor, max(count, 1), visit)
	}
	for some, left := (elementBatch{}), count; ; left -= elementsAtOnce { // who collects very many grows what has them, with nothing locked
		next, err := e.scanSome(op, key, first, cursor, min(left, elementsAtOnce), some.add)
		some.visit(visit)
		if err != nil || next == 0 || left <= elementsAtOnce {
			return next, err
		}
		cursor = next
		giveWayBeside(op)
	}
}

// elementBatch is copies of the elements that one step has met.
type elementBatch struct {
	text []byte
	ends []int // of each name and each value in text
}

func (b *elementBatch) add(name, value []byte) {
	b.text = append(b.text, name...)
	b.ends = append(b.ends, len(b.text))
	b.text = append(b.text, value...)
	b.ends = append(b.ends, len(b.text))
}

// visit visits the elements, and empties the batch.
func (b *elementBatch) visit(visit func(name, value []byte)) {
	from := 0
	for i := 0; i < len(b.ends); i += 2 {
		middle, end := b.ends[i], b.ends[i+1]
		visit(b.text[from:middle:middle], b.text[middle:end:end])
		from = end
	}
	b.text, b.ends = b.text[:0], b.ends[:0]
}

func (e *Engine) scanSome(op store.Op, key []byte, first byte, cursor uint64, count int, visit func(name, value []byte)) (uint64, error) {
	p, err := e.lockCollection(op, key, first, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	switch {
	case p.ref == 0:
		return 0, nil
	case !isLarge(p.entry):
		p.eachElement(visit)
		return 0, nil
	}
	return p.beginElements().Scan(cursor, count, func(item tree.Item) { visit(item.Name, item.Value) }), nil
}

// randomElements shows up to count different elements, or with a negative count so many of which each may be any.
func (e *Engine) randomElements(ctx context.Context, op store.Op, key []byte, first byte, count int64, v elementVisitor) error {
	left, last, all, err := e.randomSome(ctx, op, key, first, max(count, -math.MaxInt64), v)
	if all != nil {
		all.sample(count, v)
	}
	for left > 0 && err == nil {
		var n int64
		if n, last, err = e.drawMore(op, key, first, left, last, v); n == 0 {
			break
		}
		left -= n
	}
	return err
}

// drawMore goes on drawing. Where the collection has gone meanwhile, the last element is drawn again.
func (e *Engine) drawMore(op store.Op, key []byte, first byte, left int64, last element, v elementVisitor) (int64, element, error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return 0, last, err
	}
	defer p.unlock()
	if !p.isCollection(first) {
		for range left {
			v.element(last.name, last.value)
		}
		return left, last, nil
	}
	n, last := p.draw(left, v)
	return n, last, nil
}

// randomSome shows elements at random, with a negative count the first of many. It returns how many are left to be drawn,
// and a copy of one; or the view that is still to be drawn from.
func (e *Engine) randomSome(ctx context.Context, op store.Op, key []byte, first byte, count int64, v elementVisitor) (left int64, last element, all *view, err error) {
	p, err := e.lockCollection(op, key, first, 0)
	if err != nil {
		return 0, element{}, nil, err
	}
	defer p.unlock()
	size := p.elementCount()
	n := int(min(count, int64(size)))
	if n > min(size/16, p.space.engine.longElements) && isLarge(p.entry) {
		if all, err = p.viewLong(ctx, elementsOf(p.entry).byName(), size); err != nil {
			return 0, element{}, nil, err
		}
	}
	if p.read() {
		p.useCollection()
	}
	if count < 0 && size > 0 {
		v.begin(int(-count))
		n, last := p.draw(-count, v)
		return -count - n, last, nil, nil
	}
	v.begin(max(n, 0))
	switch {
	case n <= 0 || all != nil:
	case n == size:
		p.eachElement(v.element)
	case n > size/16 || !isLarge(p.entry):
		p.sample(n, size, v)
	default:
		t, seen := p.beginElements(), make(map[int]bool, n)
		for len(seen) < n {
			if i := rand.IntN(size); !seen[i] {
				seen[i] = true
				item := t.At(i)
				v.element(item.Name, item.Value)
			}
		}
	}
	return 0, element{}, all, nil
}

// sample shows n elements of a view, which it closes, each as likely as any other.
func (v *view) sample(count int64, to elementVisitor) {
	size := v.size()
	n := int(min(count, int64(size)))
	v.showAll(func(name, value []byte) {
		if rand.IntN(size) < n {
			to.element(name, value)
			n--
		}
		size--
	})
}

// sample shows n of size elements, each as likely as any other, in one pass.
func (p *entryRef) sample(n, size int, v elementVisitor) {
	p.eachElement(func(name, value []byte) {
		if rand.IntN(size) < n {
			v.element(name, value)
			n--
		}
		size--
	})
}

// draw shows elements of which each may be any, up to count and to elementsAtOnce. It returns how many that were, and
// a copy of the last one.
func (p *entryRef) draw(count int64, v elementVisitor) (n int64, last element) {
	n = min(count, elementsAtOnce)
	var small []element
	var t *tree.Tree
	size := p.elementCount()
	if isLarge(p.entry) {
		t = p.beginElements()
	} else {
		p.eachElement(func(name, value []byte) { small = append(small, element{name, value}) })
	}
	for range n {
		i := rand.IntN(size)
		if t != nil {
			item := t.At(i)
			last = element{item.Name, item.Value}
		} else {
			last = small[i]
		}
		v.element(last.name, last.value)
	}
	if count > n {
		last = element{bytes.Clone(last.name), bytes.Clone(last.value)}
	}
	return n, last
}
