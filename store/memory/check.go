package memory

import (
	"errors"
	"fmt"

	"sessd/store"
	"sessd/store/memory/arena"
)

// mustBeSound panics when a shard is not as it should be.
func (s *shard) mustBeSound() {
	if err := s.check(); err != nil {
		panic("memory: " + err.Error())
	}
}

// check compares the shard's counters to its contents. Every entry is in the index once, every slab in the wheel no
// later than its entries expire, and nothing is lost.
func (s *shard) check() error {
	seen, c := map[arena.Ref]bool{}, contents{names: make([]int, len(s.shapes.list)), times: make([]int, len(s.timeouts.list))}
	err := s.table.Index.Check(func(hash uint32, r arena.Ref) error {
		entry := s.table.Slabs.At(r)
		switch {
		case seen[r]:
			return fmt.Errorf("entry %x is in the index twice", r)
		case uint32(s.space.engine.hashOf(entry)) != hash:
			return fmt.Errorf("entry %x is in the index under %x", r, hash)
		}
		seen[r] = true
		if err := c.add(s, entry); err != nil {
			return fmt.Errorf("entry %x: %w", r, err)
		}
		return nil
	})
	if err != nil {
		return err
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
	if err := c.addUnborn(s); err != nil {
		return err
	}
	if c.reached != c.nodes {
		return fmt.Errorf("there are %d nodes of collections, %d are in trees", c.nodes, c.reached)
	}
	return s.table.Slabs.Check(seen, s.deadline)
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

// Check returns an error when counters differ from the contents, memory is lost, or an entry is not where it should be.
// It holds everything while it looks at everything, and is for tests.
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
			held += s.table.Held()
			s.table.Next(0, func(x arena.Slot) bool {
				entry := s.table.Slabs.At(x.Ref())
				if tag(entry) == tagAlias {
					aliases += int64(len(entry))
				} else if s.isCondemned(entry) {
					condemned++
				} else if tag(entry) == tagSession && flagged(entry, flagPrincipal) {
					name := string(readBody(entry).principal)
					if principals[name] == nil {
						principals[name] = map[uint64]bool{}
					}
					principals[name][s.space.engine.hashOf(entry)] = true
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
			used += p.table.Used() + p.extra
			held += p.table.Held()
			extra := int64(0)
			p.eachSet(func(name string, set *idSet) {
				held += int64(set.Segments) * arena.SegmentBytes
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
	if got := e.pages.Held.Load(); got != held {
		return fmt.Errorf("%d bytes of slabs are handed out, %d are in use", got, held)
	}
	return nil
}
