package store

import "context"

// Algebra is the ability to combine sets and sorted sets that lie under several keys. A key without an entry is an empty
// set. Where a key holds an entry of another type, operations return ErrWrongType. An operation is one step, however many
// members there are: others wait for its keys until all are combined and stored.
type Algebra interface {
	// ReadCombined shows what the entries under keys combine to. With Scores they come in the order of sorted sets,
	// else in any order and with no meaning of the scores. The visitor is shown copies, once the entries may change
	// again.
	ReadCombined(ctx context.Context, op Op, keys [][]byte, c Combination, v SortedVisitor) error
	// StoreCombined stores it under a key that may be among them, in place of an entry of any type. It returns how many
	// members that has. With none the entry ends. Errors: ErrNoMemory.
	StoreCombined(ctx context.Context, op Op, target []byte, keys [][]byte, c Combination) (int, error)
}

// Combination says how sets are combined.
type Combination struct {
	How       SetOp
	Scores    bool      // sorted sets are combined too, and the result is one: a member of a set has the score 1. Else sets
	Weights   []float64 // factors of the scores of each key; nil: 1
	Aggregate Aggregate // of the scores that a member has under several keys
	Size      bool      // the visitor is shown how many members there are, and none of them
	Limit     int64     // with Size: so many are counted at most; 0: all
}

// SetOp is how sets are combined.
type SetOp uint8

// The ways to combine sets.
const (
	Union        SetOp = iota
	Intersection       // members that are under all keys
	Difference         // members under the first key and no other; they keep their scores
)

// Aggregate is how the scores of a member under several keys become one. As in Redis, those of the smaller sets come
// first. 0 stands for what is no number: an infinity that is weighted with 0, or a sum of opposite infinities.
type Aggregate uint8

// The ways to aggregate scores.
const (
	SumOfScores Aggregate = iota
	LeastScore
	GreatestScore
)

// Of returns the aggregate of two scores.
func (a Aggregate) Of(x, y float64) float64 {
	switch {
	case a == LeastScore && y < x, a == GreatestScore && y > x:
		return y
	case a == SumOfScores:
		return Number(x + y)
	}
	return x
}

// Number returns a score, or 0 for what is no number.
func Number(score float64) float64 {
	if score != score {
		return 0
	}
	return score
}
