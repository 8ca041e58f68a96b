package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"sessd/store"
)

// modelStream is a stream.
type modelStream struct {
	entries []modelStreamEntry
	info    store.StreamInfo
}

type modelStreamEntry struct {
	id    store.StreamID
	pairs [][]byte
}

func (*modelStream) typ() store.Type { return store.TypeStream }

func (s *modelStream) size() int64 {
	n := 40
	for _, entry := range s.entries {
		n += 20
		for _, text := range entry.pairs {
			n += 2 + len(text)
		}
	}
	return int64(n)
}

func (s *modelStream) clone() modelValue {
	return &modelStream{slices.Clone(s.entries), s.info}
}

// String implements fmt.Stringer.
func (s *modelStream) String() string { return fmt.Sprintf("%+v %v", s.about(), s.entries) }

// about returns what is known of the stream.
func (s *modelStream) about() store.StreamInfo {
	i := s.info
	if i.Length = len(s.entries); i.Length > 0 {
		i.First = s.entries[0].id
	}
	return i
}

// trim removes the first entries and returns how many.
func (s *modelStream) trim(t *store.StreamTrim) int {
	below := 0
	for _, entry := range s.entries {
		if entry.id.Compare(t.First) < 0 {
			below++
		}
	}
	n := int(t.Count(int64(len(s.entries)), int64(below)))
	s.entries = s.entries[n:]
	return n
}

// stream returns the entry of a stream, nil when there is none.
func (k modelSpace) stream(key []byte) (*modelEntry, *modelStream, error) {
	x := k.find(key)
	if x == nil {
		return nil, nil, nil
	}
	if x.kind() != store.TypeStream {
		return nil, nil, store.ErrWrongType
	}
	return x, x.other.(*modelStream), nil
}

// AppendToStream implements store.Streams.
func (m *Model) AppendToStream(_ context.Context, op store.Op, key []byte, a store.StreamAppend) (store.StreamID, bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.stream(key)
	if err != nil || x == nil && a.IfPresent {
		return store.StreamID{}, false, err
	}
	after, growth := &modelStream{}, 100+int64(len(key))
	if x != nil {
		after, growth = s.clone().(*modelStream), -s.size()
	}
	id, err := a.NextID(after.info.Last, op.Now)
	if err != nil {
		return id, false, err
	}
	pairs := slices.Clone(a.Pairs)
	for i := range pairs {
		pairs[i] = bytes.Clone(pairs[i])
	}
	after.entries = append(after.entries, modelStreamEntry{id, pairs})
	after.info.Last = id
	after.info.Added++
	after.trim(&a.Trim)
	if m.full(growth + after.size()) {
		return id, false, store.ErrNoMemory
	}
	if x == nil {
		x = m.add(k, key)
	}
	x.other = after
	m.used()
	return id, true, nil
}

// TrimStream implements store.Streams.
func (m *Model) TrimStream(_ context.Context, op store.Op, key []byte, t store.StreamTrim) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.stream(key)
	if x == nil {
		return 0, err
	}
	return s.trim(&t), nil
}

// DeleteEntries implements store.Streams.
func (m *Model) DeleteEntries(_ context.Context, op store.Op, key []byte, ids []store.StreamID) (int, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.stream(key)
	if x == nil {
		return 0, err
	}
	before := len(s.entries)
	s.entries = slices.DeleteFunc(slices.Clone(s.entries), func(entry modelStreamEntry) bool {
		gone := slices.Contains(ids, entry.id)
		if gone && entry.id.Compare(s.info.MaxDeleted) > 0 {
			s.info.MaxDeleted = entry.id
		}
		return gone
	})
	return before - len(s.entries), nil
}

// RangeStream implements store.Streams.
func (m *Model) RangeStream(_ context.Context, op store.Op, key []byte, r store.StreamRange, v store.StreamVisitor) error {
	k := m.begin(op)
	defer m.mu.Unlock()
	_, s, err := k.stream(key)
	if err != nil {
		return err
	}
	m.read(k, key)
	var all []modelStreamEntry
	if s != nil {
		for _, entry := range s.entries {
			if entry.id.Compare(r.First) >= 0 && entry.id.Compare(r.Last) <= 0 {
				all = append(all, entry)
			}
		}
	}
	if r.FromEnd {
		slices.Reverse(all)
	}
	if r.Count > 0 {
		all = all[:min(r.Count, int64(len(all)))]
	}
	v.Entries(len(all))
	for _, entry := range all {
		v.Entry(entry.id, entry.pairs)
	}
	return nil
}

// StreamInfo implements store.Streams.
func (m *Model) StreamInfo(_ context.Context, op store.Op, key []byte) (store.StreamInfo, bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.stream(key)
	if err != nil {
		return store.StreamInfo{}, false, err
	}
	if m.read(k, key); x == nil {
		return store.StreamInfo{}, false, nil
	}
	return s.about(), true, nil
}

// SetStream implements store.Streams.
func (m *Model) SetStream(_ context.Context, op store.Op, key []byte, mark store.StreamMark) (bool, error) {
	k := m.begin(op)
	defer m.mu.Unlock()
	x, s, err := k.stream(key)
	if x == nil {
		return false, err
	}
	i, top := s.about(), store.StreamID{}
	if i.Length > 0 {
		top = s.entries[i.Length-1].id
	}
	if err := mark.Check(&i, top); err != nil {
		return true, err
	}
	mark.Set(&s.info)
	return true, nil
}
