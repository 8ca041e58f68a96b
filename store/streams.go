package store

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strconv"
)

// Streams is the ability to hold streams: entries of names and values under ids that grow. A stream without entries is one,
// and ends only with its key. Where the key holds an entry of another type, operations return ErrWrongType.
type Streams interface {
	// AppendToStream appends an entry and returns its id, makes the stream if there is none, and trims it after that.
	// done is false where options let it do nothing. Errors: ErrStreamID, ErrStreamFull, ErrNoMemory.
	AppendToStream(ctx context.Context, op Op, key []byte, a StreamAppend) (id StreamID, done bool, err error)
	// TrimStream removes entries from the beginning and returns how many. Very many are removed in steps, between which
	// others see the stream. Errors: ErrNoMemory.
	TrimStream(ctx context.Context, op Op, key []byte, t StreamTrim) (int, error)
	// DeleteEntries removes entries and returns how many there were; very many in steps. Errors: ErrNoMemory.
	DeleteEntries(ctx context.Context, op Op, key []byte, ids []StreamID) (int, error)
	// RangeStream shows a range of a stream as it is at one moment.
	RangeStream(ctx context.Context, op Op, key []byte, r StreamRange, v StreamVisitor) error
	// StreamInfo returns what is known of a stream beside its entries; found is false when there is none.
	StreamInfo(ctx context.Context, op Op, key []byte) (i StreamInfo, found bool, err error)
	// SetStream changes what a stream knows of entries that it had; found is false when there is none.
	// Errors: ErrStreamTop, ErrStreamAdded, ErrNoMemory.
	SetStream(ctx context.Context, op Op, key []byte, m StreamMark) (found bool, err error)
}

// Errors about streams.
var (
	// ErrStreamID says that an id is not above the greatest that a stream had.
	ErrStreamID = errors.New("stream id is not above the last one")
	// ErrStreamFull says that a stream had the greatest id there is.
	ErrStreamFull = errors.New("stream has no ids left")
	// ErrStreamTop says that a last id is below that of an entry.
	ErrStreamTop = errors.New("stream id is below the last entry's")
	// ErrStreamAdded says that a stream has more entries than it is said to have had.
	ErrStreamAdded = errors.New("stream has more entries than were added")
)

// StreamID is the id of an entry of a stream: a time in milliseconds since the Unix epoch, and a number within it.
type StreamID struct{ Time, Seq uint64 }

// LastStreamID is the greatest id.
var LastStreamID = StreamID{math.MaxUint64, math.MaxUint64}

// Compare returns -1, 0 or 1 where the id is below, equal to or above another.
func (id StreamID) Compare(other StreamID) int {
	if c := cmp.Compare(id.Time, other.Time); c != 0 {
		return c
	}
	return cmp.Compare(id.Seq, other.Seq)
}

// IsZero reports whether the id is 0-0, which no entry has.
func (id StreamID) IsZero() bool { return id == StreamID{} }

// Next returns the id after this one, and reports whether there is one.
func (id StreamID) Next() (StreamID, bool) {
	if id.Seq++; id.Seq == 0 {
		id.Time++
	}
	return id, !id.IsZero()
}

// Prev returns the id before this one, and reports whether there is one.
func (id StreamID) Prev() (StreamID, bool) {
	before := id
	if id.Seq--; id.Seq == math.MaxUint64 {
		id.Time--
	}
	return id, !before.IsZero()
}

// AppendTo appends the id as clients write it.
func (id StreamID) AppendTo(dst []byte) []byte {
	return strconv.AppendUint(append(strconv.AppendUint(dst, id.Time, 10), '-'), id.Seq, 10)
}

// String returns the id as clients write it.
func (id StreamID) String() string { return string(id.AppendTo(nil)) }

// StreamIDForm says how much of an entry's id is given.
type StreamIDForm uint8

// The forms of ids.
const (
	GivenID   StreamIDForm = iota // all of it
	GivenTime                     // the time; the number is the first one that is free
	NoID                          // nothing: the time is the operation's, or the last id's where that is later
)

