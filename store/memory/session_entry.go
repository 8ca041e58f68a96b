package memory

import (
	"bytes"
	"encoding/binary"
	"slices"

	"sessd/store"
)

// head is the header of a session.
type head struct {
	uses              uint8
	uninitialized     bool
	revision          int64
	created, accessed int64
	timeouts          timeouts
}

// readHead reads the header of a session.
func (s *shard) readHead(entry []byte) head {
	if !flagged(entry, flagWide) {
		return head{
			entry[narrowUses], flagged(entry, flagUninitialized), revisionOf(entry),
			get48(entry, narrowCreated), get48(entry, narrowAccessed), s.timeouts.list[entry[narrowTimeouts]],
		}
	}
	return head{
		entry[wideUses], flagged(entry, flagUninitialized), get64(entry, wideRevision),
		get64(entry, wideCreated), get64(entry, wideAccessed),
		timeouts{get64(entry, wideIdle), get64(entry, wideAbsolute), get64(entry, wideUninitialized), get64(entry, wideRenew)},
	}
}

// expires returns when a session expires, or store.Never.
func (h *head) expires() int64 {
	at := store.Never
	end := func(from, d int64) {
		if t := after(from, d); d > 0 && (at == store.Never || t < at) {
			at = t
		}
	}
	end(h.accessed, h.timeouts.idle)
	end(h.created, h.timeouts.absolute)
	if h.uninitialized {
		end(h.created, h.timeouts.uninitialized)
	}
	return at
}

// renewAt returns when a session is due for another id, or store.Never.
func (h *head) renewAt(x extras) int64 {
	switch {
	case h.timeouts.renew == 0:
		return store.Never
	case x.renewed != 0:
		return after(x.renewed, h.timeouts.renew)
	}
	return after(h.created, h.timeouts.renew)
}

// append appends the header and the id as they lie in an entry.
func (h *head) append(to, id []byte, flags byte, t *timeoutTable) []byte {
	if len(id) <= 0xff && fits48(h.created) && fits48(h.accessed) && h.revision>>32 == 0 {
		if n := t.acquire(h.timeouts); n != noTimeouts {
			var b [narrowSize]byte
			b[0], b[narrowID], b[narrowTimeouts], b[narrowUses] = tagSession|flags, byte(len(id)), n, h.uses
			set32(b[:], narrowRevision, int(h.revision))
			set48(b[:], narrowCreated, h.created)
			set48(b[:], narrowAccessed, h.accessed)
			var packed [idPacked + 1]byte
			if packID(id, &packed) {
				b[narrowID], id = 0, packed[:idPacked]
			}
			return append(append(to, b[:]...), id...)
		}
	}
	return h.appendWide(to, id, flags)
}

// appendWide is append with the wide header.
func (h *head) appendWide(to, id []byte, flags byte) []byte {
	var b [wideSize]byte
	b[0], b[wideUses] = tagSession|flagWide|flags, h.uses
	set16(b[:], wideID, len(id))
	set64(b[:], wideRevision, h.revision)
	set64(b[:], wideCreated, h.created)
	set64(b[:], wideAccessed, h.accessed)
	set64(b[:], wideIdle, h.timeouts.idle)
	set64(b[:], wideAbsolute, h.timeouts.absolute)
	set64(b[:], wideUninitialized, h.timeouts.uninitialized)
	set64(b[:], wideRenew, h.timeouts.renew)
	return append(append(to, b[:]...), id...)
}

// revisionOf returns the revision of a session.
func revisionOf(entry []byte) int64 {
	if flagged(entry, flagWide) {
		return get64(entry, wideRevision)
	}
	return int64(binary.LittleEndian.Uint32(entry[narrowRevision:]))
}

// body is what follows the id in an entry.
type body struct {
	principal []byte
	token     uint64
	extra     []byte // extras as they lie in the entry, without the 0; nil: none
	bags      int
	rest      []byte // from the first bag on
}

