package memory

import (
	"errors"
	"fmt"
	"math/bits"

	"sessd/store"
)

// mustBeSound panics when a shard is not as it should be.
func (s *shard) mustBeSound() {
	if err := s.check(); err != nil {
		panic("memory: " + err.Error())
	}
}

// check compares the shard's counters to its contents: that every entry is in the index once, every slab in the wheel
// no later than its entries expire, and nothing is lost.
func (s *shard) check() error {
	seen, c := map[ref]bool{}, contents{names: make([]int, len(s.shapes.list)), times: make([]int, len(s.timeouts.list))}
	used, last := 0, slot(0)
	for i, g := range s.table.dir {
		if i > 0 && g == s.table.dir[i-1] {
			continue
		}
		n := 0
		for at, x := range g.slots {
			if x == 0 {
				continue
			}
			n++
			hash := x.hash()
			switch entry := s.table.slabs.at(x.ref()); {
			case x <= last && used+n > 1:
				return fmt.Errorf("slot %x of the index comes after %x", x, last)
			case hash>>1>>(31-g.depth) != g.prefix>>1>>(31-g.depth) || g.home(hash) > at || g.seek(hash) > at:
				return fmt.Errorf("slot %x of the index is not where it belongs", x)
			case seen[x.ref()]:
				return fmt.Errorf("entry %x is in the index twice", x.ref())
			case uint32(s.table.hashOf(entry)) != hash:
				return fmt.Errorf("entry %x is in the index under %x", x.ref(), hash)
			default:
				seen[x.ref()] = true
				if err := c.add(s, entry); err != nil {
					return fmt.Errorf("entry %x: %w", x.ref(), err)
				}
			}
			last = x
		}
		if n != g.used {
			return fmt.Errorf("a segment has %d slots, not %d", n, g.used)
		}
		used += n
	}
	if c.types != s.count.types || c.groups != s.count.groups {
		return fmt.Errorf("counters are %+v, contents %+v", s.count, c)
	}
	for n := firstShape; n < len(c.names); n++ {
		if c.names[n] != s.shapes.list[n].uses {
			return fmt.Errorf("shape %d has %d uses, not %d", n, c.names[n], s.shapes.list[n].uses)
		}
	}
	for n := range c.times {
		if c.times[n] != s.timeouts.uses[n] {
			return fmt.Errorf("timeouts %d have %d uses, not %d", n, c.times[n], s.timeouts.uses[n])
		}
	}
	if err := c.addAbandoned(s); err != nil {
		return err
	}
	if c.reached != c.nodes {
		return fmt.Errorf("there are %d nodes of collections, %d are in trees", c.nodes, c.reached)
	}
	return s.table.slabs.check(seen, s.deadline)
}

var errNodes = errors.New("a collection has another number of nodes than it says")

// contents is what a check finds in a shard.
type contents struct {
	types        [store.MaxTypes]int
	groups       [groups]groupCount
	names, times []int // uses of shapes and of timeouts, by number
	nodes        int   // of collections
	reached      int   // nodes that are in trees
}

// add counts an entry.
func (c *contents) add(s *shard, entry []byte) error {
	k := kindOf(entry)
	if t := k.typ(); t != store.TypeNone {
		c.types[t]++
		in := k.groups(s, entry)
		for g := range groups {
			if in.has(g) {
				c.groups[g].entries++
				c.groups[g].bytes += k.bytes(s, entry)
			}
		}
	}
	return k.check(s, entry, c)
}

// check compares the slabs to the entries that the index knows.
func (s *slabs) check(known map[ref]bool, deadline func([]byte) int64) error {
	bytes, n := int64(0), 0
	for num := uint32(1); num < uint32(len(s.slabRefs)); num++ {
		f, first := s.slabRefs[num], int64(noDeadline)
		if f.base == nil {
			continue
		}
		for i := range s.slots(num) {
			r := s.slot(num, i)
			if !known[r] {
				return fmt.Errorf("entry %x is not in the index", r)
			}
			bytes += int64(f.size)
			n++
			first = min(first, deadline(s.at(r)))
		}
		x := s.nodes[num]
		if x.min > first || (x.bucket == 0) != (x.min == noDeadline) {
			return fmt.Errorf("slab %d is due at %d in bucket %d, but its first entry expires at %d", num, x.min, x.bucket, first)
		}
	}
	if n != len(known) || bytes != s.bytes {
		return fmt.Errorf("%d entries of %d bytes are in slabs, %d in the index and %d bytes counted", n, bytes, len(known), s.bytes)
	}
	return s.wheel.check(s.nodes)
}

