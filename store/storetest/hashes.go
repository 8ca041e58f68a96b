package storetest

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"sessd/store"
)

// hashText collects a hash as text: the count, and "name=value", sorted unless they were asked for; "name-" for a field
// that is not there.
type hashText struct {
	count  int
	sorted bool
	fields []string
}

// Hash implements store.HashVisitor.
func (h *hashText) Hash(fields int) { h.count = fields }

// Field implements store.HashVisitor.
func (h *hashText) Field(name, value []byte, found bool) {
	text := string(name) + "=" + string(value)
	if !found {
		text = string(name) + "-" + string(value)
	}
	h.fields = append(h.fields, text)
}

// String returns the count and the fields.
func (h *hashText) String() string {
	if h.sorted {
		sort.Strings(h.fields)
	}
	return strings.TrimSpace(fmt.Sprint(h.count, " ", strings.Join(h.fields, " ")))
}

func (f *fixture) hashes() store.Hashes { f.Helper(); return ability[store.Hashes](f) }

// hset sets fields and returns how many are new.
func (f *fixture) hset(key string, pairs ...string) int {
	f.Helper()
	n, err := f.hashes().SetHash(background, f.op, []byte(key), words(pairs...), false)
	f.ok(err)
	return n
}

// hash returns a hash, or some of its fields, as text.
func (f *fixture) hash(key string, fields ...string) string {
	f.Helper()
	h := hashText{sorted: fields == nil}
	r := store.HashRead{}
	if fields != nil {
		r.Fields = words(fields...)
	}
	if err := f.hashes().ReadHash(background, f.op, []byte(key), r, &h); err != nil {
		return "error: " + err.Error()
	}
	return h.String()
}

func (f *fixture) hdel(key string, fields ...string) int {
	f.Helper()
	n, err := f.hashes().DeleteFields(background, f.op, []byte(key), words(fields...))
	f.ok(err)
	return n
}

// fill sets n fields of a hash, in two operations of many and the rest one by one.
func (f *fixture) fill(key string, n int) {
	f.Helper()
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprint("field", i), fmt.Sprint("value", i, strings.Repeat("-", i%50)))
	}
	third := n / 3 * 2
	f.want("new", f.hset(key, pairs[:third]...)+f.hset(key, pairs[:2*third]...), 2*third/2)
	for i := 2 * third; i < len(pairs); i += 2 {
		f.hset(key, pairs[i:i+2]...)
	}
}

