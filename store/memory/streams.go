package memory

import (
	"context"
	"math"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// AppendToStream implements store.Streams.
func (e *Engine) AppendToStream(_ context.Context, op store.Op, key []byte, a store.StreamAppend) (store.StreamID, bool, error) {
	type appended struct {
		id, later store.StreamID
		done      bool
	}
	r, err := withRoom(e, &op, func(claimed int64) (r appended, short shortage, err error) {
		p, err := e.lockCollection(op, key, tagStream, claimed)
		if err != nil {
			return r, shortage{}, err
		}
		defer p.unlock()
		if p.ref == 0 && a.IfPresent {
			return r, shortage{}, nil
		}
		r.id, r.later, short, err = p.appendToStream(&a)
		r.done = err == nil
		return r, short, err
	})
	if err == nil && !r.later.IsZero() {
		_, err = e.trimBelow(op, key, r.later)
	}
	return r.id, r.done, err
}

// TrimStream implements store.Streams.
func (e *Engine) TrimStream(_ context.Context, op store.Op, key []byte, t store.StreamTrim) (int, error) {
	n, later, err := e.trimOnce(op, key, func(p *entryRef) (int, store.StreamID) { return p.planTrim(&t, nil) })
	if err != nil || later.IsZero() {
		return n, err
	}
	rest, err := e.trimBelow(op, key, later)
	return n + rest, err
}

// trimBelow removes the entries below an id in steps.
func (e *Engine) trimBelow(op store.Op, key []byte, first store.StreamID) (all int, err error) {
	t := store.StreamTrim{By: store.ByID, First: first}
	for later := first; !later.IsZero(); {
		var n int
		n, later, err = e.trimOnce(op, key, func(p *entryRef) (int, store.StreamID) { return p.planTrim(&t, nil) })
		if all += n; err != nil {
			return all, err
		}
	}
	return all, nil
}

// trimOnce removes the first entries of a stream, if there is one, as far as plan says.
func (e *Engine) trimOnce(op store.Op, key []byte, plan func(*entryRef) (int, store.StreamID)) (cut int, later store.StreamID, err error) {
	p, err := e.lockCollection(op, key, tagStream, 0)
	if err != nil {
		return 0, later, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, later, nil
	}
	if cut, later = plan(&p); cut == 0 {
		return 0, later, nil
	}
	if err := p.removeFirst(cut); err != nil {
		return 0, later, err
	}
	p.useCollection()
	p.emit(store.EventXTrim)
	return cut, later, nil
}

// deleteAtOnce is how many entries are removed by their ids under one lock.
const deleteAtOnce = 128

// DeleteEntries implements store.Streams.
func (e *Engine) DeleteEntries(_ context.Context, op store.Op, key []byte, ids []store.StreamID) (all int, err error) {
	for begin := true; begin || len(ids) > 0; begin = false {
		n := min(len(ids), deleteAtOnce)
		deleted, err := e.deleteSome(op, key, ids[:n])
		if all += deleted; err != nil {
			return all, err
		}
		ids = ids[n:]
	}
	return all, nil
}

func (e *Engine) deleteSome(op store.Op, key []byte, ids []store.StreamID) (int, error) {
	p, err := e.lockCollection(op, key, tagStream, 0)
	if err != nil {
		return 0, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return 0, nil
	}
	return p.deleteEntries(ids)
}

// StreamInfo implements store.Streams.
func (e *Engine) StreamInfo(_ context.Context, op store.Op, key []byte) (i store.StreamInfo, found bool, err error) {
	p, err := e.lockCollection(op, key, tagStream, 0)
	if err != nil {
		return i, false, err
	}
	defer p.unlock()
	if !p.read() {
		return i, false, nil
	}
	p.useCollection()
	return p.streamInfo(), true, nil
}

func (p *entryRef) streamInfo() store.StreamInfo {
	h := p.streamHead()
	i := store.StreamInfo{Length: p.streamLength(), Last: h.last, MaxDeleted: h.deleted, Added: h.added}
	if i.Length > 0 {
		i.First, i.Nodes = p.entryAt(0), 1
		if isLarge(p.entry) {
			i.Nodes = get32(rootsOf(p.entry), rootNodes)
		}
	}
	return i
}

// SetStream implements store.Streams.
func (e *Engine) SetStream(_ context.Context, op store.Op, key []byte, m store.StreamMark) (found bool, err error) {
	_, err = withRoom(e, &op, func(claimed int64) (struct{}, shortage, error) {
		p, err := e.lockCollection(op, key, tagStream, claimed)
		if err != nil {
			return struct{}{}, shortage{}, err
		}
		defer p.unlock()
		if found = p.ref != 0; !found {
			return struct{}{}, shortage{}, nil
		}
		short, err := p.setStream(&m)
		return struct{}{}, short, err
	})
	return found, err
}

func (p *entryRef) setStream(m *store.StreamMark) (shortage, error) {
	i, top := p.streamInfo(), store.StreamID{}
	if i.Length > 0 {
		top = p.entryAt(i.Length - 1)
	}
	if err := m.Check(&i, top); err != nil {
		return shortage{}, err
	}
	m.Set(&i)
	h := streamHead{i.Last, i.MaxDeleted, i.Added}
	if isLarge(p.entry) {
		p.putStreamHead(&h)
	} else {
		p.writeSmallStream(&h, i.Length, func(int, store.StreamID) bool { return true }, nil, false)
		if short, err := p.room(len(p.scratch), 0); err != nil {
			return short, err
		}
		p.commit()
	}
	p.useCollection()
	p.emit(store.EventXSetID)
	return shortage{}, nil
}

// streamRound is a range that is shown in steps.
type streamRound struct {
	store.StreamRange
	left  int   // entries that are to be shown; -1: it has not begun
	token int64 // of the large stream
}

// RangeStream implements store.Streams. A large stream is shown in steps, and once more at once where it has changed meanwhile.
func (e *Engine) RangeStream(ctx context.Context, op store.Op, key []byte, r store.StreamRange, v store.StreamVisitor) error {
	round := streamRound{StreamRange: r, left: -1}
	for atOnce := elementsAtOnce; round.left != 0; {
		same, err := e.rangeSome(ctx, op, key, &round, atOnce, v)
		if err != nil {
			return err
		}
		if round.left > 0 && !store.IsImmediate(ctx) && op.Tx == nil {
			giveWay()
		}
		if !same {
			round, atOnce = streamRound{StreamRange: r, left: -1}, math.MaxInt
		}
	}
	return nil
}

// rangeSome shows some entries. It returns false where those that are left have changed.
func (e *Engine) rangeSome(ctx context.Context, op store.Op, key []byte, r *streamRound, atOnce int, v store.StreamVisitor) (same bool, err error) {
	begins := r.left < 0
	p, err := e.lockCollection(op, key, tagStream, 0)
	if err != nil {
		return false, err
	}
	defer p.unlock()
	from, to, token := p.streamSpan(&r.StreamRange)
	if begins && to-from > e.longElements && p.tx == nil && store.IsImmediate(ctx) {
		return false, store.ErrLong
	}
	if begins && p.read() {
		p.useCollection()
	}
	if begins {
		if r.left, r.token = to-from, token; r.left > 0 {
			r.First, r.Last, r.Count = p.entryAt(from), p.entryAt(to-1), 0
		}
		v.Entries(r.left)
	} else if to-from != r.left || token != r.token {
		return false, nil
	}
	n := min(r.left, atOnce)
	if n == 0 {
		return true, nil
	}
	if r.FromEnd {
		from = to - n
	}
	last := p.showEntries(from, n, r.FromEnd, v)
	if r.left -= n; r.left > 0 && r.FromEnd {
		r.Last, _ = last.Prev()
	} else if r.left > 0 {
		r.First, _ = last.Next()
	}
	return true, nil
}

// streamSpan returns the places of the entries of a range, and the token of a large stream.
func (p *entryRef) streamSpan(r *store.StreamRange) (from, to int, token int64) {
	if p.ref == 0 || r.First.Compare(r.Last) > 0 {
		return 0, 0, 0
	}
	if isLarge(p.entry) {
		token = get64(rootsOf(p.entry), rootToken)
	}
	from, to = p.entriesBelow(r.First), p.streamLength()
	if next, ok := r.Last.Next(); ok {
		to = p.entriesBelow(next)
	}
	if r.Count > 0 && int64(to-from) > r.Count {
		if r.FromEnd {
			from = to - int(r.Count)
		} else {
			to = from + int(r.Count)
		}
	}
	return from, to, token
}

// showEntries shows n entries from one on, and returns the id of the one that was shown last.
func (p *entryRef) showEntries(from, n int, fromEnd bool, v store.StreamVisitor) (last store.StreamID) {
	if !isLarge(p.entry) {
		return p.showSmallStream(from, n, fromEnd, v)
	}
	d := entryDecoder{beside: collectionBody(p.entry)[rootSize:]}
	var c tree.Cursor
	step, at := c.Next, from
	if fromEnd {
		step, at = c.Prev, from+n-1
	}
	c.SeekAt(p.beginTree(), at)
	for range n {
		id, pairs := d.decode(c.Item())
		v.Entry(id, pairs)
		last = id
		step()
	}
	return last
}

func (p *entryRef) showSmallStream(from, n int, fromEnd bool, v store.StreamVisitor) (last store.StreamID) {
	var all []streamEntry
	r := readStream(collectionBody(p.entry))
	for i := 0; i < from+n && r.next(); i++ {
		switch {
		case i < from:
		case fromEnd:
			all = append(all, streamEntry{r.id, slices.Clone(r.pairs)})
		default:
			v.Entry(r.id, r.pairs)
			last = r.id
		}
	}
	for _, entry := range slices.Backward(all) {
		v.Entry(entry.id, entry.pairs)
		last = entry.id
	}
	return last
}
