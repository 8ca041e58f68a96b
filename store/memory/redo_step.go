package memory

import (
	"encoding/binary"

	"sessd/store"
)

// tellFlush tells that the keyspace is empty, which ends a walk there: all that comes later is in the log.
func (s *shard) tellFlush() {
	if s.recorder == nil {
		return
	}
	for i := range s.space.shards {
		s.space.shards[i].endWalk()
	}
	s.redo.beginPart(redoFlush, s, nil, false)
}

// tellCondemned tells that the many sessions of a principal were destroyed but for one. Every shard is locked. A walk
// leaves those that come later to the log.
func (k *keyspace) tellCondemned(principal, spared []byte) {
	first := &k.shards[0]
	if first.recorder == nil {
		return
	}
	for i := range k.shards {
		if w := k.shards[i].walk; w != nil {
			if w.condemned[k.number] == nil {
				w.condemned[k.number] = map[string]bool{}
			}
			w.condemned[k.number][string(principal)] = true
			break
		}
	}
	r := first.redo
	r.beginPart(redoCondemn, first, principal, false)
	if spared == nil {
		r.byte(0)
		return
	}
	r.byte(1)
	r.bytes(spared)
}

// tell tells of a transfer whose entry is at its target and still in its place. What moves is not told of when it leaves.
func (t *transfer) tell() {
	if t.to.recorder == nil {
		return
	}
	from, to := t.from.standing(), t.to.standing()
	if from != to || from == standsPart {
		t.to.tellWhole()
		return
	}
	r := t.from.tell(redoTransfer)
	var moves byte
	if t.moves {
		moves = 1
		t.from.tellOfNext()
	}
	r.byte(moves)
	r.uvarint(uint64(t.to.space.number))
	r.bytes(t.to.key)
}

// tellMoved tells of a session that has come from another id, where it still is.
func (p *entryRef) tellMoved(from *entryRef) {
	if p.recorder == nil {
		return
	}
	if from.standing() != p.standing() {
		p.tellWhole()
		return
	}
	r := p.redo
	r.base, r.form = from.appendForm(r.base[:0]), p.appendForm(r.form[:0])
	of := binary.AppendUvarint(nil, uint64(from.space.number))
	p.tellDelta(redoDeltaOf, appendBytes(of, from.key), false)
}

// tellAlias tells of an alias that begins, which is placed next.
func (p *entryRef) tellAlias(token uint64, alias oldID, id []byte) {
	if p.recorder != nil {
		p.tellOfNext()
		p.tell(redoAlias).alias(token, alias, p.now, id)
	}
}

// tellSave tells of a session that was saved.
func (p *entryRef) tellSave(c *store.SaveOptions) {
	r, h := p.tell(redoSave), p.readHead(p.entry)
	r.uvarint(uint64(h.revision))
	r.int64(h.accessed)
	r.uvarint(uint64(h.timeouts.idle))
	r.uvarint(uint64(len(c.More)))
	r.bag(&store.BagChange{Component: c.Component, Unset: c.Unset, Fields: c.Fields})
	for i := range c.More {
		r.bag(&c.More[i])
	}
}

// bag adds what a record of a save has of a bag.
func (r *redo) bag(c *store.BagChange) {
	r.bytes(c.Component)
	r.list(c.Unset)
	r.list(c.Fields)
}

// list adds texts after their count.
func (r *redo) list(all [][]byte) {
	r.uvarint(uint64(len(all)))
	for _, text := range all {
		r.bytes(text)
	}
}