func hashCases() []testCase {
	return []testCase{
		{"fields that were set can be read", func(f *fixture) {
			f.want("of nothing", f.hash("a")+", "+f.hash("a", "x"), "0, 0 x-")
			f.want("new", f.hset("a", "x", "1", "y", "2", "x", "3"), 2)
			f.want("all", f.hash("a"), "2 x=3 y=2")
			f.want("in order", f.hash("a", "y", "z", "x", "y"), "2 y=2 z- x=3 y=2")
			f.want("none is new", f.hset("a", "y", "", "x", "4"), 0)
			f.want("all", f.hash("a"), "2 x=4 y=")
			f.want("type", f.kind("a"), "hash")
			h := new(hashText)
			f.ok(f.hashes().ReadHash(background, f.op, []byte("a"), store.HashRead{Size: true}, h))
			f.want("the size alone", h.String(), "2")
		}},
		{"a field is set if it is absent", func(f *fixture) {
			absent := func(pairs ...string) int {
				n, err := f.hashes().SetHash(background, f.op, []byte("a"), words(pairs...), true)
				f.ok(err)
				return n
			}
			f.want("absent", absent("x", "1"), 1)
			f.want("there", absent("x", "2"), 0)
			f.want("one of two there", absent("y", "2", "x", "2"), 0)
			f.want("all", f.hash("a"), "1 x=1")
		}},
		{"a hash ends with its last field", func(f *fixture) {
			f.hset("a", "x", "1", "y", "2", "z", "3")
			f.want("deleted", f.hdel("a", "x", "none", "x", "z"), 2)
			f.want("all", f.hash("a"), "1 y=2")
			f.want("deleted", f.hdel("a", "y"), 1)
			f.want("type", f.kind("a"), "none")
			f.want("of nothing", f.hdel("a", "y"), 0)
		}},
		{"names and values are any bytes, of any length", func(f *fixture) {
			long, name := strings.Repeat("\x00\r\n\xff", 25_000), strings.Repeat("n", 70_000)
			f.hset("a", name, long, "", "\x00", "\xff", "")
			f.want("long", f.hash("a", name) == "3 "+name+"="+long, true)
			f.want("short", f.hash("a", "", "\xff"), "3 =\x00 \xff=")
			f.hset("a", name, "short")
			f.want("short", f.hash("a", name) == "3 "+name+"=short", true)
			f.want("deleted", f.hdel("a", name), 1)
		}},
		{"a hash may have very many fields", func(f *fixture) {
			const n = 3000
			f.fill("a", n)
			if h := f.hash("a"); strings.Count(h, "=") != n || !strings.HasPrefix(h, "3000 ") {
				f.Errorf("read are %.100s", h)
			}
			f.want("some", f.hash("a", "field0", "none", "field2999"), "3000 field0=value0 none- field2999=value2999"+strings.Repeat("-", 2999%50))
			seen := map[string]bool{}
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				next, err := f.hashes().ScanHash(background, f.op, []byte("a"), cursor, 100, func(name, _ []byte) { seen[string(name)] = true })
				f.ok(err)
				cursor = next
			}
			f.want("scanned", len(seen), n)
			for i := range n - 1 {
				f.want("deleted", f.hdel("a", fmt.Sprint("field", i)), 1)
			}
			f.want("left", strings.HasPrefix(f.hash("a"), "1 field2999="), true)
			f.want("deleted", f.hdel("a", "field2999"), 1)
			f.want("type", f.kind("a"), "none")
		}},
		{"hashes expire, persist, and are overwritten, whatever their size", func(f *fixture) {
			for _, n := range []int{3, 600} {
				expire := func(in int64) {
					_, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + in})
					f.ok(err)
				}
				begun := f.op.Now - start
				f.fill("a", n)
				expire(10)
				f.hset("a", "field0", "new")
				f.want("expiry", f.expiry("a"), fmt.Sprint(begun+10))
				_, err := f.keys().Persist(background, f.op, []byte("a"))
				f.ok(err)
				f.pass(10)
				f.want("persistent", f.expiry("a")+" "+f.hash("a", "field0"), fmt.Sprint("never ", n, " field0=new"))
				expire(10)
				f.pass(10)
				f.want("expired", f.kind("a")+" "+f.hash("a"), "none 0")
				f.fill("a", n)
				f.set("a", "text")
				f.want("overwritten", f.get("a"), "text")
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
			}
		}},
		{"integers and numbers in fields are added to", func(f *fixture) {
			h, a, x := f.hashes(), []byte("a"), []byte("x")
			add := func(delta int64) string {
				n, err := h.IncrField(background, f.op, a, x, delta)
				return outcome(err, n)
			}
			f.want("absent", add(5), outcome(nil, int64(5)))
			f.want("overflow", add(math.MaxInt64), outcome(store.ErrOverflow, int64(0)))
			f.want("least", add(math.MinInt64), outcome(nil, int64(math.MinInt64+5)))
			f.hset("a", "x", "01")
			f.want("no integer", add(1), outcome(store.ErrNotInteger, int64(0)))
			sum, err := h.IncrFieldFloat(background, f.op, a, []byte("y"), []byte("10.5"))
			f.want("float", outcome(err, string(sum)), outcome(nil, "10.5"))
			sum, err = h.IncrFieldFloat(background, f.op, a, []byte("y"), []byte("0.1"))
			f.want("float", outcome(err, string(sum)), outcome(nil, "10.6"))
			f.want("all", f.hash("a"), "2 x=01 y=10.6")
		}},
		{"fields at random are fields of the hash", func(f *fixture) {
			for _, n := range []int{3, 1000} {
				key := fmt.Sprint("h", n)
				f.fill(key, n)
				for _, count := range []int64{0, 1, 2, 700, 5000, -1, -5, -2000} {
					h := new(hashText)
					f.ok(f.hashes().RandomFields(background, f.op, []byte(key), count, h))
					want, seen := int(-count), map[string]bool{}
					if count >= 0 {
						want = min(int(count), n)
					}
					for _, field := range h.fields {
						seen[field] = true
					}
					if fields := slices.Sorted(maps.Keys(seen)); len(fields) > 0 {
						var names []string
						for _, field := range fields {
							name, _, _ := strings.Cut(field, "=")
							names = append(names, name)
						}
						f.want("fields", f.hash(key, names...), fmt.Sprint(n, " ", strings.Join(fields, " ")))
					}
					if h.count != want || len(h.fields) != want || count > 0 && len(seen) != want {
						f.Errorf("%d of %d: %d announced, %d shown, %d different", count, n, h.count, len(h.fields), len(seen))
					}
				}
			}
		}},
		{"operations on hashes find other types and leave them, and the others a hash", func(f *fixture) {
			f.set("s", "text")
			f.create("id", store.CreateOptions{})
			h, v := f.hashes(), new(hashText)
			for _, key := range words("s", "id") {
				_, set := h.SetHash(background, f.op, key, words("x", "1"), false)
				_, del := h.DeleteFields(background, f.op, key, words("x"))
				_, incr := h.IncrField(background, f.op, key, []byte("x"), 1)
				_, float := h.IncrFieldFloat(background, f.op, key, []byte("x"), []byte("1"))
				_, scan := h.ScanHash(background, f.op, key, 0, 1, func(_, _ []byte) { f.Errorf("visited") })
				for name, err := range map[string]error{
					"ReadHash": h.ReadHash(background, f.op, key, store.HashRead{}, v), "SetHash": set, "DeleteFields": del, "IncrField": incr,
					"IncrFieldFloat": float, "ScanHash": scan, "RandomFields": h.RandomFields(background, f.op, key, -3, v),
				} {
					f.want(name, err, store.ErrWrongType)
				}
			}
			f.want("shown", v.String(), "0")
			f.hset("h", "x", "1")
			f.wantWrongTypeForStrings("h")
			f.want("create", f.sessions().CreateSession(background, f.op, []byte("h"), store.CreateOptions{}), store.ErrWrongType)
			f.want("hash", f.hash("h"), "1 x=1")
		}},
		{"a visitor that panics leaves the hash usable", func(f *fixture) {
			f.fill("a", 300)
			for _, act := range []func(v store.HashVisitor) error{
				func(v store.HashVisitor) error {
					return f.hashes().ReadHash(background, f.op, []byte("a"), store.HashRead{}, v)
				},
				func(v store.HashVisitor) error { return f.hashes().RandomFields(background, f.op, []byte("a"), -9, v) },
			} {
				func() {
					defer func() { f.want("recovered", recover(), "hash") }()
					_ = act(panickingHash{})
				}()
			}
			f.want("new", f.hset("a", "x", "1"), 1)
		}},
		{"every change of a hash is one event, with Redis's name", func(f *fixture) {
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.hset("a", "x", "1", "y", "1")
			f.want("set", r.take(), "| new a, hset a")
			_, err := f.hashes().IncrField(background, f.op, []byte("a"), []byte("x"), 1)
			f.ok(err)
			_, err = f.hashes().IncrFieldFloat(background, f.op, []byte("a"), []byte("x"), []byte("1"))
			f.ok(err)
			f.want("incr", r.take(), "| hincrby a, | hincrbyfloat a")
			f.hdel("a", "x", "none")
			f.hdel("a", "none")
			f.want("del", r.take(), "| hdel a")
			f.hdel("a", "y")
			f.want("del", r.take(), "| hdel a, del a gone")
		}},
		{"a hash that does not fit is not changed", func(f *fixture) {
			f.fill("a", 300)
			f.hset("b", "x", "1")
			a, b := f.hash("a"), f.hash("b")
			f.limit(store.Limits{MaxMemory: 1})
			for _, key := range words("a", "b", "c") {
				for _, pairs := range [][][]byte{words("new", strings.Repeat("v", 5000)), words("new", "v", "x", strings.Repeat("v", 100_000))} {
					_, err := f.hashes().SetHash(background, f.op, key, pairs, false)
					f.want("error", err, store.ErrNoMemory)
				}
			}
			f.want("hashes", f.hash("a") == a && f.hash("b") == b && f.kind("c") == "none", true)
		}},
	}
}

