package memory

import (
	"context"

	"sessd/store"
)

// longText is a part of a long string that is copied in steps, of which each locks its shard. If the string has changed
// meanwhile, the copy is none.
type longText struct {
	shard    *shard
	changes  uint64 // of long strings in the shard, when it was found
	length   int    // of the whole
	from, to int
}

// copiedPerStep is how many bytes of a long string are copied under one lock.
const copiedPerStep = 128 << 10

// longText returns the part of a long string that a visitor wants, where it takes long to show that, or nil. ErrLong tells a
// caller that serves others too to come again.
func (p *entryRef) longText(ctx context.Context, v store.ValueVisitor) (*longText, error) {
	some, is := v.(store.PartVisitor)
	if !is || !p.is(tagString) || p.tx != nil || isAtOnce(ctx) {
		return nil, nil
	}
	t := &longText{shard: p.shard, changes: p.longChanges, length: len(stringText(p.entry))}
	t.from, t.to = some.Wants(t.length)
	switch {
	case t.to-t.from <= longBytes:
		return nil, nil
	case store.IsImmediate(ctx):
		return nil, store.ErrLong
	}
	p.read()
	p.useString()
	return t, nil
}

// showLong shows a part of a long string. After some tries in which it has changed, it is shown under its lock.
func (e *Engine) showLong(ctx context.Context, op store.Op, key []byte, v store.ValueVisitor, t *longText) error {
	for range tries {
		if part := e.copyLong(op, key, t); part != nil {
			v.(store.PartVisitor).Part(part, t.from, t.length)
			return nil
		}
		var p entryRef
		if err := p.lockIn(e, &op, key); err != nil {
			return err
		}
		t, _ = p.longText(ctx, v)
		p.unlock()
		if t == nil {
			break
		}
	}
	return e.GetString(atOnce{ctx}, op, key, v)
}

// copyLong returns a copy of a part of a long string, nil where that has changed.
func (e *Engine) copyLong(op store.Op, key []byte, t *longText) []byte {
	part := make([]byte, t.to-t.from)
	for done := 0; done < len(part); {
		n := e.eachOfLong(op, key, t, done, func(some []byte) { copy(part[done:], some) })
		if n == 0 {
			return nil
		}
		done += n
		giveWay()
	}
	return part
}

// isOf reports whether the entry is that string, and has not changed.
func (t *longText) isOf(p *entryRef) bool {
	return p.shard == t.shard && p.longChanges == t.changes && p.is(tagString)
}

// eachOfLong shows some bytes of the part behind done ones, while they are locked, and returns how many; 0 where the string has
// changed.
func (e *Engine) eachOfLong(op store.Op, key []byte, t *longText, done int, visit func(some []byte)) int {
	var p entryRef
	if err := p.lockIn(e, &op, key); err != nil {
		return 0
	}
	defer p.unlock()
	if !t.isOf(&p) {
		return 0
	}
	from := t.from + done
	to := min(t.to, from+copiedPerStep)
	visit(stringText(p.entry)[from:to])
	return to - from
}
