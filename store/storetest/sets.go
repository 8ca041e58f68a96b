package storetest

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"sessd/store"
)

// setText collects a set as text: the count, and the members, sorted unless they were asked for; "-member" for one that is
// not there.
type setText struct {
	count   int
	sorted  bool
	members []string
}

// Set implements store.SetVisitor.
func (s *setText) Set(members int) { s.count = members }

// Member implements store.SetVisitor.
func (s *setText) Member(member []byte, found bool) {
	text := string(member)
	if !found {
		text = "-" + text
	}
	s.members = append(s.members, text)
}

// String returns the count and the members.
func (s *setText) String() string {
	if s.sorted {
		sort.Strings(s.members)
	}
	return strings.TrimSpace(fmt.Sprint(s.count, " ", strings.Join(s.members, " ")))
}

func (f *fixture) sets() store.Sets { f.Helper(); return ability[store.Sets](f) }

func (f *fixture) sadd(key string, members ...string) int {
	f.Helper()
	n, err := f.sets().AddToSet(background, f.op, []byte(key), words(members...))
	f.ok(err)
	return n
}

func (f *fixture) srem(key string, members ...string) int {
	f.Helper()
	n, err := f.sets().RemoveFromSet(background, f.op, []byte(key), words(members...))
	f.ok(err)
	return n
}

// setOf returns a set, or some of its members, as text.
func (f *fixture) setOf(key string, members ...string) string {
	f.Helper()
	s, r := setText{sorted: members == nil}, store.SetRead{}
	if members != nil {
		r.Members = words(members...)
	}
	if err := f.sets().ReadSet(background, f.op, []byte(key), r, &s); err != nil {
		return "error: " + err.Error()
	}
	return s.String()
}

// spop pops members, each of which was in the set and is not any more.
func (f *fixture) spop(key string, count int64) int {
	f.Helper()
	s, before := new(setText), map[string]bool{}
	all := new(setText)
	f.ok(f.sets().ReadSet(background, f.op, []byte(key), store.SetRead{}, all))
	for _, member := range all.members {
		before[member] = true
	}
	f.ok(f.sets().PopFromSet(background, f.op, []byte(key), count, s))
	f.want("shown", len(s.members), s.count)
	for _, member := range s.members {
		if !before[member] {
			f.Errorf("%q is popped", member)
		}
		delete(before, member)
	}
	all = new(setText)
	f.ok(f.sets().ReadSet(background, f.op, []byte(key), store.SetRead{}, all))
	f.want("left", all.count, len(before))
	for _, member := range all.members {
		f.want("left "+member, before[member], true)
	}
	return s.count
}

// manyMembers returns n different members.
func manyMembers(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprint("member", i, strings.Repeat("-", i%50)))
	}
	return all
}