// check compares the wheel's buckets to what the slabs say.
func (w *wheel) check(info []wheelNode) error {
	for level := range w.heads {
		for i, head := range w.heads[level] {
			if (head != 0) != (w.full[level]&(1<<i) != 0) {
				return fmt.Errorf("bucket %d of level %d of the wheel is not marked as it is", i, level)
			}
			prev := uint32(0)
			for num := head; num != 0; num = info[num].next {
				x := info[num]
				if l, b := w.bucket(x.min); l != level || b != i || x.prev != prev || int(x.bucket) != level<<levelBits|i+1 {
					return fmt.Errorf("slab %d, due at %d, is in bucket %d of level %d", num, x.min, i, level)
				}
				prev = num
			}
		}
	}
	return nil
}

// Check returns an error when the engine's counters are not those of its contents, memory is lost, or an entry is not
// where it should be. It holds everything while it looks at everything, and is for tests.
func (e *Engine) Check() error {
	used, held := int64(0), int64(0)
	for i := range e.spaces {
		k := e.spaces[i].Load()
		if k == nil {
			continue
		}
		h := e.lockAll(store.Op{Keyspace: i})
		defer h.unlock()
		principals, condemned, aliases := map[string]map[uint64]bool{}, int64(0), int64(0)
		for j := range k.shards {
			s := &k.shards[j]
			if err := s.check(); err != nil {
				return fmt.Errorf("shard %d of keyspace %d: %w", j, i, err)
			}
			used += s.used()
			held += s.table.held()
			s.table.next(0, func(x slot) bool {
				entry := s.table.slabs.at(x.ref())
				if tag(entry) == tagAlias {
					aliases += int64(len(entry))
				} else if s.isCondemned(entry) {
					condemned++
				} else if tag(entry) == tagSession && flagged(entry, flagPrincipal) {
					name := string(readBody(entry).principal)
					if principals[name] == nil {
						principals[name] = map[uint64]bool{}
					}
					principals[name][s.table.hashOf(entry)] = true
				}
				return true
			})
		}
		if n := k.principals.condemned.Load(); n != condemned {
			return fmt.Errorf("keyspace %d: %d sessions are condemned instead of %d", i, condemned, n)
		}
		if n := k.principals.number(); n != len(principals) {
			return fmt.Errorf("keyspace %d: %d principals are known, %d have sessions", i, n, len(principals))
		}
		for name, want := range principals {
			got := k.principals.of([]byte(name))
			for _, hash := range got {
				if !want[hash] {
					return fmt.Errorf("keyspace %d: a principal is said to have a session that is not there", i)
				}
			}
			if len(got) != len(want) {
				return fmt.Errorf("keyspace %d: a principal is said to have %d sessions instead of %d", i, len(got), len(want))
			}
		}
		for j := range k.principals.parts {
			p := &k.principals.parts[j]
			used += p.table.used() + p.extra
			held += p.table.held()
			extra := int64(0)
			p.eachSet(func(name string, set *idSet) {
				held += int64(set.segments) * segmentBytes
				extra += set.size([]byte(name))
			})
			if extra != p.extra {
				return fmt.Errorf("keyspace %d: %d bytes of sets are counted instead of %d", i, p.extra, extra)
			}
		}
		used += k.aliases.bytesOfTargets()
		if got := k.aliases.bytes.Load(); got != aliases+k.aliases.bytesOfTargets() {
			return fmt.Errorf("keyspace %d: aliases are said to have %d bytes", i, got)
		}
	}
	if got := e.used.Load(); got != used {
		return fmt.Errorf("%d bytes are counted instead of %d", got, used)
	}
	if got := e.pages.held.Load(); got != held {
		return fmt.Errorf("%d bytes of slabs are handed out, %d are in use", got, held)
	}
	return nil
}

// held returns the bytes of the slabs, segments and mappings of a table.
func (t *table) held() int64 {
	n := int64(t.segments) * segmentBytes
	for _, f := range t.slabRefs {
		switch {
		case f.base == nil:
		case f.class == classLarge:
			n += int64(f.size)
		default:
			n += int64(slabBytes(t.sizes.classes[f.class].pool))
		}
	}
	if d := len(t.dir); d > 0 && bits.OnesCount(uint(d)) != 1 {
		return -1
	}
	return n
}
