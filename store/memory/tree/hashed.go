package tree

import (
	"bytes"
	"encoding/binary"
)

// Prefixes of 4 bytes are hashes, which are spread evenly. A search begins where one of n has its place in proportion,
// and is a few steps from there. A search in halves would touch more of the memory.

// hashWidth is the width of a prefix that is a hash, in bytes.
const hashWidth = 4

// hashSpan is the hashes that may lie below a node: from low up to high, or to that if more than a hash divides nodes.
type hashSpan struct{ low, high uint64 }

// allHashes is the span of a root.
func allHashes() hashSpan { return hashSpan{0, 1 << 32} }

// guess returns the place that a hash of the span has among n, if they are spread evenly.
func (s *hashSpan) guess(hash uint64, n int) int {
	if hash < s.low || s.high <= s.low {
		return 0
	}
	return int(min((hash-s.low)*uint64(n)/(s.high-s.low), uint64(n-1)))
}

// childOfHash is childOf for a key whose prefix is a hash. It makes the span that of the child.
func (t *Tree) childOfHash(b []byte, k *Key, s *hashSpan) int {
	n := count(b)
	i := s.guess(k.Prefix, n)
	for above := false; i > 0; i-- {
		start, is := t.startsAbove(b, i, k)
		if !is {
			if s.low = start; above {
				return i
			}
			break
		}
		s.high, above = start, true
		if i == 1 {
			return 0
		}
	}
	for ; i+1 < n; i++ {
		start, is := t.startsAbove(b, i+1, k)
		if is {
			s.high = start
			break
		}
		s.low = start
	}
	return i
}

// searchHash is search in a fixed-length leaf whose prefixes are hashes of a span.
func (f *form) searchHash(b []byte, k *Key, s *hashSpan) (at, i int, found bool) {
	if n := count(b); n > 0 {
		i = s.guess(k.Prefix, n)
	}
	return f.searchHashFrom(b, k, i)
}

// searchHashFrom is searchHash that begins at a position.
func (f *form) searchHashFrom(b []byte, k *Key, from int) (at, i int, found bool) {
	n := count(b)
	i, at = from, nodeSize+from*f.size
	for i > 0 && uint64(binary.BigEndian.Uint32(b[at-f.size:])) >= k.Prefix {
		at -= f.size
		i--
	}
	for ; i < n; i++ {
		if prefix := uint64(binary.BigEndian.Uint32(b[at:])); prefix > k.Prefix {
			break
		} else if prefix == k.Prefix {
			if c := bytes.Compare(b[at+hashWidth:at+hashWidth+int(f.name)], k.Name); c >= 0 {
				return at, i, c == 0
			}
		}
		at += f.size
	}
	return at, i, false
}
