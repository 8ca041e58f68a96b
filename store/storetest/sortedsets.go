package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

// sortedText collects members as text: the count, and each with its score; "-member" for one that is not there.
type sortedText struct {
	count   int
	members []string
}

// Members implements store.SortedVisitor.
func (s *sortedText) Members(n int) { s.count = n }

// Member implements store.SortedVisitor.
func (s *sortedText) Member(member []byte, score float64, found bool) {
	text := fmt.Sprintf("%s=%v", member, score)
	if !found {
		text = "-" + string(member)
	}
	s.members = append(s.members, text)
}

// String returns the count and the members.
func (s *sortedText) String() string {
	return strings.TrimSpace(fmt.Sprint(s.count, " ", strings.Join(s.members, " ")))
}

func (f *fixture) sortedSets() store.SortedSets { f.Helper(); return ability[store.SortedSets](f) }

// scored makes members of texts like "member=1.5".
func scored(texts ...string) (all []store.Scored) {
	for _, text := range texts {
		member, score, _ := strings.Cut(text, "=")
		one := store.Scored{Member: []byte(member)}
		fmt.Sscan(score, &one.Score)
		all = append(all, one)
	}
	return all
}

// zadd gives members scores, and returns how many are new and how many have another one.
func (f *fixture) zadd(key string, members ...string) string {
	f.Helper()
	r, err := f.sortedSets().AddScores(background, f.op, []byte(key), scored(members...), store.ScoreOptions{})
	return outcome(err, r.Added, r.Changed)
}

// zaddAs gives one member a score, and returns the score and whether the member has it.
func (f *fixture) zaddAs(key, member string, o store.ScoreOptions) string {
	f.Helper()
	r, err := f.sortedSets().AddScores(background, f.op, []byte(key), scored(member), o)
	if err != nil || !r.Done {
		return outcome(err, r.Done)
	}
	return outcome(err, r.Score)
}

// sortedOf returns all members of a sorted set in order, as text.
func (f *fixture) sortedOf(key string) string {
	f.Helper()
	return f.rangeOf(key, store.SortedRange{Stop: -1})
}

func (f *fixture) rangeOf(key string, r store.SortedRange) string {
	f.Helper()
	s := new(sortedText)
	err := f.sortedSets().ReadRange(background, f.op, []byte(key), r, s)
	if n, other := f.sortedSets().CountRange(background, f.op, []byte(key), r); n != s.count || (err == nil) != (other == nil) {
		f.Errorf("%+v: %d members are shown, %v, %d counted, %v", r, s.count, err, n, other)
	}
	return outcome(err, s)
}

// zpop pops members and returns them as text.
func (f *fixture) zpop(key string, count int64, fromEnd bool) string {
	f.Helper()
	s := new(sortedText)
	return outcome(f.sortedSets().PopMembers(background, f.op, []byte(key), count, fromEnd, s), s)
}

// manyScored returns n different members, of which seven after each other have one score.
func manyScored(n int) (all []string) {
	for i, member := range manyMembers(n) {
		all = append(all, fmt.Sprint(member, "=", i/7))
	}
	return all
}

func byScore(low, high float64) store.SortedRange {
	return store.SortedRange{By: store.ByScore, Min: store.SortedBound{Score: low}, Max: store.SortedBound{Score: high}, Count: -1}
}

