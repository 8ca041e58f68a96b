package memory

import (
	"encoding/binary"
	"math"
	"slices"

	"sessd/store"
	"sessd/store/memory/tree"
)

// adopter is a type of collections whose small form uses the shard's tables.
type adopter interface {
	// adopt appends the body of a small one from that of a form, with the use of the tables.
	adopt(s *shard, body, dst []byte) ([]byte, error)
}

// packer is an adopter whose small form is another one in memory, with nothing of the shard's tables in it.
type packer interface {
	adopter
	// copyBody appends a small one's body as it lies in memory.
	copyBody(body, dst []byte) []byte
}

// put stores the entry of a form under a key, over anything.
func (r *restorer) put(p *entryRef, form []byte) (err error) {
	if len(form) == 0 || len(p.key) > math.MaxInt32 {
		return errForm
	}
	switch k := kindOf(form).(type) {
	case sessionKind:
		return p.putSession(form)
	case stringKind:
		if headOfForm(form) > len(form) || get32(form, stringKey) != 0 || get32(form, stringValue) != len(form)-headOfForm(form) {
			return errForm
		}
		p.scratch = k.appendTo(p.shard, p.key, form, p.scratch[:0])
	case collectionKind:
		if p.scratch, err = k.appendFrom(p, form, p.scratch[:0]); err != nil {
			return err
		}
	default:
		return errForm
	}
	return p.storeScratch()
}

// appendFrom appends the entry of a form under the key of p. A large one has no elements yet.
func (k collectionKind) appendFrom(p *entryRef, form, dst []byte) ([]byte, error) {
	from, at, _ := k.key(form)
	if at != from || at > len(form) {
		return dst, errForm
	}
	h, body := headOfCollection(form), form[at:]
	dst = h.append(dst, p.key)
	begin := len(dst)
	if isLarge(form) {
		if !k.takesBeside(body) {
			return dst, errForm
		}
		dst = append(k.appendRoots(dst, p.space.engine), body...)
		if isTimedHash(form) { // the deadlines follow
			dst = appendNoDeadline(dst[:len(dst)-firstDeadlineSize])
		}
		return dst, nil
	}
	if a, ok := k.collectionType.(adopter); ok {
		return a.adopt(p.shard, body, dst)
	}
	dst = k.collectionType.appendTo(p.shard, body, dst)
	if len(dst)-begin != len(body) || k.size(p.shard, dst[begin:]) != len(body) {
		return dst, errForm
	}
	return dst, nil
}

// restoreHead gives a large collection what a form has, and leaves it its trees.
func (p *entryRef) restoreHead(form []byte) error {
	if len(form) > 0 && isTimedHash(form) {
		if err := p.restoreTimed(); err != nil {
			return err
		}
	}
	if len(form) == 0 || form[0]&^flagExpires != p.entry[0]&^flagExpires || headOfForm(form) > len(form) {
		return errForm
	}
	h, beside := headOfCollection(form), form[headOfForm(form):]
	if !kindOf(form).(collectionKind).takesBeside(beside) {
		return errForm
	}
	p.scratch = append(h.append(p.scratch[:0], p.key), rootsOf(p.entry)...)
	p.scratch = append(p.scratch, beside...)
	if err := p.reserve(len(p.scratch)); err != nil {
		return err
	}
	p.commit()
	if isTimedHash(p.entry) { // of whose first deadline the form knows less
		p.beginTreeAt(1)
		p.endTree()
	}
	return nil
}

// adopt implements adopter.
func (hashType) adopt(s *shard, body, dst []byte) ([]byte, error) {
	b, err := s.adoptFields(body)
	if err != nil {
		return dst, err
	}
	return s.appendBag(b, false, dst), nil
}

// adoptFields returns the fields of the bag that the form of a hash has.
func (s *shard) adoptFields(body []byte) (*bag, error) {
	d := &s.editor
	d.bags, d.used = d.bags[:0], true
	r, err := readInline(body)
	if err != nil || len(r.component) > 0 || r.fields == 0 {
		return nil, errForm
	}
	b := d.addBag(nil)
	b.fields = slices.Grow(b.fields, r.fields)
	b.fields = r.appendTo(b.fields)
	if len(r.rest) > 0 {
		return nil, errForm
	}
	return b, nil
}

// readInline begins at a bag whose names are inline.
func readInline(body []byte) (bagReader, error) {
	if len(body) < 3 || binary.LittleEndian.Uint16(body) != shapeInline {
		return bagReader{}, errForm
	}
	b := (*shapeTable)(nil).read(body)
	if b.fields < 0 || b.fields > len(b.rest)/2 {
		return bagReader{}, errForm
	}
	return b, nil
}

