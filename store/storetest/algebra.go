package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sessd/store"
)

func (f *fixture) algebra() store.Algebra { f.Helper(); return ability[store.Algebra](f) }

// combined returns what keys combine to as text. Members of sets are sorted.
func (f *fixture) combined(c store.Combination, keys ...string) string {
	f.Helper()
	s := new(sortedText)
	err := f.algebra().ReadCombined(background, f.op, words(keys...), c, s)
	if !c.Scores {
		for i, member := range s.members {
			s.members[i], _, _ = strings.Cut(member, "=")
		}
		slices.Sort(s.members)
	}
	return outcome(err, s)
}

// storeCombined stores what keys combine to, and returns the size.
func (f *fixture) storeCombined(target string, c store.Combination, keys ...string) string {
	f.Helper()
	n, err := f.algebra().StoreCombined(background, f.op, []byte(target), words(keys...), c)
	return outcome(err, n)
}

// moved moves a member.
func (f *fixture) moved(from, to, member string) string {
	f.Helper()
	moved, err := f.sets().MoveMember(background, f.op, []byte(from), []byte(to), []byte(member))
	return outcome(err, moved)
}

// kept stores a range, and returns how many members it has.
func (f *fixture) kept(target, key string, r store.SortedRange) string {
	f.Helper()
	n, err := f.sortedSets().StoreRange(background, f.op, []byte(target), []byte(key), r)
	return outcome(err, n)
}

