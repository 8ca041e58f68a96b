package memory

import "sessd/store"

// kind is all that the engine asks of the entries of one type. A type is one implementation, in a file of its own, and
// a line in kindRows: nothing else in the engine distinguishes types. A method that gets a shard has it locked.
type kind interface {
	// typ returns the type that TYPE answers, or store.TypeNone for entries that are no keys.
	typ() store.Type
	// key returns where an entry's key begins and ends, and reports whether it is packed (id.go).
	key(entry []byte) (from, to int, packed bool)
	// expiry returns when an entry expires in milliseconds since the Unix epoch, or store.Never.
	expiry(s *shard, entry []byte) int64
	// groups returns the groups that an entry belongs to. A key belongs to groupKeys.
	groups(s *shard, entry []byte) groupSet
	// usage returns when an entry was last used in milliseconds since the Unix epoch, and the place of its count of uses.
	usage(entry []byte) (accessed int64, uses int)
	// bytes returns the bytes of all slots that an entry takes.
	bytes(s *shard, entry []byte) int64

	// touch counts as use. It may return ErrNoMemory with nothing changed, as the next two.
	touch(p entryRef) error
	// setExpiry changes when an entry expires to a time that is to come.
	setExpiry(p entryRef, at int64) error
	// persist removes the expiry of an entry that has one, and reports whether it could.
	persist(p entryRef) (bool, error)

	// release gives up what an entry that ends or is replaced uses of the shard's tables.
	release(s *shard, entry []byte)
	// destroyed returns the event of an entry that a client ends.
	destroyed() store.Event
	// removed takes an entry that ends out of what knows of it outside of its shard.
	removed(p entryRef)

	// copyTo appends the entry at t.from as it is to be at t.to, and says in t what is stored beside it. Nothing changes but
	// uses of the target's tables, which release gives up again.
	copyTo(t *transfer, dst []byte) []byte
	// arrive stores what is beside the entry at its target, and makes it known there. It returns false, with nothing
	// changed, when the system refuses the memory. Another entry is at the target until then, and is removed after it.
	arrive(t *transfer) bool
	// leave takes an entry that has moved out of what knew it at its place, as removed does with one that ends.
	leave(t *transfer)

	// appendTo appends the whole entry under a key, with nothing left to the shard's tables.
	appendTo(s *shard, key, entry, dst []byte) []byte
	// check adds what an entry uses of the shard's tables to c, and returns an error when the entry is not sound.
	check(s *shard, entry []byte, c *contents) error
}

// kindRow gives a kind the first bytes of its entries: those that are first where mask has bits.
type kindRow struct {
	first, mask byte
	kind        kind
}

var kindRows = []kindRow{
	{tagSession, tagMask, sessionKind{}},
	{tagString, tagMask, stringKind{}},
	{tagAlias, tagMask, aliasKind{}},
	{tagPrincipal, tagMask, principalKind{}},
	{tagNode, tagMask, nodeKind{}},
	collectionRow(0, hashType{}),
	collectionRow(1, sortedType{}),
	collectionRow(2, setType{}),
	collectionRow(3, listType{}),
	collectionRow(4, streamType{}),
	collectionRow(5, timedHashType{}),
}

// kinds are the kinds by the first byte of an entry.
var kinds = kindsByFirstByte(kindRows)

func kindsByFirstByte(rows []kindRow) (all [256]kind) {
	for first := range all {
		for _, row := range rows {
			if byte(first)&row.mask == row.first {
				all[first] = row.kind
			}
		}
	}
	return all
}

func kindOf(entry []byte) kind { return kinds[entry[0]] }

// keyOf is kind.key, which every look-up asks. Most entries are spared the indirect call.
func keyOf(entry []byte) (from, to int, packed bool) {
	switch tag(entry) {
	case tagSession:
		return sessionKind{}.key(entry)
	case tagString:
		return stringKind{}.key(entry)
	case tagCollection:
		return collectionKind{}.key(entry)
	}
	return kindOf(entry).key(entry)
}

// internal answers for entries that are no keys: nobody uses, expires or evicts them by name.
type internal struct{}

func (internal) typ() store.Type                            { return store.TypeNone }
func (internal) groups(*shard, []byte) groupSet             { return 0 }
func (internal) usage([]byte) (int64, int)                  { return 0, 0 }
func (internal) bytes(_ *shard, entry []byte) int64         { return int64(len(entry)) }
func (internal) touch(entryRef) error                       { return nil }
func (internal) setExpiry(entryRef, int64) error            { return nil }
func (internal) persist(entryRef) (bool, error)             { return false, nil }
func (internal) destroyed() store.Event                     { return store.EventDel }
func (internal) release(*shard, []byte)                     {}
func (internal) check(*shard, []byte, *contents) error      { return nil }
func (internal) copyTo(_ *transfer, dst []byte) []byte      { return dst }
func (internal) arrive(*transfer) bool                      { return true }
func (internal) leave(*transfer)                            {}
func (internal) appendTo(_ *shard, _, _, dst []byte) []byte { return dst }

// aliasKind is of the ids that sessions left behind (aliases.go).
type aliasKind struct{ internal }

func (aliasKind) key(entry []byte) (from, to int, packed bool) {
	return aliasSize, aliasSize + get16(entry, aliasKey), false
}

func (aliasKind) expiry(_ *shard, entry []byte) int64 { return get64(entry, aliasExpiry) }

func (aliasKind) removed(p entryRef) {
	a := &p.space.aliases
	p.beside += a.dropAlias(tokenOf(p.entry), p.space.hash(p.key))
	a.entries.Add(-1)
	a.bytes.Add(int64(-len(p.entry)))
}

// principalKind is of the records of the table of principals (principals.go).
type principalKind struct{ internal }

func (principalKind) key(entry []byte) (from, to int, packed bool) {
	return principalSize, principalSize + get32(entry, principalName), false
}

func (principalKind) expiry(*shard, []byte) int64 { return store.Never }
func (principalKind) removed(entryRef)            {}
