package memory

import "sessd/store"

// What is the kind of a change.
type What uint8

// The kinds of changes.
const (
	Stored  What = iota // an entry is new, or has new contents
	Timed               // when an entry was used or expires has changed
	Renamed             // a session has a new id; Former is the one before, which leads to it until Grace
	Removed             // an entry is gone, for Cause
	Flushed             // every entry of the keyspace was destroyed, as one step; there is nothing else to tell
)

// Change is one change of one entry: what is to be known to repeat it elsewhere. It is told under the lock of the entry's
// shard, in the order of the changes; its slices are valid during that call only.
type Change struct {
	What     What
	Type     store.Type
	Cause    store.Cause
	Keyspace int
	Key      []byte
	Former   []byte
	Grace    int64  // milliseconds since the Unix epoch; 0: Former is dead at once
	Expiry   int64  // milliseconds since the Unix epoch, or store.Never
	Entry    []byte // the entry after the change, whole: with its own timeouts and names; nil with Removed and Flushed
}

// changed counts a change and tells it to whoever listens. Every change of an entry passes here.
func (s *shard) changed(c Change) {
	if c.What == Removed {
		s.count.removed[c.Type][c.Cause]++
	}
	if tell := s.space.engine.changes; tell != nil {
		c.Keyspace = s.space.number
		if c.Entry != nil {
			c.Expiry = s.expires(c.Entry)
			c.Entry = kindOf(c.Entry).appendTo(s, c.Key, c.Entry, nil)
		}
		tell(c)
	}
}
