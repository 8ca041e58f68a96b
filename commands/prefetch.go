package commands

import (
	"bytes"

	"sessd/store"
)

// Expect notes that a request of the call's client follows, so that the store can have ready what it needs. It sets
// SameKey, and reports whether the request has a key.
func (s *Dispatcher) Expect(c *Call, r *Request) bool {
	if !r.SameCommand {
		c.next = s.table.names.find(r.Words[0])
	}
	if c.next == nil || c.next.FirstKey == 0 || c.next.FirstKey >= len(r.Words) {
		return false
	}
	if s.readsAhead && (c.next.Flags&ReadOnly == 0 || c.next.Group != "session") {
		return false
	}
	if c.Client.keyspace != c.expectedIn {
		s.Prefetch(c)
		c.expectedIn = c.Client.keyspace
	}
	key, last := r.Words[c.next.FirstKey], len(c.expected)-1
	r.SameKey = last >= 0 && bytes.Equal(c.expected[last], key)
	var element []byte
	if at := c.next.element; at > 0 && at < len(r.Words) {
		element = r.Words[at]
	} else if r.SameKey {
		return true // the key is noted
	}
	c.expected = append(c.expected, key)
	c.elements = append(c.elements, element)
	return true
}

// Prefetch tells the store of the requests that were noted. One alone would not be served sooner.
func (s *Dispatcher) Prefetch(c *Call) {
	if len(c.expected) > 1 && s.prefetcher != nil && !s.Loading() {
		op := store.Op{Keyspace: c.expectedIn, Now: c.Op.Now}
		s.prefetcher.Prefetch(op, c.expected)
		if s.collector != nil {
			s.collector.PrefetchElements(op, c.expected, c.elements)
		}
	}
	c.expected, c.elements = c.expected[:0], c.elements[:0]
}