type panickingHash struct{}

func (panickingHash) Hash(int)                   { panic("hash") }
func (panickingHash) Field([]byte, []byte, bool) { panic("field") }

// hashKinds are the operations on hashes.
func hashKinds() []kind {
	on := func(e store.Engine) store.Hashes { return e.(store.Hashes) }
	drawField := func(d draw) string { return of(d, "x", "y", "z", "", "u", "v", "w", strings.Repeat("long", 40)) }
	return []kind{
		{"read a hash", func(d draw) operation {
			key, r := drawKey(d), store.HashRead{Size: d(4) == 1}
			if d(2) == 1 {
				r.Fields = words(drawTexts(d, 4, drawField)...)
			}
			return operation{fmt.Sprintf("read hash %q %q", key, r.Fields), []string{key}, func(e store.Engine, op store.Op) string {
				h := hashText{sorted: r.Fields == nil}
				return outcome(on(e).ReadHash(background, op, []byte(key), r, &h), &h)
			}}
		}},
		{"set a hash", func(d draw) operation {
			key, pairs, absent := drawKey(d), append(drawPairs(d, drawField), drawField(d), drawValue(d)), d(4) == 1
			return operation{fmt.Sprintf("set hash %q %q %v", key, pairs, absent), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).SetHash(background, op, []byte(key), words(pairs...), absent)
				return outcome(err, n)
			}}
		}},
		{"delete fields", func(d draw) operation {
			key, fields := drawKey(d), drawTexts(d, 4, drawField)
			return operation{fmt.Sprintf("delete fields %q %q", key, fields), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).DeleteFields(background, op, []byte(key), words(fields...))
				return outcome(err, n)
			}}
		}},
		{"incr a field", func(d draw) operation {
			key, field, delta := drawKey(d), drawField(d), of[int64](d, 1, -1, 10, math.MaxInt64, math.MinInt64)
			return operation{fmt.Sprintf("incr %q %q %d", key, field, delta), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).IncrField(background, op, []byte(key), []byte(field), delta)
				return outcome(err, n)
			}}
		}},
		{"incr a field by float", func(d draw) operation {
			key, field, delta := drawKey(d), drawField(d), of(d, "1", "0.1", "-1e3", "x", "inf")
			return operation{fmt.Sprintf("incr %q %q by %s", key, field, delta), []string{key}, func(e store.Engine, op store.Op) string {
				sum, err := on(e).IncrFieldFloat(background, op, []byte(key), []byte(field), []byte(delta))
				return outcome(err, string(sum))
			}}
		}},
		{"fields at random", func(d draw) operation {
			key, count := drawKey(d), of[int64](d, 0, 2, -3, 100)
			return operation{fmt.Sprintf("random fields %q %d", key, count), []string{key}, func(e store.Engine, op store.Op) string {
				h := new(hashText)
				err := on(e).RandomFields(background, op, []byte(key), count, h)
				if count == 100 { // all there are
					h.sorted = true
					return outcome(err, h)
				}
				return outcome(err, h.count, len(h.fields))
			}}
		}},
		{"scan a hash", func(d draw) operation {
			key, count := drawKey(d), 1+d(3)
			return operation{fmt.Sprintf("scan hash %q %d", key, count), nil, func(e store.Engine, op store.Op) string {
				seen, cursor, first := map[string]string{}, uint64(0), true
				for ; first || cursor != 0; first = false {
					next, err := on(e).ScanHash(background, op, []byte(key), cursor, count, func(name, value []byte) {
						seen[string(bytes.Clone(name))] = string(value)
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
