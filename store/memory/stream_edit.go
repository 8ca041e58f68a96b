package memory

import (
	"math/rand/v2"

	"sessd/store"
	"sessd/store/memory/tree"
)

// streamEntry is an entry of a stream.
type streamEntry struct {
	id    store.StreamID
	pairs [][]byte
}

// streamLength returns the number of entries.
func (p *entryRef) streamLength() int {
	switch {
	case p.ref == 0:
		return 0
	case isLarge(p.entry):
		return p.beginTree().Len()
	}
	return readStream(collectionBody(p.entry)).left
}

// streamHead returns what is known of a stream, zero where there is none.
func (p *entryRef) streamHead() streamHead {
	switch {
	case p.ref == 0:
		return streamHead{}
	case isLarge(p.entry):
		return headOfStream(collectionBody(p.entry)[rootSize:])
	}
	return readStream(collectionBody(p.entry)).head
}

// putStreamHead changes what is known of a large stream.
func (p *entryRef) putStreamHead(h *streamHead) {
	if p.recorder != nil {
		p.beginChange()
		defer p.endChange()
	}
	h.put(collectionBody(p.entry)[rootSize:])
}

// entriesBelow returns the number of entries with ids below one.
func (p *entryRef) entriesBelow(id store.StreamID) (n int) {
	if p.ref == 0 {
		return 0
	}
	if isLarge(p.entry) {
		n, _ = p.beginTree().Rank(streamKey(id))
		return n
	}
	for r := readStream(collectionBody(p.entry)); r.next() && r.id.Compare(id) < 0; {
		n++
	}
	return n
}

// entryAt returns the id of the i-th entry. There must be one.
func (p *entryRef) entryAt(i int) store.StreamID {
	if isLarge(p.entry) {
		k := p.beginTree().At(i).Key
		return streamIDOf(&k)
	}
	r := readStream(collectionBody(p.entry))
	for range i + 1 {
		r.next()
	}
	return r.id
}

// planTrim plans a trim of a stream that has added more than it holds now. It returns how many entries go, how many of
// them at once, and the first id that stays where others are left for later steps.
func (p *entryRef) planTrim(t *store.StreamTrim, added *streamEntry) (cut int, later store.StreamID) {
	if t.By == store.NoTrim {
		return 0, later
	}
	length, below := p.streamLength(), 0
	if t.By == store.ByID {
		below = p.entriesBelow(t.First)
	}
	all := length
	if added != nil {
		if all++; below == length && added.id.Compare(t.First) < 0 {
			below++
		}
	}
	cut = int(t.Count(int64(all), int64(below)))
	if cut == all || cut <= trimAtOnce {
		return cut, later
	}
	if cut < length {
		return trimAtOnce, p.entryAt(cut)
	}
	return trimAtOnce, added.id
}

// trimAtOnce is how many entries are removed from a large stream under one lock. All of them together are one tree.
const trimAtOnce = 512

// appendToStream appends an entry and trims the stream, whose later entries go in further steps up to the id later.
func (p *entryRef) appendToStream(a *store.StreamAppend) (id, later store.StreamID, short shortage, err error) {
	h := p.streamHead()
	if id, err = a.NextID(h.last, p.now); err != nil {
		return id, later, shortage{}, err
	}
	isNew := p.ref == 0
	h.last = id
	h.added++
	added := streamEntry{id, a.Pairs}
	cut, later := p.planTrim(&a.Trim, &added)
	if !isNew && isLarge(p.entry) {
		short, err = p.appendToLargeStream(&h, &added, cut)
	} else {
		short, err = p.appendToSmallStream(&h, &added, cut)
	}
	if err != nil {
		return id, later, short, err
	}
	if isNew {
		p.emit(store.EventNew)
	}
	p.useCollection()
	p.emit(store.EventXAdd)
	if cut > 0 {
		p.emit(store.EventXTrim)
	}
	return id, later, shortage{}, nil
}

// appendToSmallStream makes the entry a small stream with one more, or a large one where it is too long for that.
func (p *entryRef) appendToSmallStream(h *streamHead, added *streamEntry, cut int) (shortage, error) {
	size := len(added.pairs)
	for _, text := range added.pairs {
		size += len(text)
	}
	length := p.streamLength() + 1
	if limit := p.space.engine.smallBytes; length <= smallElements && size <= limit {
		begin := p.writeSmallStream(h, length-cut, func(i int, _ store.StreamID) bool { return i >= cut }, added, cut < length)
		if len(p.scratch)-begin <= limit {
			short, err := p.room(len(p.scratch), 0)
			if err == nil {
				p.commit()
			}
			return short, err
		}
	}
	return p.makeStreamLarge(h, added, cut)
}

// writeSmallStream writes a small stream of count entries into the scratch: those that keep chooses, and one more if
// adds. It returns where the body begins.
func (p *entryRef) writeSmallStream(h *streamHead, count int, keep func(i int, id store.StreamID) bool, added *streamEntry, adds bool) (begin int) {
	head := newCollection(tagStream, p.now)
	var r streamReader
	if p.ref != 0 {
		head = headOfCollection(p.entry)
		r = readStream(collectionBody(p.entry))
	}
	p.scratch = head.append(p.scratch[:0], p.key)
	begin = len(p.scratch)
	w := newStreamWriter(p.scratch, h, count)
	for i := 0; r.next(); i++ {
		if keep(i, r.id) {
			w.add(r.id, r.pairs)
		}
	}
	if adds {
		w.add(added.id, added.pairs)
	}
	p.scratch = w.dst
	return begin
}