// extras is what few sessions have. In an entry that has some, 0 stands in place of the count of bags; a byte of flags
// and what these say follow. Then comes the count, unless it is 1.
type extras struct {
	handle    []byte    // of handleSize; nil: it is derived from the id
	renewed   int64     // when the session got its id, in milliseconds since the Unix epoch; 0: when it was created
	deadlines deadlines // of fields
}

// Flags of extras, in the order of what they stand for.
const (
	extraHandle    = 1 << iota // handleSize bytes
	extraRenewed               // 8 bytes
	extraDeadlines             // their length (a varint), and they
	extraDeadline              // one, of oneDeadline bytes
	extraOneBag                // no count of bags follows
)

// oneDeadline is the size of a single deadline of one of the first 128 fields.
const oneDeadline = 7

func (x *extras) flags() (flags byte) {
	if x.handle != nil {
		flags |= extraHandle
	}
	if x.renewed != 0 {
		flags |= extraRenewed
	}
	switch len(x.deadlines) {
	case 0:
	case oneDeadline:
		flags |= extraDeadline
	default:
		flags |= extraDeadlines
	}
	return flags
}

// append appends the extras with the 0 before them, if there are any, and then the count of bags, if it is not plain.
func (x *extras) append(to []byte, bags int) []byte {
	flags := x.flags()
	if flags == 0 && bags == 1 {
		return to
	}
	if flags != 0 {
		if bags == 1 {
			flags |= extraOneBag
		}
		to = append(append(to, 0, flags), x.handle...)
		if x.renewed != 0 {
			to = binary.LittleEndian.AppendUint64(to, uint64(x.renewed))
		}
		if flags&extraDeadline != 0 {
			to = append(to, x.deadlines...)
		} else if flags&extraDeadlines != 0 {
			to = appendBytes(to, x.deadlines)
		}
	}
	if flags&extraOneBag != 0 {
		return to
	}
	return binary.AppendUvarint(to, uint64(bags))
}

// takeExtras takes the flags, and what they say follows.
func takeExtras(from []byte) (x extras, rest []byte) {
	flags, rest := from[0], from[1:]
	if flags&extraHandle != 0 {
		x.handle, rest = rest[:handleSize], rest[handleSize:]
	}
	if flags&extraRenewed != 0 {
		x.renewed, rest = get64(rest, 0), rest[8:]
	}
	if flags&extraDeadlines != 0 {
		x.deadlines, rest = takeBytes(rest)
	} else if flags&extraDeadline != 0 {
		x.deadlines, rest = rest[:oneDeadline], rest[oneDeadline:]
	}
	return x, rest
}

// extras returns what few sessions have.
func (b *body) extras() (x extras) {
	if b.extra != nil {
		x, _ = takeExtras(b.extra)
	}
	return x
}

// readBody reads a session up to its bags.
func readBody(entry []byte) body {
	_, at, _ := sessionKind{}.key(entry)
	b := body{bags: 1, rest: entry[at:]}
	if entry[0]&(flagPrincipal|flagToken|flagBags) == 0 {
		return b
	}
	if flagged(entry, flagPrincipal) {
		b.principal, b.rest = takeBytes(b.rest)
	}
	if flagged(entry, flagToken) {
		b.token = binary.LittleEndian.Uint64(b.rest)
		b.rest = b.rest[8:]
	}
	if flagged(entry, flagBags) {
		if b.rest[0] == 0 {
			all := b.rest[1:]
			_, b.rest = takeExtras(all)
			b.extra = all[:len(all)-len(b.rest)]
			if b.extra[0]&extraOneBag != 0 {
				return b
			}
		}
		n, w := binary.Uvarint(b.rest)
		b.bags, b.rest = int(n), b.rest[w:]
	}
	return b
}

