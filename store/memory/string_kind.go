package memory

import "sessd/store"

// stringKind is of plain strings.
type stringKind struct{ plain }

func (stringKind) typ() store.Type { return store.TypeString }

func (stringKind) key(entry []byte) (from, to int, packed bool) {
	from = stringSize
	if flagged(entry, flagExpires) {
		from += 8
	}
	return from, from + get32(entry, stringKey), false
}

func (stringKind) expiry(_ *shard, entry []byte) int64 { return stringExpires(entry) }

func (stringKind) groups(_ *shard, entry []byte) groupSet {
	g := groupSet(1 << groupKeys)
	if flagged(entry, flagExpires) {
		g |= 1 << groupExpires
	}
	return g
}

func (stringKind) usage(entry []byte) (accessed int64, uses int) {
	return int64(get32(entry, stringAccessed)) << 10, stringUses
}

func (stringKind) bytes(_ *shard, entry []byte) int64 { return int64(len(entry)) }

func (stringKind) touch(p entryRef) error {
	p.useString()
	return nil
}

func (stringKind) setExpiry(p entryRef, at int64) error {
	if err := p.reserveExpiry(at); err != nil {
		return err
	}
	p.expireString(at)
	p.emit(store.EventExpire)
	return nil
}

func (stringKind) persist(p entryRef) (bool, error) {
	if err := p.reserveExpiry(store.Never); err != nil {
		return false, err
	}
	p.expireString(store.Never)
	p.emit(store.EventPersist)
	return true, nil
}

func (stringKind) release(s *shard, entry []byte) {
	if len(entry) > longBytes {
		s.longChanges++
	}
}
func (stringKind) destroyed() store.Event { return store.EventDel }
func (stringKind) removed(entryRef)       {}

func (k stringKind) copyTo(t *transfer, dst []byte) []byte {
	return k.appendTo(nil, t.to.key, t.from.entry, dst)
}

func (stringKind) appendTo(_ *shard, key, entry, dst []byte) []byte {
	from, at, _ := stringKind{}.key(entry)
	begin := len(dst)
	dst = append(append(dst, entry[:from]...), key...)
	set32(dst[begin:], stringKey, len(key))
	return append(dst, entry[at:at+get32(entry, stringValue)]...)
}

func (stringKind) check(*shard, []byte, *contents) error { return nil }