func setCases() []testCase {
	return []testCase{
		{"members that were added are there", func(f *fixture) {
			f.want("of nothing", f.setOf("a")+", "+f.setOf("a", "x"), "0, 0 -x")
			f.want("new", f.sadd("a", "x", "y", "x"), 2)
			f.want("new", f.sadd("a", "y", "z"), 1)
			f.want("none is new", f.sadd("a", "y"), 0)
			f.want("all", f.setOf("a"), "3 x y z")
			f.want("in order", f.setOf("a", "z", "u", "x", "z"), "3 z -u x z")
			f.want("type", f.kind("a"), "set")
			s := new(setText)
			f.ok(f.sets().ReadSet(background, f.op, []byte("a"), store.SetRead{Size: true}, s))
			f.want("the size alone", s.String(), "3")
		}},
		{"a set ends with its last member", func(f *fixture) {
			f.sadd("a", "x", "y", "z")
			f.want("removed", f.srem("a", "x", "none", "x", "z"), 2)
			f.want("all", f.setOf("a"), "1 y")
			f.want("removed", f.srem("a", "y"), 1)
			f.want("type", f.kind("a"), "none")
			f.want("of nothing", f.srem("a", "y"), 0)
		}},
		{"members are any bytes, of any length", func(f *fixture) {
			long := strings.Repeat("\x00\r\n\xff", 25_000)
			f.want("new", f.sadd("a", "", "\xff", long), 3)
			f.want("there", f.setOf("a", "", "\xff", long+"x") == "3  \xff -"+long+"x", true)
			f.want("removed", f.srem("a", long, ""), 2)
			f.want("left", f.setOf("a"), "1 \xff")
		}},
		{"a set may have very many members", func(f *fixture) {
			all := manyMembers(3000)
			f.want("new", f.sadd("a", all[:100]...)+f.sadd("a", all[50:2000]...), 2000)
			for _, member := range all[2000:] {
				f.sadd("a", member)
			}
			f.want("some", f.setOf("a", all[0], "none", all[2950]), "3000 "+all[0]+" -none "+all[2950])
			seen := map[string]bool{}
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				next, err := f.sets().ScanSet(background, f.op, []byte("a"), cursor, 100, func(member []byte) { seen[string(member)] = true })
				f.ok(err)
				cursor = next
			}
			f.want("scanned", len(seen), 3000)
			f.want("removed", f.srem("a", all[:2999]...), 2999)
			f.want("left", f.setOf("a"), "1 "+all[2999])
		}},
		{"members that are popped were there", func(f *fixture) {
			for _, n := range []int{3, 100, 1000} {
				f.sadd("a", manyMembers(n)...)
				f.want("none", f.spop("a", 0), 0)
				f.want("one", f.spop("a", 1), 1)
				f.want("many", f.spop("a", int64(n/2)), n/2)
				f.want("all", f.spop("a", 1<<63-1), n-n/2-1)
				f.want("type", f.kind("a"), "none")
				f.want("of nothing", f.spop("a", 1), 0)
			}
		}},
		{"members at random are members of the set", func(f *fixture) {
			for _, n := range []int{3, 1000} {
				key := fmt.Sprint("s", n)
				f.sadd(key, manyMembers(n)...)
				for _, count := range []int64{0, 1, 2, 700, 5000, -1, -5, -2000} {
					s := new(setText)
					f.ok(f.sets().RandomFromSet(background, f.op, []byte(key), count, s))
					want, seen := int(-count), map[string]bool{}
					if count >= 0 {
						want = min(int(count), n)
					}
					for _, member := range s.members {
						seen[member] = true
					}
					if members := slices.Sorted(maps.Keys(seen)); len(members) > 0 {
						f.want("members", f.setOf(key, members...), fmt.Sprint(n, " ", strings.Join(members, " ")))
					}
					if s.count != want || len(s.members) != want || count > 0 && len(seen) != want {
						f.Errorf("%d of %d: %d announced, %d shown, %d different", count, n, s.count, len(s.members), len(seen))
					}
				}
			}
		}},
		{"sets expire, persist, and are overwritten, whatever their size", func(f *fixture) {
			for _, n := range []int{3, 600} {
				expire := func(in int64) {
					_, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + in})
					f.ok(err)
				}
				begun := f.op.Now - start
				f.sadd("a", manyMembers(n)...)
				expire(10)
				f.sadd("a", "new")
				f.spop("a", 1)
				f.want("expiry", f.expiry("a"), fmt.Sprint(begun+10))
				_, err := f.keys().Persist(background, f.op, []byte("a"))
				f.ok(err)
				expire(10)
				f.pass(10)
				f.want("expired", f.kind("a")+" "+f.setOf("a"), "none 0")
				f.sadd("a", manyMembers(n)...)
				f.set("a", "text")
				f.want("overwritten", f.get("a"), "text")
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
			}
		}},
		{"operations on sets find other types and leave them, and the others a set", func(f *fixture) {
			f.set("s", "text")
			f.create("id", store.CreateOptions{})
			s, v := f.sets(), new(setText)
			for _, key := range words("s", "id") {
				_, add := s.AddToSet(background, f.op, key, words("x"))
				_, rem := s.RemoveFromSet(background, f.op, key, words("x"))
				_, scan := s.ScanSet(background, f.op, key, 0, 1, func([]byte) { f.Errorf("visited") })
				for name, err := range map[string]error{
					"ReadSet": s.ReadSet(background, f.op, key, store.SetRead{}, v), "AddToSet": add, "RemoveFromSet": rem, "ScanSet": scan,
					"PopFromSet": s.PopFromSet(background, f.op, key, 0, v), "RandomFromSet": s.RandomFromSet(background, f.op, key, -3, v),
				} {
					f.want(name, err, store.ErrWrongType)
				}
			}
			f.sadd("a", "x")
			f.wantWrongTypeForStrings("a")
			f.want("set", f.setOf("a"), "1 x")
		}},
		{"a visitor that panics leaves the set as it is", func(f *fixture) {
			for _, n := range []int{9, 300} {
				key := []byte(fmt.Sprint("a", n))
				f.sadd(string(key), manyMembers(n)...)
				for _, act := range []func(v store.SetVisitor) error{
					func(v store.SetVisitor) error { return f.sets().ReadSet(background, f.op, key, store.SetRead{}, v) },
					func(v store.SetVisitor) error { return f.sets().PopFromSet(background, f.op, key, 3, v) },
					func(v store.SetVisitor) error { return f.sets().RandomFromSet(background, f.op, key, -9, v) },
				} {
					func() {
						defer func() { f.want("recovered", recover(), "set") }()
						_ = act(panickingSet{})
					}()
				}
				f.want("new", f.sadd(string(key), "x"), 1)
				f.want("size", strings.HasPrefix(f.setOf(string(key)), fmt.Sprint(n+1, " ")), true)
			}
		}},
		{"every change of a set is one event, with Redis's name", func(f *fixture) {
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.sadd("a", "x", "y", "z")
			f.sadd("a", "x")
			f.want("add", r.take(), "| new a, sadd a")
			f.srem("a", "x", "none")
			f.srem("a", "none")
			f.want("rem", r.take(), "| srem a")
			f.spop("a", 0)
			f.spop("a", 1)
			f.want("pop", r.take(), "| spop a")
			f.spop("a", 1)
			f.want("pop", r.take(), "| spop a, del a gone")
		}},
		{"a set that does not fit is not changed", func(f *fixture) {
			f.sadd("a", manyMembers(300)...)
			f.sadd("b", "x")
			a, b := f.setOf("a"), f.setOf("b")
			f.limit(store.Limits{MaxMemory: 1})
			for _, key := range words("a", "b", "c") {
				for _, length := range []int{3000, 5000, 100_000} {
					_, err := f.sets().AddToSet(background, f.op, key, words("new", strings.Repeat("v", length)))
					f.want("error", err, store.ErrNoMemory)
				}
			}
			f.want("sets", f.setOf("a") == a && f.setOf("b") == b && f.kind("c") == "none", true)
		}},
	}
}

type panickingSet struct{}

func (panickingSet) Set(int)             { panic("set") }
func (panickingSet) Member([]byte, bool) { panic("member") }