// bag returns the bag of a component; ok is false when there is none.
func (s *shard) bag(entry, component []byte) (b bagReader, ok bool) {
	body := readBody(entry)
	for range body.bags {
		b = s.shapes.read(body.rest)
		if bytes.Equal(b.component, component) {
			return b, true
		}
		if body.bags > 1 {
			body.rest = b.end()
		}
	}
	return bagReader{}, false
}

// sessionEditor is a session while it changes: the entry as it is to become. What it holds lies in the entry before, in the
// caller's arguments or in the shard's tables, and is let go with the shard's lock. It belongs to a shard, and is used
// again.
type sessionEditor struct {
	head
	id, principal []byte
	token         uint64 // 0: none
	extras        extras
	derived       handle     // of extras, where it was not in the entry before
	bags          []bag      // the global one first; one of a component has fields
	fields, bytes int64      // in the entry before
	used          bool       // since letGo
	timed         bool       // a field has a deadline
	ends          []deadline // of the fields
	placed        deadlines  // the same, as they lie in the entry
	number        [20]byte   // text of an integer that a field becomes
	pair          [2][]byte  // a field that is saved alone
}

// What an editor keeps for the next session.
const (
	keptBags   = 8
	keptFields = 64 // of a bag
)

// letGo keeps nothing of the session, so that what its bytes are parts of can be freed.
func (d *sessionEditor) letGo() {
	bags := d.bags[:cap(d.bags)]
	if len(bags) > keptBags {
		bags = nil
	}
	for i := range bags {
		b := &bags[i]
		if cap(b.fields) > keptFields {
			b.fields = nil
		}
		clear(b.fields[:cap(b.fields)])
		b.component, b.places = nil, nil
	}
	d.id, d.principal, d.extras, d.bags, d.used = nil, nil, extras{}, bags[:0], false
}

// begin makes it a new session.
func (d *sessionEditor) begin(id []byte, h head) {
	d.head, d.id, d.principal, d.token, d.fields, d.bytes = h, id, nil, 0, 0, 0
	d.extras, d.timed = extras{}, false
	d.bags, d.used = d.bags[:0], true
	d.addBag(nil)
}

// addBag adds an empty bag.
func (d *sessionEditor) addBag(component []byte) *bag {
	if len(d.bags) < cap(d.bags) {
		d.bags = d.bags[:len(d.bags)+1]
	} else {
		d.bags = append(d.bags, bag{})
	}
	b := &d.bags[len(d.bags)-1]
	b.reset(component)
	return b
}

// load makes it the session that an entryRef refers to.
func (d *sessionEditor) load(p *entryRef) {
	s := p.shard
	d.head, d.id = s.readHead(p.entry), p.key
	body := readBody(p.entry)
	d.principal, d.token, d.extras = body.principal, body.token, body.extras()
	d.bags, d.used = d.bags[:0], true
	for range body.bags {
		r := s.shapes.read(body.rest)
		b := d.addBag(r.component)
		b.shape, b.named = r.shape, r.shape == shapeInline
		b.fields = slices.Grow(b.fields, r.fields)
		b.fields = r.appendTo(b.fields)
		body.rest = r.rest
	}
	d.setDeadlines(d.extras.deadlines)
	d.fields, d.bytes = d.size()
}

// bag returns the bag of a component, which it adds if there is none.
func (d *sessionEditor) bag(component []byte) *bag {
	for i := range d.bags {
		if bytes.Equal(d.bags[i].component, component) {
			return &d.bags[i]
		}
	}
	return d.addBag(component)
}

// size returns how many fields there are, and the bytes that the limits bound.
func (d *sessionEditor) size() (fields, bytes int64) {
	bytes = int64(len(d.principal))
	for i := range d.bags {
		fields += int64(len(d.bags[i].fields))
		bytes += d.bags[i].size()
	}
	return fields, bytes
}

