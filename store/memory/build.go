package memory

import (
	"context"

	"sessd/store"
)

// Build implements store.Builder.
func (e *Engine) Build(_ context.Context, op store.Op, key []byte, event store.Event, fill func() error) error {
	space := e.spaceOf(op)
	shard := &space.shards[space.shardOf(space.hash(key))]
	shard.silent = true
	err := fill()
	shard.silent = false
	p, failed := e.lockEntry(op, key)
	if failed != nil {
		return failed
	}
	defer p.unlock()
	if p.ref != 0 {
		p.emit(store.EventNew)
		p.emit(event)
	}
	return err
}
