package dump

import (
	"bytes"
	"context"

	"sessd/commands"
	"sessd/commands/dump/rdb"
	"sessd/store"
)

// streamCollector collects the entries of a stream.
type streamCollector struct{ entries []rdb.StreamEntry }

// Entries implements store.StreamVisitor.
func (v *streamCollector) Entries(int) { v.entries = nil }

// Entry implements store.StreamVisitor.
func (v *streamCollector) Entry(id store.StreamID, pairs [][]byte) {
	e := rdb.StreamEntry{ID: rdb.ID(id)}
	for _, text := range pairs {
		e.Pairs = append(e.Pairs, bytes.Clone(text))
	}
	v.entries = append(v.entries, e)
}

// collectStream reads a stream, nil where there is none. Where it changes meanwhile, it is read in one step.
func (f *family) collectStream(c *commands.Call, key []byte) (*rdb.Stream, error) {
	engine, able := f.engine.(store.Streams)
	if !able {
		return nil, errNotDumped
	}
	before, found, err := engine.StreamInfo(c.Context, c.Op, key)
	if err != nil || !found {
		return nil, err
	}
	s, after, err := readStream(c.Context, engine, c.Op, key)
	if err != nil || after == before {
		return s, err
	}
	var plan commands.Plan
	plan.Cover(c.Op.Keyspace, key)
	step, err := c.BeginStep(&plan)
	if err != nil {
		return nil, err
	}
	defer step.End()
	s, _, err = readStream(c.Context, engine, step.Op(), key)
	return s, err
}

// readStream reads a stream, and then what is known of it; nil where there is none.
func readStream(ctx context.Context, engine store.Streams, op store.Op, key []byte) (*rdb.Stream, store.StreamInfo, error) {
	var v streamCollector
	err := engine.RangeStream(ctx, op, key, store.StreamRange{Last: store.LastStreamID}, &v)
	if err != nil {
		return nil, store.StreamInfo{}, err
	}
	i, found, err := engine.StreamInfo(ctx, op, key)
	if err != nil || !found {
		return nil, i, err
	}
	return &rdb.Stream{Entries: v.entries, Last: rdb.ID(i.Last), MaxDeleted: rdb.ID(i.MaxDeleted), Added: uint64(i.Added)}, i, nil
}

// fillStream stores a stream under a key that holds nothing.
func fillStream(ctx context.Context, engine any, op store.Op, key []byte, s *rdb.Stream) error {
	streams, able := engine.(store.Streams)
	if !able {
		return store.ErrMissing
	}
	entries := s.Entries
	if len(entries) == 0 { // one that is removed again
		entries = []rdb.StreamEntry{{ID: rdb.ID{Seq: 1}, Pairs: [][]byte{{}, {}}}}
	}
	for _, e := range entries {
		if _, _, err := streams.AppendToStream(ctx, op, key, store.StreamAppend{ID: store.StreamID(e.ID), Pairs: e.Pairs}); err != nil {
			return err
		}
	}
	if len(s.Entries) == 0 {
		if _, err := streams.TrimStream(ctx, op, key, store.StreamTrim{By: store.ByLength}); err != nil {
			return err
		}
	}
	mark := store.StreamMark{Last: store.StreamID(s.Last), Added: int64(s.Added), MaxDeleted: store.StreamID(s.MaxDeleted)}
	_, err := streams.SetStream(ctx, op, key, mark)
	return err
}
