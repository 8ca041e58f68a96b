package memory

import "sessd/store"

// what says what kind of change a change is.
type what uint8

const (
	created what = iota // a session
	saved               // a session, with the dirty fields
	cleared             // a bag of a session
	used                // a session: its times changed
	rotated             // a session, from its former id
	stored              // a string
	timed               // the expiry of an entry
	removed             // an entry, for a cause
)

// change is one change of one entry, which is as it is afterwards; only one that was removed is as it was before.
type change struct {
	what   what
	entry  *entry
	cause  store.Cause // of removed
	former []byte      // of rotated: the id before
	bag    []byte      // of saved and cleared: the component
	save   *store.Save // of saved
}

// changed is told of every change, under the shard's lock, in the order in which they happen.
func (s *shard) changed(c change) {
	switch c.what {
	case created:
		s.count.created++
	case saved, cleared:
		s.count.saved++
	case rotated:
		s.count.rotated++
	case removed:
		s.count.keys[c.cause]++
		if c.entry.kind == store.TypeSession {
			s.count.removed[c.cause]++
		}
	}
}
