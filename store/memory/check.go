package memory

import (
	"errors"
	"fmt"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
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
	if err := c.addOrphans(s); err != nil {
		return err
	}
	if err := c.addStaged(s); err != nil {
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
	var all memoryUse
	for i := range e.spaces {
		if k := e.spaces[i].Load(); k != nil {
			h := e.lockAll(store.Op{Keyspace: i})
			defer h.unlock()
			if err := k.checkAll(&all); err != nil {
				return fmt.Errorf("keyspace %d: %w", i, err)
			}
		}
	}
	if got := e.used.Load(); got != all.used {
		return fmt.Errorf("%d bytes are counted instead of %d", got, all.used)
	}
	if got := e.pages.Held.Load(); got != all.held {
		return fmt.Errorf("%d bytes of slabs are handed out, %d are in use", got, all.held)
	}
	return nil
}

// memoryUse is bytes that count for the limit, and bytes that were obtained from the system.
type memoryUse struct{ used, held int64 }

// checkAll is check for all shards of a keyspace and what lies beside them. It adds to the memory that is in use.
func (k *keyspace) checkAll(all *memoryUse) error {
	c := indirect{principals: make(map[string]map[uint64]bool)}
	for i := range k.shards {
		s := &k.shards[i]
		if err := s.check(); err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
		all.used += s.used()
		all.held += s.table.Held()
		c.add(s)
	}
	if n := k.principals.condemned.Load(); n != c.condemned {
		return fmt.Errorf("%d sessions are condemned instead of %d", n, c.condemned)
	}
	if err := k.principals.check(c.principals, all); err != nil {
		return err
	}
	targets := k.aliases.bytesOfTargets()
	all.used += targets
	if got := k.aliases.bytes.Load(); got != c.aliases+targets {
		return fmt.Errorf("aliases are said to have %d bytes", got)
	}
	return nil
}

// indirect is what entries have that is counted outside of their shards.
type indirect struct {
	principals map[string]map[uint64]bool // hashes of their sessions
	condemned  int64
	aliases    int64 // bytes
}

// add adds what the entries of a shard have.
func (c *indirect) add(s *shard) {
	s.table.Next(0, func(x arena.Slot) bool {
		entry := s.table.Slabs.At(x.Ref())
		switch {
		case tag(entry) == tagAlias:
			c.aliases += int64(len(entry))
		case s.isCondemned(entry):
			c.condemned++
		case tag(entry) == tagSession && flagged(entry, flagPrincipal):
			name := string(readBody(entry).principal)
			if c.principals[name] == nil {
				c.principals[name] = make(map[uint64]bool)
			}
			c.principals[name][s.space.engine.hashOf(entry)] = true
		}
		return true
	})
}

// check compares the sets of sessions to the sessions that there are, and adds to the memory that is in use.
func (p *principals) check(want map[string]map[uint64]bool, all *memoryUse) error {
	if n := p.number(); n != len(want) {
		return fmt.Errorf("%d principals are known, %d have sessions", n, len(want))
	}
	for name, sessions := range want {
		got := p.of([]byte(name))
		for _, hash := range got {
			if !sessions[hash] {
				return errors.New("a principal is said to have a session that is not there")
			}
		}
		if len(got) != len(sessions) {
			return fmt.Errorf("a principal is said to have %d sessions instead of %d", len(got), len(sessions))
		}
	}
	for i := range p.parts {
		part := &p.parts[i]
		all.used += part.table.Used() + part.extra
		all.held += part.table.Held()
		extra := int64(0)
		part.eachSet(func(name string, set *idSet) {
			all.held += int64(set.Segments) * arena.SegmentBytes
			extra += set.size([]byte(name))
		})
		if extra != part.extra {
			return fmt.Errorf("%d bytes of sets are counted instead of %d", part.extra, extra)
		}
	}
	return nil
}

// addTree adds the nodes that a tree reaches, which it checks.
func (c *contents) addTree(s *shard, body []byte) error {
	nodes := treeNodes{shard: s, token: uint64(get64(body, rootToken))}
	cut, cutBytes := 0, int64(0)
	s.eachCut(nodes.token, func(part *orphan) {
		t := tree.Open(&nodes, part.state[:])
		n, bytes := t.Weigh()
		cut += n
		cutBytes += bytes
	})
	t := tree.Open(&nodes, body[rootState:])
	if err := t.CheckCut(cutBytes); err != nil {
		return err
	}
	n := t.CountNodes() + cut
	if c.reached += n; n != get32(body, rootNodes) {
		return errNodes
	}
	return nil
}