// makeStreamLarge makes a small stream, or none, a large one with one more entry, and removes the first ones.
func (p *entryRef) makeStreamLarge(h *streamHead, added *streamEntry, cut int) (shortage, error) {
	head := newCollection(tagStream, p.now)
	var all []streamEntry
	if p.ref != 0 {
		head = headOfCollection(p.entry)
		for r := readStream(collectionBody(p.entry)); r.next(); { // the entry goes before the new one is filled
			all = append(all, streamEntry{r.id, clonePairs(r.pairs)})
		}
	}
	all = append(all, *added)[cut:]
	beside := make([]byte, streamHeadSize+2)
	h.put(beside)
	values := make([][]byte, len(all))
	for i := range all {
		number, fresh := nameList(beside, all[i].pairs)
		if fresh != nil {
			beside = appendNameList(nil, beside, fresh)
		}
		values[i] = appendEntry(nil, number, all[i].pairs)
	}
	head.beside = beside
	var d treeDemand
	return p.makeLarge(collectionKind{streamType{}}, head, func(d *treeDemand) {
		for i := range all {
			d.add(len(streamSeq(all[i].id.Seq)), len(values[i]))
		}
	}, &d, func(_ int, t *tree.Tree) {
		for i := range all {
			t.Set(streamKey(all[i].id), values[i])
		}
	})
}

// appendToLargeStream appends an entry to a large stream and removes the first ones.
func (p *entryRef) appendToLargeStream(h *streamHead, added *streamEntry, cut int) (shortage, error) {
	roots := rootsOf(p.entry)
	beside := collectionBody(p.entry)[rootSize:]
	number, fresh := nameList(beside, added.pairs)
	root, more := 0, int64(0)
	if p.scratch = p.scratch[:0]; fresh != nil { // the root becomes longer
		head := headOfCollection(p.entry)
		p.scratch = append(head.append(p.scratch, p.key), roots...)
		p.scratch = appendNameList(p.scratch, beside, fresh)
		root = len(p.scratch)
		more = p.need(root)
	}
	p.scratch = appendEntry(p.scratch, number, added.pairs)
	value := p.scratch[root:]
	t := p.beginTree()
	if cut > 0 && cut <= t.Len() {
		if err := p.reserveChange(t, cut+1); err != nil {
			return shortage{}, err
		}
	}
	d := treeDemand{limit: t.TextLimit()}
	k := streamKey(added.id)
	d.add(len(k.Name), len(value))
	if short, err := d.room(p, roots, more); err != nil {
		return short, err
	}
	if root > 0 {
		if err := p.reserve(root); err != nil {
			return shortage{}, err
		}
		p.place(root, func() { copy(p.entry, p.scratch[:root]) })
	}
	t = p.beginTree()
	t.Set(k, value)
	all := cut == t.Len()
	if !all {
		deleteFirst(t, cut)
	}
	p.endTree()
	if all {
		p.emptyStream()
	}
	p.putStreamHead(h)
	return shortage{}, nil
}

// deleteFirst removes the first n elements of a tree.
func deleteFirst(t *tree.Tree, n int) {
	for n > 0 {
		n -= t.DeleteSome(0, n)
	}
}

// emptyStream removes all entries of a large stream at once. Their nodes are freed in steps.
func (p *entryRef) emptyStream() {
	if p.recorder != nil {
		p.beginChange()
		defer p.endChange()
	}
	p.tally(p.entry, -1)
	root := rootsOf(p.entry)
	p.addOrphan(root)
	set64(root, rootToken, int64(rand.Uint64()))
	set32(root, rootNext, 0)
	set32(root, rootNodes, 0)
	t := tree.New(nil, tree.Log|p.space.engine.treeOrder)
	t.AppendTo(root[rootState:rootState])
	p.tally(p.entry, 1)
}

// removeFirst removes the first entries of a stream.
func (p *entryRef) removeFirst(cut int) error {
	if !isLarge(p.entry) {
		return p.removeFromSmallStream(p.streamHead(), cut, func(i int, _ store.StreamID) bool { return i >= cut })
	}
	t := p.beginTree()
	if cut == t.Len() {
		p.emptyStream()
		return nil
	}
	if err := p.reserveChange(t, cut); err != nil {
		return err
	}
	deleteFirst(t, cut)
	p.endTree()
	return nil
}

// removeFromSmallStream removes cut entries from a small stream, and keeps others.
func (p *entryRef) removeFromSmallStream(h streamHead, cut int, keep func(i int, id store.StreamID) bool) error {
	p.writeSmallStream(&h, p.streamLength()-cut, keep, nil, false)
	if err := p.reserve(len(p.scratch)); err != nil {
		return err
	}
	p.commit()
	return nil
}

// deleteEntries removes entries and returns how many there were.
func (p *entryRef) deleteEntries(ids []store.StreamID) (n int, err error) {
	h := p.streamHead()
	if isLarge(p.entry) {
		t := p.beginTree()
		if err := p.reserveChange(t, len(ids)); err != nil {
			return 0, err
		}
		for _, id := range ids {
			if t.Delete(streamKey(id)) {
				h.noteDeleted(id)
				n++
			}
		}
		p.endTree()
		if n > 0 {
			p.putStreamHead(&h)
		}
	} else {
		gone := make(map[store.StreamID]bool, len(ids))
		for _, id := range ids {
			gone[id] = true
		}
		for r := readStream(collectionBody(p.entry)); r.next(); {
			if gone[r.id] {
				h.noteDeleted(r.id)
				n++
			}
		}
		if n > 0 {
			if err := p.removeFromSmallStream(h, n, func(_ int, id store.StreamID) bool { return !gone[id] }); err != nil {
				return 0, err
			}
		}
	}
	if n > 0 {
		p.useCollection()
		p.emit(store.EventXDel)
	}
	return n, nil
}

func (h *streamHead) noteDeleted(id store.StreamID) {
	if id.Compare(h.deleted) > 0 {
		h.deleted = id
	}
}