// restoreUse says that a session was used at a time.
func (p *entryRef) restoreUse(at int64) error {
	if !p.is(tagSession) {
		return errRedoEntry
	}
	p.now = at
	return p.use(0)
}

// savedSession is a save as a record tells of it.
type savedSession struct {
	store.SaveOptions
	revision, accessed, idle int64
}

func readSave(r *redoReader) (s savedSession) {
	s.revision, s.accessed, s.idle = int64(r.uvarint()), r.int64(), int64(r.uvarint())
	more := r.uvarint()
	first := r.bag()
	s.Component, s.Unset, s.Fields = first.Component, first.Unset, first.Fields
	if more > uint64(len(r.rest)) {
		r.bad = true
	}
	for ; more > 0 && !r.bad; more-- {
		s.More = append(s.More, r.bag())
	}
	return s
}

// bag reads what is saved to a bag.
func (r *redoReader) bag() (c store.BagChange) {
	c.Component, c.Unset, c.Fields = r.bytes(), r.list(), r.list()
	r.bad = r.bad || len(c.Fields)%2 != 0
	return c
}

// list reads texts after their count.
func (r *redoReader) list() (all [][]byte) {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	if n > 0 {
		all = make([][]byte, n)
	}
	for i := range all {
		all[i] = r.bytes()
	}
	return all
}

// restoreSave saves a session.
func (p *entryRef) restoreSave(s *savedSession) error {
	if !p.is(tagSession) {
		return errRedoEntry
	}
	d := &p.editor
	d.load(p)
	d.apply(&s.SaveOptions, s.accessed)
	d.revision, d.accessed, d.timeouts.idle = s.revision, s.accessed, s.idle
	d.uninitialized, d.timeouts.uninitialized = false, 0
	return p.write(d)
}

// element applies what a record says of an element, unless the record is left out.
func (r *restorer) element(skips, same bool) error {
	in := &r.records
	change := in.byte()
	var k tree.Key
	var value []byte
	i, n := uint64(0), uint64(0)
	switch change & elementChange {
	case elementSet, elementDeleted:
		if change&elementPrefix != 0 {
			k.Prefix = uint64(in.int64())
		}
		if !same {
			r.name = in.bytes()
		}
		k.Name = r.name
		if change&elementValued != 0 {
			value = in.bytes()
		}
	case elementInserted, elementReplaced:
		i, value = in.uvarint(), in.bytes()
	case elementCut:
		i, n = in.uvarint(), in.uvarint()
	default:
		return errRedo
	}
	if in.bad {
		return errRedo
	}
	if skips {
		return nil
	}
	root := int(change & elementTree / elementTree)
	return r.change(func(p *entryRef) error { return p.restoreElement(change, root, k, value, i, n) })
}

// restoreElement changes an element of a tree.
func (p *entryRef) restoreElement(change byte, root int, k tree.Key, value []byte, i, n uint64) error {
	if p.ref != 0 && isLarge(p.entry) && root == 1 { // a snapshot may have the deadlines of a hash before the log has the first one
		if err := p.restoreTimed(); err != nil {
			return err
		}
	}
	if p.ref == 0 || !isLarge(p.entry) || root >= kindOf(p.entry).(collectionKind).orders().count() {
		return errRedoEntry
	}
	t := p.beginTreeAt(root)
	order, length := t.Order(), uint64(t.Len())
	named := change&elementChange <= elementDeleted
	if named != order.Named() || named && (change&elementPrefix != 0) != (order.Prefix() == 8) || length >= math.MaxUint32 {
		return errRedoEntry
	}
	if named && order.Prefix() != 8 {
		k.Prefix = p.fieldKey(k.Name).Prefix
	}
	if err := p.reserveElement(t, len(k.Name), len(value), int(min(n, length))); err != nil {
		return err
	}
	switch change & elementChange {
	case elementSet:
		t.Set(k, value)
	case elementDeleted:
		t.Delete(k)
	case elementInserted:
		if i > length {
			return errRedoEntry
		}
		t.InsertAt(int(i), value)
	case elementReplaced:
		if i >= length {
			return errRedoEntry
		}
		t.SetAt(int(i), value)
	case elementCut:
		if i > length || n > length-i {
			return errRedoEntry
		}
		for n > 0 {
			n -= uint64(t.DeleteSome(int(i), int(n)))
		}
	}
	p.endTree()
	return nil
}

// reserveElement obtains what an element, or removing some, takes.
func (p *entryRef) reserveElement(t *tree.Tree, name, value, removed int) error {
	d := treeDemand{limit: t.TextLimit()}
	d.add(name, value)
	d.count += removed
	need, nodes := t.NeedAll(d.count, d.bytes, d.name, d.value)
	return d.reserve(p.shard, need+need/16+int64(nodeSize*(nodes+len(d.long))), nodes)
}