func sortedCases() []testCase {
	return []testCase{
		{"members are in the order of scores, then of their bytes", func(f *fixture) {
			f.want("of nothing", f.sortedOf("a"), "0")
			f.want("new", f.zadd("a", "y=2", "x=1", "z=1", "x=3"), "3 1")
			f.want("again", f.zadd("a", "x=3", "y=-1", "u=3"), "1 1")
			f.want("all", f.sortedOf("a"), "4 y=-1 z=1 u=3 x=3")
			f.want("-0 is 0", f.zadd("a", "n=-0")+" "+f.rangeOf("a", byScore(0, 0)), "1 0 1 n=0")
			f.want("type", f.kind("a"), "zset")
			s := new(sortedText)
			f.ok(f.sortedSets().ReadMembers(background, f.op, []byte("a"), words("x", "none", "y"), s))
			f.want("scores", s.String(), "5 x=3 -none y=-1")
			rank, score, found, err := f.sortedSets().RankOf(background, f.op, []byte("a"), []byte("u"), true)
			f.want("rank from the end", fmt.Sprint(rank, score, found, err), "1 3 true <nil>")
		}},
		{"options say which members get a score", func(f *fixture) {
			f.want("present alone", f.zaddAs("a", "x=1", store.ScoreOptions{IfPresent: true})+f.kind("a"), "falsenone")
			f.want("absent alone", f.zaddAs("a", "x=1", store.ScoreOptions{IfAbsent: true}), "1")
			f.want("absent alone", f.zaddAs("a", "x=2", store.ScoreOptions{IfAbsent: true}), "false")
			f.want("greater", f.zaddAs("a", "x=1", store.ScoreOptions{IfGreater: true}), "false")
			f.want("greater", f.zaddAs("a", "x=5", store.ScoreOptions{IfGreater: true}), "5")
			f.want("less", f.zaddAs("a", "x=6", store.ScoreOptions{IfLess: true}), "false")
			f.want("sum", f.zaddAs("a", "x=-3", store.ScoreOptions{Add: true}), "2")
			f.want("sum that is less", f.zaddAs("a", "x=-3", store.ScoreOptions{Add: true, IfGreater: true}), "false")
			f.want("new", f.zaddAs("a", "y=inf", store.ScoreOptions{Add: true, IfLess: true}), "+Inf")
			f.want("no number", f.zaddAs("a", "y=-inf", store.ScoreOptions{Add: true}), "error: "+store.ErrNaN.Error())
			f.want("all", f.sortedOf("a"), "2 x=2 y=+Inf")
		}},
		{"a sorted set ends with its last member", func(f *fixture) {
			f.zadd("a", "x=1", "y=2", "z=3", "u=4")
			n, err := f.sortedSets().RemoveMembers(background, f.op, []byte("a"), words("x", "none", "x"))
			f.want("removed", fmt.Sprint(n, err), "1 <nil>")
			n, err = f.sortedSets().RemoveRange(background, f.op, []byte("a"), byScore(3, 9))
			f.want("removed", fmt.Sprint(n, err), "2 <nil>")
			f.want("popped", f.zpop("a", 5, true), "1 y=2")
			f.want("type", f.kind("a"), "none")
			f.want("of nothing", f.zpop("a", 5, false), "0")
		}},
		{"ranges are by rank, score and member, from either end", func(f *fixture) {
			for _, n := range []int{4, 700} {
				key := fmt.Sprint("k", n)
				f.zadd(key, "a=1", "b=2", "c=2", "d=3")
				for i := range n - 4 {
					f.zadd(key, fmt.Sprintf("more%04d=%d", i, 100+i))
				}
				f.want("rank", f.rangeOf(key, store.SortedRange{Start: 1, Stop: 2}), "2 b=2 c=2")
				f.want("rank", f.rangeOf(key, store.SortedRange{Start: int64(-n), Stop: int64(1 - n)}), "2 a=1 b=2")
				f.want("rank from the end", f.rangeOf(key, store.SortedRange{Start: int64(n - 2), Stop: math.MaxInt64, FromEnd: true}), "2 b=2 a=1")
				f.want("no rank", f.rangeOf(key, store.SortedRange{Start: 3, Stop: 2}), "0")
				r := byScore(2, 3)
				f.want("score", f.rangeOf(key, r), "3 b=2 c=2 d=3")
				r.Min.Exclusive = true
				f.want("without the least", f.rangeOf(key, r), "1 d=3")
				r = byScore(1, 3)
				r.FromEnd, r.Offset, r.Count = true, 1, 2
				f.want("from the greatest", f.rangeOf(key, r), "2 c=2 b=2")
				r.Offset = -1
				f.want("no offset", f.rangeOf(key, r), "0")
			}
			f.zadd("l", "a=0", "b=0", "c=0", "d=0")
			r := store.SortedRange{By: store.ByLex, Min: store.SortedBound{Infinite: -1}, Max: store.SortedBound{Member: []byte("c"), Exclusive: true}, Count: -1}
			f.want("member", f.rangeOf("l", r), "2 a=0 b=0")
			r.Min, r.Max, r.FromEnd = store.SortedBound{Member: []byte("b")}, store.SortedBound{Infinite: 1}, true
			f.want("member from the end", f.rangeOf("l", r), "3 d=0 c=0 b=0")
		}},
		{"a sorted set may have very many members, of any bytes and length", func(f *fixture) {
			all, long := manyScored(3000), strings.Repeat("\x00\r\n\xff", 25_000)
			f.want("new", f.zadd("a", all...), "3000 0")
			f.want("long", f.zadd("a", long+"=-1", "=-2"), "2 0")
			f.want("first", f.rangeOf("a", store.SortedRange{Stop: 1}), "2 =-2 "+long+"=-1")
			n, err := f.sortedSets().RemoveRange(background, f.op, []byte("a"), store.SortedRange{Start: 0, Stop: -2})
			f.want("removed", fmt.Sprint(n, err), "3001 <nil>")
			f.want("popped", f.zpop("a", 1, false), "1 "+all[2999])
		}},
		{"a scan visits every member with its score", func(f *fixture) {
			for _, n := range []int{9, 1500} {
				key, seen := []byte(fmt.Sprint("k", n)), map[string]float64{}
				f.zadd(string(key), manyScored(n)...)
				for cursor, first := uint64(0), true; first || cursor != 0; first = false {
					next, err := f.sortedSets().ScanMembers(background, f.op, key, cursor, 100, func(member []byte, score float64) { seen[string(member)] = score })
					f.ok(err)
					cursor = next
				}
				f.want("scanned", len(seen), n)
				f.want("score", seen[manyMembers(n)[8]], 1.0)
			}
		}},
		{"sorted sets expire, persist, and are overwritten, whatever their size", func(f *fixture) {
			for _, n := range []int{3, 600} {
				begun := f.op.Now - start
				f.zadd("a", manyScored(n)...)
				_, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + 10})
				f.ok(err)
				f.zadd("a", "new=7")
				f.zpop("a", 1, false)
				f.want("expiry", f.expiry("a"), fmt.Sprint(begun+10))
				f.pass(10)
				f.want("expired", f.kind("a")+" "+f.sortedOf("a"), "none 0")
				f.zadd("a", manyScored(n)...)
				f.set("a", "text")
				f.want("overwritten", f.get("a"), "text")
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
			}
		}},
		{"operations on sorted sets find other types and leave them, and the others a sorted set", func(f *fixture) {
			f.set("s", "text")
			f.create("id", store.CreateOptions{})
			z, v := f.sortedSets(), new(sortedText)
			for _, key := range words("s", "id") {
				_, add := z.AddScores(background, f.op, key, scored("x=1"), store.ScoreOptions{})
				_, rem := z.RemoveMembers(background, f.op, key, words("x"))
				_, cut := z.RemoveRange(background, f.op, key, byScore(0, 1))
				_, count := z.CountRange(background, f.op, key, byScore(0, 1))
				_, _, _, rank := z.RankOf(background, f.op, key, []byte("x"), false)
				_, scan := z.ScanMembers(background, f.op, key, 0, 1, func([]byte, float64) { f.Errorf("visited") })
				for name, err := range map[string]error{
					"AddScores": add, "RemoveMembers": rem, "RemoveRange": cut, "CountRange": count, "RankOf": rank, "ScanMembers": scan,
					"ReadMembers": z.ReadMembers(background, f.op, key, nil, v), "PopMembers": z.PopMembers(background, f.op, key, 1, false, v),
					"ReadRange": z.ReadRange(background, f.op, key, byScore(0, 1), v),
				} {
					f.want(name, err, store.ErrWrongType)
				}
			}
			f.zadd("a", "x=1")
			f.wantWrongTypeForStrings("a")
			f.want("sorted set", f.sortedOf("a"), "1 x=1")
		}},
		{"a visitor that panics leaves the sorted set as it is", func(f *fixture) {
			for _, n := range []int{9, 300} {
				key := fmt.Sprint("a", n)
				f.zadd(key, manyScored(n)...)
				for _, act := range []func(v store.SortedVisitor) error{
					func(v store.SortedVisitor) error {
						return f.sortedSets().ReadRange(background, f.op, []byte(key), store.SortedRange{Stop: -1}, v)
					},
					func(v store.SortedVisitor) error {
						return f.sortedSets().PopMembers(background, f.op, []byte(key), 3, true, v)
					},
				} {
					func() {
						defer func() { f.want("recovered", recover(), "members") }()
						_ = act(panickingSorted{})
					}()
				}
				f.want("new", f.zadd(key, "x=1"), "1 0")
				f.want("size", strings.HasPrefix(f.sortedOf(key), fmt.Sprint(n+1, " ")), true)
			}
		}},
		{"every change of a sorted set is one event, with Redis's name", func(f *fixture) {
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.zadd("a", "x=1", "y=2", "z=3")
			f.zadd("a", "x=1")
			f.want("add", r.take(), "| new a, zadd a")
			f.zaddAs("a", "x=1", store.ScoreOptions{Add: true})
			f.want("sum", r.take(), "| zincr a")
			_, err := f.sortedSets().RemoveMembers(background, f.op, []byte("a"), words("none"))
			f.ok(err)
			f.want("nothing", r.take(), "")
			_, err = f.sortedSets().RemoveRange(background, f.op, []byte("a"), byScore(3, 3))
			f.ok(err)
			f.want("range", r.take(), "| zremrangebyscore a")
			f.zpop("a", 1, false)
			f.zpop("a", 1, true)
			f.want("pops", r.take(), "| zpopmin a, | zpopmax a, del a gone")
		}},
		{"a sorted set that does not fit is not changed", func(f *fixture) {
			f.zadd("a", manyScored(300)...)
			f.zadd("b", "x=1")
			a, b := f.sortedOf("a"), f.sortedOf("b")
			f.limit(store.Limits{MaxMemory: 1})
			for _, key := range []string{"a", "b", "c"} {
				for _, length := range []int{3000, 5000, 100_000} {
					f.want("add", f.zadd(key, "new=1", strings.Repeat("v", length)+"=1"), "error: "+store.ErrNoMemory.Error())
				}
			}
			f.want("sorted sets", f.sortedOf("a") == a && f.sortedOf("b") == b && f.kind("c") == "none", true)
		}},
	}
}

type panickingSorted struct{}

func (panickingSorted) Members(int)                  { panic("members") }
func (panickingSorted) Member([]byte, float64, bool) { panic("member") }