// StreamAppend is an entry to be appended.
type StreamAppend struct {
	ID        StreamID
	Form      StreamIDForm
	Pairs     [][]byte // name, value, name, value ...; names may come twice
	IfPresent bool     // only to a stream that exists
	Trim      StreamTrim
}

// StreamTrim says which entries are removed from the beginning of a stream. The zero value is none.
type StreamTrim struct {
	By          StreamTrimBy
	Keep        int64    // ByLength: how many entries stay
	First       StreamID // ByID: entries below it go
	Approximate bool     // only whole blocks of entries go
	Limit       int64    // with Approximate: the greatest number that goes; 0: any
}

// StreamTrimBy is what a trim goes by.
type StreamTrimBy uint8

// What a trim goes by.
const (
	NoTrim StreamTrimBy = iota
	ByLength
	ByID
)

// StreamBlock is how many entries an approximate trim removes together, as Redis does with its defaults.
const StreamBlock = 100

// Count returns how many of the first entries go where a stream has length entries, of which below are under First.
func (t *StreamTrim) Count(length, below int64) int64 {
	n := int64(0)
	switch t.By {
	case ByLength:
		n = max(0, length-t.Keep)
	case ByID:
		n = below
	}
	if !t.Approximate {
		return n
	}
	if t.Limit > 0 {
		n = min(n, t.Limit)
	}
	if n == length {
		return n // the last block may have fewer
	}
	return n - n%StreamBlock
}

// StreamRange is the entries between two ids, both included.
type StreamRange struct {
	First, Last StreamID
	Count       int64 // 0: all
	FromEnd     bool  // from the last to the first
}

// StreamVisitor is shown entries.
type StreamVisitor interface {
	// Entries comes first, with how many entries follow. It may come again, where others changed the stream meanwhile: what
	// was shown before is then void.
	Entries(n int)
	// Entry comes for every entry. pairs are name, value, name, value ...
	Entry(id StreamID, pairs [][]byte)
}

// StreamInfo is what is known of a stream beside its entries.
type StreamInfo struct {
	Length     int
	First      StreamID // of the first entry; zero: there is none
	Last       StreamID // the greatest id that the stream had, or was said to have had
	MaxDeleted StreamID // the greatest one that was deleted by its id
	Added      int64    // entries that were ever added
	Nodes      int      // that the entries are kept in
}

// StreamMark is what SetStream changes.
type StreamMark struct {
	Last       StreamID
	Added      int64    // negative: stays
	MaxDeleted StreamID // zero: stays
}

// Check returns the error of a mark for a stream, of which top is the id of the last entry.
func (m *StreamMark) Check(i *StreamInfo, top StreamID) error {
	switch {
	case i.Length > 0 && m.Last.Compare(top) < 0:
		return ErrStreamTop
	case m.Added >= 0 && i.Length > 0 && int64(i.Length) > m.Added:
		return ErrStreamAdded
	}
	return nil
}

// Set changes what is known of a stream.
func (m *StreamMark) Set(i *StreamInfo) {
	i.Last = m.Last
	if m.Added >= 0 {
		i.Added = m.Added
	}
	if !m.MaxDeleted.IsZero() {
		i.MaxDeleted = m.MaxDeleted
	}
}

// NextID returns the id that an entry gets after another one. Errors: ErrStreamID, ErrStreamFull.
func (a *StreamAppend) NextID(last StreamID, now int64) (StreamID, error) {
	if last == LastStreamID {
		return StreamID{}, ErrStreamFull
	}
	id := a.ID
	switch a.Form {
	case NoID:
		if id = (StreamID{Time: uint64(max(now, 0))}); id.Time <= last.Time {
			id, _ = last.Next()
		}
	case GivenTime:
		if id.Seq = 0; id.Time == last.Time {
			if last.Seq == math.MaxUint64 {
				return StreamID{}, ErrStreamID
			}
			id.Seq = last.Seq + 1
		}
	}
	if id.Compare(last) <= 0 {
		return StreamID{}, ErrStreamID
	}
	return id, nil
}
