package storetest

import (
	"fmt"
	"math"
	"slices"

	"sessd/store"
)

// drawCombination draws how some keys are combined.
func drawCombination(d draw) ([]string, store.Combination) {
	keys := append(drawKeys(d), drawKey(d))
	c := store.Combination{
		How: of(d, store.Union, store.Intersection, store.Difference), Scores: d(2) == 1,
		Aggregate: of(d, store.SumOfScores, store.LeastScore, store.GreatestScore),
	}
	if d(2) == 1 && c.Scores && c.How != store.Difference {
		for range keys {
			c.Weights = append(c.Weights, of(d, 1, 2, 0, -1.5, math.Inf(1), math.Inf(-1)))
		}
	}
	return keys, c
}

// algebraKinds are the operations that combine sets and sorted sets.
func algebraKinds() []kind {
	on := func(e store.Engine) store.Algebra { return e.(store.Algebra) }
	return []kind{
		{"combine", func(d draw) operation {
			keys, c := drawCombination(d)
			if c.Size = d(4) == 1; c.Size {
				c.Limit = of[int64](d, 0, 1, 2, math.MaxInt64)
			}
			return operation{fmt.Sprintf("combine %q %+v", keys, c), nil, func(e store.Engine, op store.Op) string {
				s := new(sortedText)
				err := on(e).ReadCombined(background, op, words(keys...), c, s)
				if !c.Scores {
					slices.Sort(s.members)
				}
				return outcome(err, s)
			}}
		}},
		{"store what combines", func(d draw) operation {
			keys, c := drawCombination(d)
			target := drawKey(d)
			return operation{fmt.Sprintf("store in %q what combines %q %+v", target, keys, c), nil, func(e store.Engine, op store.Op) string {
				n, err := on(e).StoreCombined(background, op, []byte(target), words(keys...), c)
				return outcome(err, n)
			}}
		}},
	}
}

// moveKinds are the operations on sets and sorted sets under several keys, and those at random.
func moveKinds() []kind {
	return []kind{
		{"move a member", func(d draw) operation {
			from, to, member := drawKey(d), drawKey(d), drawScored(d)
			return operation{fmt.Sprintf("move member %q %q %q", from, to, member), nil, func(e store.Engine, op store.Op) string {
				moved, err := e.(store.Sets).MoveMember(background, op, []byte(from), []byte(to), []byte(member))
				return outcome(err, moved)
			}}
		}},
		{"pop from the first", func(d draw) operation {
			keys, count, end := append(drawKeys(d), drawKey(d)), of[int64](d, 1, 2, 100), d(2) == 1
			return operation{fmt.Sprintf("pop from the first of %q %d %v", keys, count, end), nil, func(e store.Engine, op store.Op) string {
				s, at := new(sortedText), -1
				err := e.(store.SortedSets).PopFirst(background, op, words(keys...), count, end, func(i int) store.SortedVisitor {
					at = i
					return s
				})
				return outcome(err, at, s)
			}}
		}},
		{"store a range", func(d draw) operation {
			target, key, r := drawKey(d), drawKey(d), drawRange(d)
			return operation{fmt.Sprintf("store in %q a range of %q %+v", target, key, r), nil, func(e store.Engine, op store.Op) string {
				n, err := e.(store.SortedSets).StoreRange(background, op, []byte(target), []byte(key), r)
				return outcome(err, n)
			}}
		}},
		{"scored members at random", func(d draw) operation {
			key, count := drawKey(d), of[int64](d, 0, 2, -3, 100)
			return onSorted(key, fmt.Sprintf("random scored members %d", count), func(z store.SortedSets, op store.Op, key []byte) string {
				s := new(sortedText)
				err := z.RandomMembers(background, op, key, count, s)
				if count == 100 { // all there are
					slices.Sort(s.members)
					return outcome(err, s)
				}
				return outcome(err, s.count, len(s.members))
			})
		}},
	}
}