// apply makes a save's changes to the fields at a time.
func (d *sessionEditor) apply(c *store.SaveOptions, now int64) {
	d.change(&store.BagChange{Component: c.Component, Unset: c.Unset, Fields: c.Fields}, now)
	for i := range c.More {
		d.change(&c.More[i], now)
	}
	d.prune()
}

// change changes one bag.
func (d *sessionEditor) change(c *store.BagChange, now int64) {
	b := d.bag(c.Component)
	for _, name := range c.Unset {
		b.unset(name)
	}
	until := int64(0)
	if c.TTL > 0 {
		until, d.timed = deadlineIn(now, c.TTL), true
	}
	for i := 0; i < len(c.Fields); i += 2 {
		b.setUntil(c.Fields[i], c.Fields[i+1], until)
	}
}

// saved gives it the header of a session that is saved at a time.
func (d *sessionEditor) saved(now int64) {
	d.revision++
	d.accessed, d.uninitialized, d.timeouts.uninitialized = now, false, 0
}

// prune removes components without fields.
func (d *sessionEditor) prune() {
	for i := len(d.bags) - 1; i > 0; i-- {
		if len(d.bags[i].fields) == 0 {
			last := len(d.bags) - 1
			d.bags[i], d.bags[last] = d.bags[last], d.bags[i]
			d.bags = d.bags[:last]
		}
	}
}

// within checks the limits; a session that does not grow passes.
func (d *sessionEditor) within(l *store.Limits) error {
	fields, bytes := d.size()
	if l.SessionFields > 0 && fields > max(l.SessionFields, d.fields) {
		return &store.LimitError{What: "fields", Max: l.SessionFields}
	}
	if l.SessionBytes > 0 && bytes > max(l.SessionBytes, d.bytes) {
		return &store.LimitError{What: "bytes", Max: l.SessionBytes}
	}
	return nil
}

// append appends the session's entry, and takes the shapes and timeouts that it names.
func (d *sessionEditor) append(to []byte, s *shard) []byte {
	for i := range d.bags {
		b := &d.bags[i]
		if !b.named && b.shape >= firstShape {
			s.shapes.list[b.shape].uses++
		} else {
			if len(b.fields) <= maxShapeNames {
				b.sort()
			}
			b.shape = s.shapes.acquire(b.component, b.fields)
		}
	}
	d.placeDeadlines()
	to = d.appendBody(d.head.append(to, d.id, d.flags(), &s.timeouts))
	for i := range d.bags {
		to = d.bags[i].append(to, d.bags[i].shape)
	}
	return to
}

// flags returns the flags for what the entry has beside its header.
func (d *sessionEditor) flags() (flags byte) {
	if len(d.principal) > 0 {
		flags |= flagPrincipal
	}
	if d.token != 0 {
		flags |= flagToken
	}
	if len(d.bags) > 1 || d.extras.flags() != 0 {
		flags |= flagBags
	}
	if d.uninitialized {
		flags |= flagUninitialized
	}
	return flags
}

// appendBody appends what is between the id and the first bag.
func (d *sessionEditor) appendBody(to []byte) []byte {
	if len(d.principal) > 0 {
		to = appendBytes(to, d.principal)
	}
	if d.token != 0 {
		to = binary.LittleEndian.AppendUint64(to, d.token)
	}
	return d.extras.append(to, len(d.bags))
}

// sort puts the fields in the order of their names, so that one shape serves every order in which they come.
func (b *bag) sort() {
	slices.SortFunc(b.fields, func(x, y field) int { return bytes.Compare(x.name, y.name) })
	b.places = nil
}

// forget gives up the shapes and timeouts that a session's entry names.
func (s *shard) forget(entry []byte) {
	if !flagged(entry, flagWide) {
		s.timeouts.release(entry[narrowTimeouts])
	}
	body := readBody(entry)
	for range body.bags {
		r := s.shapes.read(body.rest)
		if body.bags > 1 {
			body.rest = r.end()
		}
		s.shapes.release(r.shape)
	}
}