func algebraCases() []testCase {
	union, inter, diff := store.Combination{How: store.Union}, store.Combination{How: store.Intersection}, store.Combination{How: store.Difference}
	scores := func(c store.Combination, how store.Aggregate, weights ...float64) store.Combination {
		c.Scores, c.Aggregate, c.Weights = true, how, weights
		return c
	}
	return []testCase{
		{"sets combine to members under any, all, or the first key alone", func(f *fixture) {
			f.sadd("a", "x", "y", "z")
			f.sadd("b", "y", "z", "u")
			f.sadd("c", "z", "v")
			f.want("union", f.combined(union, "a", "b", "none", "a"), "4 u x y z")
			f.want("intersection", f.combined(inter, "a", "b", "c"), "1 z")
			f.want("with nothing", f.combined(inter, "a", "none"), "0")
			f.want("difference", f.combined(diff, "a", "c", "none"), "2 x y")
			f.want("with itself", f.combined(diff, "a", "a"), "0")
			f.want("of nothing", f.combined(diff, "none", "a"), "0")
			f.want("size", f.combined(store.Combination{How: store.Intersection, Size: true}, "a", "b"), "2")
			f.want("size up to a limit", f.combined(store.Combination{How: store.Intersection, Size: true, Limit: 1}, "a", "b"), "1")
		}},
		{"scores are weighted and aggregated, of sets as 1", func(f *fixture) {
			f.zadd("a", "x=1", "y=2")
			f.zadd("b", "y=10", "z=-1")
			f.sadd("s", "x", "y")
			f.want("sum", f.combined(scores(union, store.SumOfScores), "a", "b", "s"), "3 z=-1 x=2 y=13")
			f.want("least", f.combined(scores(union, store.LeastScore), "a", "b", "s"), "3 z=-1 x=1 y=1")
			f.want("greatest", f.combined(scores(inter, store.GreatestScore), "a", "b"), "1 y=10")
			f.want("weights", f.combined(scores(union, store.SumOfScores, 2, -1, 100), "a", "b", "s"), "3 z=1 y=94 x=102")
			f.want("difference", f.combined(scores(diff, store.SumOfScores), "a", "b"), "1 x=1")
			f.want("sets alone", f.combined(union, "a", "s"), "error: "+store.ErrWrongType.Error())
		}},
		{"what is no number is 0", func(f *fixture) {
			f.zadd("a", "x=inf", "y=1")
			f.zadd("b", "x=-inf", "y=1")
			f.want("sum", f.combined(scores(union, store.SumOfScores), "a", "b"), "2 x=0 y=2")
			f.want("weight", f.combined(scores(union, store.SumOfScores, 0), "a"), "2 x=0 y=0")
			f.want("infinite weight", f.combined(scores(inter, store.SumOfScores, math.Inf(1), 1), "a", "b"), "2 x=0 y=+Inf")
			f.sadd("s", "x")
			f.zadd("c", "x=0", "y=3")
			f.want("weight of what is met later", f.combined(scores(inter, store.SumOfScores, 1, math.Inf(1)), "s", "c"), "1 x=0")
			f.want("least with it", f.combined(scores(inter, store.LeastScore, 1, math.Inf(1)), "s", "c"), "1 x=1")
			f.want("in a union", f.combined(scores(union, store.SumOfScores, 1, math.Inf(1)), "s", "c"), "2 x=1 y=+Inf")
		}},
		{"what combines is stored over an entry of any type, which ends with nothing", func(f *fixture) {
			f.sadd("a", "x", "y")
			f.sadd("b", "y", "z")
			f.setAs("t", "text", store.SetOptions{ExpireAt: start + 100})
			f.want("over a string", f.storeCombined("t", union, "a", "b"), "3")
			f.want("stored", f.setOf("t")+" "+f.expiry("t"), "3 x y z never")
			f.want("over itself", f.storeCombined("a", diff, "a", "b")+" "+f.setOf("a"), "1 1 x")
			f.want("scores", f.storeCombined("t", scores(union, store.SumOfScores, 2, -0), "b", "t")+" "+f.sortedOf("t"), "3 3 x=0 y=2 z=2")
			f.create("id", store.CreateOptions{Principal: []byte("p")})
			f.want("over a session", f.storeCombined("id", inter, "b", "b")+" "+f.setOf("id")+f.of("p"), "2 2 y z")
			f.want("nothing", f.storeCombined("id", inter, "a", "b")+" "+f.kind("id"), "0 none")
			f.set("s", "text")
			f.want("of a string", f.storeCombined("t", union, "a", "s"), "error: "+store.ErrWrongType.Error())
			f.want("not changed", f.sortedOf("t"), "3 x=0 y=2 z=2")
		}},
		{"very many members combine", func(f *fixture) {
			all := manyMembers(6000)
			f.sadd("a", all[:4000]...)
			f.sadd("b", all[2000:]...)
			f.sadd("few", all[3999:4001]...)
			f.zadd("z", manyScored(3000)...)
			f.want("union", f.storeCombined("t", union, "a", "few", "b"), "6000")
			f.want("intersection", f.storeCombined("u", inter, "t", "a", "b"), "2000")
			f.want("difference", f.storeCombined("v", diff, "t", "few", "b"), "2000")
			f.want("difference of many", f.storeCombined("v", diff, "a", "b", "few", "few", "few"), "2000")
			f.want("into scores", f.storeCombined("u", scores(inter, store.SumOfScores, 1, 0.5), "z", "u"), "1000")
			f.want("first", f.rangeOf("u", store.SortedRange{Stop: 0}), "1 "+all[2000]+"=285.5")
			f.want("over a large one", f.storeCombined("t", inter, "few", "b")+" "+f.setOf("t"), "2 2 "+all[3999]+" "+all[4000])
			n := scores(union, store.SumOfScores)
			n.Size = true
			f.want("size", f.combined(n, "u", "a", "b", "z"), "6000")
		}},
		{"a member moves from one set to another in one step", func(f *fixture) {
			f.sadd("a", "x", "y")
			f.want("of nothing", f.moved("none", "a", "x"), "false")
			f.want("not there", f.moved("a", "b", "z")+f.kind("b"), "falsenone")
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.want("moved", f.moved("a", "b", "x")+" "+f.setOf("a")+" "+f.setOf("b"), "true 1 y 1 x")
			f.want("changes", r.take(), "| srem a, new b, sadd b")
			f.want("the last one", f.moved("a", "b", "y")+" "+f.kind("a")+" "+f.setOf("b"), "true none 2 x y")
			f.want("changes", r.take(), "| srem a, del a gone, sadd b")
			f.want("onto itself", f.moved("b", "b", "y")+r.take(), "true")
			f.sadd("a", "x")
			r.take()
			f.want("already there", f.moved("a", "b", "x")+r.take(), "true| srem a, del a gone")
			f.set("s", "text")
			f.want("types", f.moved("s", "b", "x")+f.moved("b", "s", "none"), "error: "+store.ErrWrongType.Error()+"error: "+store.ErrWrongType.Error())
			f.sadd("large", manyMembers(1000)...)
			f.want("of many", f.moved("large", "b", "member500")+f.moved("b", "large", "x"), "truetrue")
			f.want("sizes", f.combined(store.Combination{Size: true}, "large")+f.setOf("b"), "10002 member500 y")
		}},
		{"a range is stored over an entry of any type", func(f *fixture) {
			for _, n := range []int{9, 2000} {
				f.zadd("a", manyScored(n)...)
				f.set("t", "text")
				f.want("all", f.kept("t", "a", store.SortedRange{Stop: -1}), fmt.Sprint(n))
				f.want("the same", f.sortedOf("t") == f.sortedOf("a"), true)
				f.want("over itself", f.kept("a", "a", store.SortedRange{Start: 1, Stop: 1, FromEnd: true}), "1")
				f.want("none", f.kept("t", "a", store.SortedRange{Start: 5, Stop: 1})+f.kind("t"), "0none")
			}
			f.set("s", "text")
			f.want("type", f.kept("t", "s", store.SortedRange{Stop: -1}), "error: "+store.ErrWrongType.Error())
		}},
		{"members are popped from the first sorted set", func(f *fixture) {
			f.zadd("b", "x=1", "y=2")
			f.set("s", "text")
			pop := func(keys ...string) string {
				s, at := new(sortedText), -1
				err := f.sortedSets().PopFirst(background, f.op, words(keys...), 1, true, func(i int) store.SortedVisitor {
					at = i
					return s
				})
				return outcome(err, at, " ", s)
			}
			f.want("second", pop("a", "b", "s"), "1 1 y=2")
			f.want("type", pop("s", "b"), "error: "+store.ErrWrongType.Error())
			f.want("last", pop("b", "s")+f.kind("b"), "0 1 x=1none")
			f.want("none", pop("a", "b"), "-1 0")
		}},
		{"scored members at random are members", func(f *fixture) {
			for _, n := range []int{3, 1000} {
				key := []byte(fmt.Sprint("z", n))
				f.zadd(string(key), manyScored(n)...)
				for _, count := range []int64{0, 1, 2, 700, math.MaxInt64, -1, -5, -2000} {
					s, seen := new(sortedText), map[string]bool{}
					f.ok(f.sortedSets().RandomMembers(background, f.op, key, count, s))
					for _, member := range s.members {
						seen[member] = true
					}
					want := int(min(count, int64(n)))
					if count < 0 {
						want = int(-count)
					}
					f.want("shown", fmt.Sprint(s.count, len(s.members), count < 0 || len(seen) == want), fmt.Sprint(want, want, true))
				}
			}
		}},
		{"what is stored is one event, with Redis's name", func(f *fixture) {
			f.sadd("a", "x", "y")
			f.sadd("b", "y")
			f.zadd("z", "x=1")
			f.create("id", store.CreateOptions{})
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.storeCombined("t", union, "a", "b")
			f.storeCombined("t", inter, "a", "b")
			f.storeCombined("t", diff, "a", "b")
			f.want("sets", r.take(), "| new t, sunionstore t, | sinterstore t, | sdiffstore t")
			f.storeCombined("t", scores(union, store.SumOfScores), "a", "b")
			f.storeCombined("t", scores(store.Combination{How: store.Intersection}, store.SumOfScores), "a", "b")
			f.storeCombined("t", scores(diff, store.SumOfScores), "a", "b")
			f.want("sorted sets", r.take(), "| zunionstore t, | zinterstore t, | zdiffstore t")
			f.kept("t", "z", store.SortedRange{Stop: -1})
			f.storeCombined("t", diff, "b", "a")
			f.storeCombined("t", diff, "b", "a")
			f.want("range, and nothing", r.take(), "| zrangestore t, | del t gone")
			f.storeCombined("id", union, "b")
			f.want("over a session", r.take(), "| destroyed id gone, sunionstore id")
		}},
		{"what does not fit changes nothing", func(f *fixture) {
			f.sadd("a", manyMembers(300)...)
			f.zadd("z", manyScored(300)...)
			f.set("t", "text")
			f.limit(store.Limits{MaxMemory: 1})
			no := "error: " + store.ErrNoMemory.Error()
			f.want("union", f.storeCombined("t", union, "a", "a")+f.storeCombined("u", scores(union, store.SumOfScores), "a", "z"), no+no)
			f.want("range", f.kept("t", "z", store.SortedRange{Stop: -1}), no)
			f.want("nothing changed", f.get("t")+f.kind("u")+f.setOf("a", "member0"), "textnone300 member0")
			f.want("what moves fits", f.moved("a", "b", "member0")+f.setOf("b"), "true1 member0")
			f.want("what is less fits", f.storeCombined("a", diff, "a", "a")+f.kind("a"), "0none")
		}},
	}
}
