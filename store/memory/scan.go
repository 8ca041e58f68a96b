package memory

import (
	"context"

	"sessd/store"
)

// cursorShift makes cursors smaller than 2^48, which every client's number type holds. That leaves more leading bits
// of the hash than shards and slots need together.
const cursorShift = 16

// Scan implements store.Keys. A cursor is a position in the order of hashes, and says that every key before it has been
// visited. A table that grows or shrinks keeps that order, so a key that stays is met whatever happens to the others.
func (e *Engine) Scan(_ context.Context, op store.Op, cursor uint64, c store.Scan, visit func(key []byte)) (uint64, error) {
	k := &e.spaces[op.Keyspace]
	at, left := cursor<<cursorShift, max(c.Count, 1)
	for left > 0 {
		i := k.shardOf(at)
		at, left = k.shards[i].scan(at, left, op.Now, c, visit)
		if at == 0 { // behind the last hash comes the first
			break
		}
	}
	return at >> cursorShift, nil
}

// scan visits whole slots from a position on until left entries have been looked at or the shard ends. It returns the
// position of what comes next, and what is left.
func (s *shard) scan(at uint64, left int, now int64, c store.Scan, visit func(key []byte)) (uint64, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := uint64(s.index+1) << (64 - s.space.shardBits)
	if s.table.count == 0 {
		return end, left
	}
	for i := s.table.slot(at); i < len(s.table.slots); i++ {
		if left <= 0 {
			return s.table.position(i) | uint64(s.index)<<(64-s.space.shardBits), left
		}
		for x := s.table.slots[i]; x != nil; x = x.next {
			left--
			if x.kind == typeAlias || x.isExpired(now) || c.Type != store.TypeNone && x.kind != c.Type {
				continue
			}
			if c.Match == nil || store.Match(c.Match, x.key) {
				visit(x.key)
			}
		}
	}
	return end, left
}
