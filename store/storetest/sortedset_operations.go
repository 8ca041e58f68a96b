package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

func drawScored(d draw) string {
	return of(d, "x", "y", "z", "", "u", "v", "w", strings.Repeat("long", 40))
}

func drawScore(d draw) float64 {
	return of(d, 0, 1, 2, -1, 1.5, math.Inf(1), math.Inf(-1), math.Copysign(0, -1))
}

// drawRange draws a range by rank or by score. One by member is defined where all scores are equal.
func drawRange(d draw) store.SortedRange {
	r := store.SortedRange{By: of(d, store.ByRank, store.ByScore), FromEnd: d(2) == 1}
	if r.By == store.ByRank {
		r.Start, r.Stop = drawRank(d), drawRank(d)
		return r
	}
	r.Min = store.SortedBound{Score: drawScore(d), Exclusive: d(3) == 1}
	r.Max = store.SortedBound{Score: drawScore(d), Exclusive: d(3) == 1}
	r.Offset, r.Count = of[int64](d, 0, 0, 1, -1, math.MaxInt64), of[int64](d, -1, -1, 0, 2, math.MaxInt64)
	return r
}

func drawRank(d draw) int64 { return of[int64](d, 0, 1, -1, -2, 3, math.MinInt64, math.MaxInt64) }

// describeScored returns members with their scores as text.
func describeScored(members []store.Scored) (text []string) {
	for _, one := range members {
		text = append(text, fmt.Sprintf("%q=%v", one.Member, one.Score))
	}
	return text
}

// onSorted is an operation on one sorted set.
func onSorted(key, text string, do func(z store.SortedSets, op store.Op, key []byte) string) operation {
	return operation{text + fmt.Sprintf(" %q", key), []string{key}, func(e store.Engine, op store.Op) string {
		return do(e.(store.SortedSets), op, []byte(key))
	}}
}

// sortedKinds are the operations on sorted sets.
func sortedKinds() []kind {
	return []kind{
		{"add scores", func(d draw) operation {
			var members []store.Scored
			for range 1 + d(4) {
				members = append(members, store.Scored{Member: []byte(drawScored(d)), Score: drawScore(d)})
			}
			o := store.ScoreOptions{IfAbsent: d(6) == 1, IfPresent: d(6) == 1, IfGreater: d(6) == 1, IfLess: d(6) == 1, Add: d(4) == 1}
			if o.Add {
				members = members[:1]
			}
			return onSorted(drawKey(d), fmt.Sprintf("add scores %v %+v", describeScored(members), o), func(z store.SortedSets, op store.Op, key []byte) string {
				r, err := z.AddScores(background, op, key, members, o)
				return outcome(err, fmt.Sprintf("%+v", r))
			})
		}},
		{"remove scored members", func(d draw) operation {
			members := drawTexts(d, 4, drawScored)
			return onSorted(drawKey(d), fmt.Sprintf("remove scored members %q", members), func(z store.SortedSets, op store.Op, key []byte) string {
				n, err := z.RemoveMembers(background, op, key, words(members...))
				return outcome(err, n)
			})
		}},
		{"remove a range", func(d draw) operation {
			r := drawRange(d)
			r.FromEnd, r.Offset, r.Count = false, 0, -1
			return onSorted(drawKey(d), fmt.Sprintf("remove range %+v", r), func(z store.SortedSets, op store.Op, key []byte) string {
				n, err := z.RemoveRange(background, op, key, r)
				return outcome(err, n)
			})
		}},
		{"pop scored members", func(d draw) operation {
			count, end := of[int64](d, 0, 1, 2, 100), d(2) == 1
			return onSorted(drawKey(d), fmt.Sprintf("pop scored members %d %v", count, end), func(z store.SortedSets, op store.Op, key []byte) string {
				s := new(sortedText)
				return outcome(z.PopMembers(background, op, key, count, end, s), s)
			})
		}},
		{"read scores", func(d draw) operation {
			members := drawTexts(d, 4, drawScored)
			return onSorted(drawKey(d), fmt.Sprintf("read scores %q", members), func(z store.SortedSets, op store.Op, key []byte) string {
				s := new(sortedText)
				return outcome(z.ReadMembers(background, op, key, words(members...), s), s)
			})
		}},
		{"rank", func(d draw) operation {
			member, end := drawScored(d), d(2) == 1
			return onSorted(drawKey(d), fmt.Sprintf("rank %q %v", member, end), func(z store.SortedSets, op store.Op, key []byte) string {
				rank, score, found, err := z.RankOf(background, op, key, []byte(member), end)
				return outcome(err, rank, score, found)
			})
		}},
		{"count a range", func(d draw) operation {
			r := drawRange(d)
			return onSorted(drawKey(d), fmt.Sprintf("count range %+v", r), func(z store.SortedSets, op store.Op, key []byte) string {
				n, err := z.CountRange(background, op, key, r)
				return outcome(err, n)
			})
		}},
		{"read a range", func(d draw) operation {
			r := drawRange(d)
			return onSorted(drawKey(d), fmt.Sprintf("read range %+v", r), func(z store.SortedSets, op store.Op, key []byte) string {
				s := new(sortedText)
				return outcome(z.ReadRange(background, op, key, r, s), s)
			})
		}},
		{"scan a sorted set", func(d draw) operation {
			key, count := drawKey(d), 1+d(3)
			return operation{fmt.Sprintf("scan sorted set %q %d", key, count), nil, func(e store.Engine, op store.Op) string {
				seen, cursor, first := map[string]float64{}, uint64(0), true
				for ; first || cursor != 0; first = false {
					next, err := e.(store.SortedSets).ScanMembers(background, op, []byte(key), cursor, count, func(member []byte, score float64) {
						seen[string(member)] = score
					})
					if err != nil {
						return outcome(err)
					}
					cursor = next
				}
				return fmt.Sprint(seen)
			}}
		}},
	}
}
