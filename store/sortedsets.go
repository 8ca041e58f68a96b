package store

import (
	"context"
	"errors"
)

// ErrNaN is returned where the sum of two scores is no number.
var ErrNaN = errors.New("store: the score is not a number")

// SortedSets is the ability to hold sorted sets: members with scores under a key. They are in the order of the scores
// and, where those are equal, of the members' bytes. A score of -0 is stored as 0. A sorted set without members is
// none. Where the key holds an entry of another type, operations return ErrWrongType.
type SortedSets interface {
	// AddScores gives members scores, one after the other, and makes the sorted set if there is none. Scores must not be
	// NaN. Errors: ErrNaN, which only a single member may meet, ErrNoMemory.
	AddScores(ctx context.Context, op Op, key []byte, members []Scored, o ScoreOptions) (ScoreResult, error)
	// RemoveMembers removes members, and the sorted set with its last one. It returns how many there were. Errors:
	// ErrNoMemory.
	RemoveMembers(ctx context.Context, op Op, key []byte, members [][]byte) (int, error)
	// RemoveRange is RemoveMembers for a range.
	RemoveRange(ctx context.Context, op Op, key []byte, r SortedRange) (int, error)
	// PopMembers shows up to count members from the beginning, or from the end, and removes them. Errors: ErrNoMemory.
	PopMembers(ctx context.Context, op Op, key []byte, count int64, fromEnd bool, v SortedVisitor) error
	// PopFirst is PopMembers for the first of keys that has a sorted set. begin is called with its position, and returns the
	// visitor; where no key has one it is not called.
	PopFirst(ctx context.Context, op Op, keys [][]byte, count int64, fromEnd bool, begin func(at int) SortedVisitor) error
	// ReadMembers shows members in the order in which they are asked for; with none, the size alone.
	ReadMembers(ctx context.Context, op Op, key []byte, members [][]byte, v SortedVisitor) error
	// RankOf returns how many members are before one, or after it, its score, and whether it is there.
	RankOf(ctx context.Context, op Op, key, member []byte, fromEnd bool) (rank int, score float64, found bool, err error)
	// CountRange returns how many members a range has.
	CountRange(ctx context.Context, op Op, key []byte, r SortedRange) (int, error)
	// ReadRange shows a range in its order.
	ReadRange(ctx context.Context, op Op, key []byte, r SortedRange, v SortedVisitor) error
	// StoreRange stores a range under a key, which may be the same, in place of an entry of any type. It returns how
	// many members the range has. With none the entry ends. Errors: ErrNoMemory.
	StoreRange(ctx context.Context, op Op, target, key []byte, r SortedRange) (int, error)
	// RandomMembers shows members at random, as RandomFields does fields.
	RandomMembers(ctx context.Context, op Op, key []byte, count int64, v SortedVisitor) error
	// ScanMembers is ScanHash for members.
	ScanMembers(ctx context.Context, op Op, key []byte, cursor uint64, count int, visit func(member []byte, score float64)) (next uint64, err error)
}

// Scored is a member with its score.
type Scored struct {
	Member []byte
	Score  float64
}

// ScoreOptions says which members get a score. The zero value is all.
type ScoreOptions struct {
	IfAbsent, IfPresent bool
	IfGreater, IfLess   bool // of those that are there; others get one
	Add                 bool // adds to the score, 0 when absent
}

// ScoreResult is what AddScores did. Score and Done are of the last member; Done is false where the options left it as it
// was.
type ScoreResult struct {
	Added, Changed int
	Score          float64
	Done           bool
}

// RangeBy is what the bounds of a range are.
type RangeBy uint8

// The bounds of ranges.
const (
	ByRank RangeBy = iota
	ByScore
	ByLex // by member, where all scores are equal
)

// SortedRange is a range of a sorted set.
type SortedRange struct {
	By            RangeBy
	Start, Stop   int64 // ByRank: both inclusive; negative ones count from the end, of which -1 is the last
	Min, Max      SortedBound
	FromEnd       bool  // from the greatest to the least; ranks count from there
	Offset, Count int64 // not ByRank: how many are passed over, and how many follow at most; negative: none, and all
}

// SortedBound is a bound of a range.
type SortedBound struct {
	Score     float64
	Member    []byte
	Exclusive bool
	Infinite  int // ByLex: -1 before all members, 1 after all
}

// SortedVisitor is shown members while the sorted set is locked.
type SortedVisitor interface {
	// Members comes first: with ReadMembers the size of the sorted set, else how many are shown.
	Members(n int)
	// Member comes for every member that is shown.
	Member(member []byte, score float64, found bool)
}
