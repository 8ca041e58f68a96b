package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

func keyCases() []testCase {
	return []testCase{
		{"every entry has its type", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.set("b", "text")
			f.want("types", []string{f.kind("a"), f.kind("b"), f.kind("c")}, []string{"session", "string", "none"})
			f.want("size", f.size(), 2)
			f.want("exists", f.exists("a", "b", "c", "a"), 3)
			f.want("exists of none", f.exists(), 0)
		}},
		{"the empty key is a key", func(f *fixture) {
			f.set("", "text")
			f.want("get", f.get(""), "text")
			f.want("scan", f.scan(store.ScanOptions{Count: 10}), "")
			f.want("size", f.size(), 1)
		}},
		{"delete destroys entries of any type and counts each once", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: []byte("p")})
			f.set("b", "text")
			f.set("c", "text")
			n, err := f.keys().Delete(background, f.op, words("a", "none", "b", "a"))
			f.want("deleted", fmt.Sprint(n, err), "2 <nil>")
			f.want("left", f.scan(store.ScanOptions{Count: 10}), "c")
			f.want("of p", f.of("p"), "")
		}},
		{"touch counts as use of sessions", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.setAs("b", "text", store.SetOptions{ExpireAt: start + 100})
			f.pass(50)
			n, err := f.keys().Touch(background, f.op, words("a", "b", "none", "a"))
			f.want("touched", fmt.Sprint(n, err), "3 <nil>")
			f.want("accessed at", f.meta("a").AccessedAt, int64(start+50))
			f.want("expiry", []string{f.expiry("a"), f.expiry("b")}, []string{"150", "100"})
		}},
		{"what has expired is gone for every operation", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.setAs("b", "1", store.SetOptions{ExpireAt: start + 100})
			f.pass(100)
			f.want("size", f.size(), 0)
			f.want("scan", f.scan(store.ScanOptions{Count: 10}), "")
			key, err := f.keys().RandomKey(background, f.op)
			f.want("random key", fmt.Sprintf("%v %v", key == nil, err), "true <nil>")
			f.want("exists", f.exists("a", "b"), 0)
			f.want("expiry", f.expiry("a")+f.expiry("b"), "gonegone")
			f.want("types", f.kind("a")+f.kind("b"), "nonenone")
			f.want("get", f.get("b"), "-")
			n, err := f.strings().IncrString(background, f.op, []byte("b"), 1)
			f.want("incr", fmt.Sprint(n, err), "1 <nil>")
			f.want("expiry of the new one", f.expiry("b"), "never")
		}},
		{"what has expired is gone though nobody asked for it", func(f *fixture) {
			for i := range 300 {
				f.create(fmt.Sprint("s", i), store.CreateOptions{IdleTimeout: 100, Principal: []byte("p")})
				f.setAs(fmt.Sprint("t", i), "1", store.SetOptions{ExpireAt: start + 100})
			}
			f.set("stays", "1")
			f.pass(99)
			f.want("size before", f.size(), 601)
			f.pass(1)
			f.want("size", f.size(), 1)
			f.want("of p", f.of("p"), "")
		}},
		{"flush removes every entry of a keyspace, or of all", func(f *fixture) {
			fill := func() {
				for keyspace := range 2 {
					f.op.Keyspace = keyspace
					f.create("a", store.CreateOptions{Principal: []byte("p")})
					f.rotate("a", "b", 100)
					for i := range 100 {
						f.set(fmt.Sprint("key", i), "text")
					}
				}
			}
			fill()
			f.ok(f.keys().Flush(background, f.op, false))
			f.want("size", f.size(), 0)
			f.want("of p", f.of("p"), "")
			f.want("an alias", f.kind("a"), "none")
			f.op.Keyspace = 0
			f.want("size of the other", f.size(), 101)
			f.ok(f.keys().Flush(background, f.op, true))
			f.want("size", f.size(), 0)
			fill()
			f.want("size when filled again", f.size(), 101)
			f.ok(f.keys().Flush(background, f.op, true))
			f.op.Keyspace = 0
			f.want("size of the other", f.size(), 0)
		}},
		{"a random key is one of the keys, and every key comes up", func(f *fixture) {
			seen := map[string]bool{}
			for _, key := range strings.Fields("a b c d e") {
				f.set(key, "text")
			}
			f.create("f", store.CreateOptions{})
			for range 500 {
				key, err := f.keys().RandomKey(background, f.op)
				f.ok(err)
				seen[string(key)] = true
				if len(key) > 0 {
					key[0] = '!'
				}
			}
			f.want("seen", fmt.Sprint(seen), "map[a:true b:true c:true d:true e:true f:true]")
			f.want("the engine keeps its own", f.scan(store.ScanOptions{Count: 10}), "a b c d e f")
		}},
		{"an entry has a size", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.set("b", strings.Repeat("x", 10000))
			bytes := func(key string) int64 {
				n, _, err := f.keys().KeyBytes(background, f.op, []byte(key))
				f.ok(err)
				return n
			}
			small, text := bytes("a"), bytes("b")
			f.save("a", "x", strings.Repeat("x", 10000))
			if large := bytes("a"); small <= 0 || text < 10000 || large < small+10000 {
				f.Errorf("a session has %d bytes, with 10,000 more %d, a string of as many %d", small, large, text)
			}
			_, found, err := f.keys().KeyBytes(background, f.op, []byte("none"))
			f.want("of nothing", fmt.Sprint(found, err), "false <nil>")
		}},
	}
}

// expireConditions says for every condition whether it lets an expiry at 60 replace none, one at 50, at 60 and at 70.
func expireConditions() []struct {
	condition store.ExpireOptions
	allowed   [4]bool
} {
	return []struct {
		condition store.ExpireOptions
		allowed   [4]bool
	}{
		{store.ExpireOptions{}, [4]bool{true, true, true, true}},
		{store.ExpireOptions{IfNever: true}, [4]bool{true, false, false, false}},
		{store.ExpireOptions{IfExpires: true}, [4]bool{false, true, true, true}},
		{store.ExpireOptions{IfLater: true}, [4]bool{false, true, false, false}},
		{store.ExpireOptions{IfEarlier: true}, [4]bool{true, false, false, true}},
		{store.ExpireOptions{IfExpires: true, IfLater: true}, [4]bool{false, true, false, false}},
		{store.ExpireOptions{IfExpires: true, IfEarlier: true}, [4]bool{false, false, false, true}},
	}
}

func expireCases() []testCase {
	expire := func(f *fixture, key string, e store.ExpireOptions) bool {
		f.Helper()
		changed, err := f.keys().Expire(background, f.op, []byte(key), e)
		f.ok(err)
		return changed
	}
	persist := func(f *fixture, key string) bool {
		f.Helper()
		had, err := f.keys().Persist(background, f.op, []byte(key))
		f.ok(err)
		return had
	}
	return []testCase{
		{"conditions are compared to the expiry of a string", func(f *fixture) {
			for _, c := range expireConditions() {
				for i, before := range []int64{store.Never, start + 50, start + 60, start + 70} {
					f.setAs("a", "text", store.SetOptions{ExpireAt: before})
					was, e := f.expiry("a"), c.condition
					e.At = start + 60
					f.want(fmt.Sprintf("%+v over %s", e, was), expire(f, "a", e), c.allowed[i])
					if c.allowed[i] {
						was = "60"
					}
					f.want("expiry then", f.expiry("a"), was)
				}
			}
		}},
		{"conditions are compared to the expiry of a session", func(f *fixture) {
			for _, c := range expireConditions() {
				for i, before := range []int64{0, 50, 60, 70} {
					f.create("a", store.CreateOptions{IdleTimeout: before})
					was, e := f.expiry("a"), c.condition
					e.At = start + 60
					f.want(fmt.Sprintf("%+v over %s", e, was), expire(f, "a", e), c.allowed[i])
					if c.allowed[i] {
						was = "60"
					}
					f.want("expiry then", f.expiry("a"), was)
					f.destroy("a")
				}
			}
		}},
		{"nothing expires that is not there", func(f *fixture) {
			f.want("expire", expire(f, "a", store.ExpireOptions{At: start + 10}), false)
			f.want("persist", persist(f, "a"), false)
			f.want("expiry", f.expiry("a"), "gone")
		}},
		{"a time that is not after now destroys the entry, if the conditions let it", func(f *fixture) {
			for _, at := range []int64{start, start - 1, 0, -1, math.MinInt64} {
				f.create("a", store.CreateOptions{})
				f.set("b", "text")
				for _, key := range []string{"a", "b"} {
					f.want("condition", expire(f, key, store.ExpireOptions{At: at, IfExpires: true}), false)
					f.want("expire", expire(f, key, store.ExpireOptions{At: at, IfEarlier: true}), true)
					f.want("expiry", f.expiry(key), "gone")
				}
			}
		}},
		{"of a session it sets the idle timeout and counts as use", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.pass(10)
			f.want("expire", expire(f, "a", store.ExpireOptions{At: start + 40}), true)
			m := f.meta("a")
			f.want("times", []int64{m.IdleTimeout, m.AccessedAt, m.ExpiresAt}, []int64{30, start + 10, start + 40})
			f.pass(20)
			f.load("a", store.LoadOptions{})
			f.want("expiry after use", f.expiry("a"), "60")
		}},
		{"a session never passes its absolute timeout", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 50, AbsoluteTimeout: 100})
			f.want("expire", expire(f, "a", store.ExpireOptions{At: start + 1000}), true)
			f.want("expiry", f.expiry("a"), "100")
			f.want("idle timeout", f.meta("a").IdleTimeout, int64(1000))
			f.want("persist", persist(f, "a"), true)
			f.want("expiry", f.expiry("a"), "100")
			f.want("persist again", persist(f, "a"), false)
			f.want("greatest time", expire(f, "a", store.ExpireOptions{At: math.MaxInt64}), true)
			f.want("expiry", f.expiry("a"), "100")
			f.pass(100)
			f.want("then", f.load("a", store.LoadOptions{}), "error: no such session")
		}},
		{"persist removes an expiry and is no use", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100})
			f.setAs("b", "text", store.SetOptions{ExpireAt: start + 100})
			f.pass(10)
			for _, key := range []string{"a", "b"} {
				f.want("persist", persist(f, key), true)
				f.want("expiry", f.expiry(key), "never")
				f.want("persist again", persist(f, key), false)
			}
			f.want("accessed at", f.meta("a").AccessedAt, int64(start))
			f.want("idle timeout", f.meta("a").IdleTimeout, int64(0))
			f.pass(1000)
			f.want("later", f.exists("a", "b"), 2)
		}},
		{"times may be as great as there are", func(f *fixture) {
			f.create("a", store.CreateOptions{})
			f.set("b", "text")
			for _, key := range []string{"a", "b"} {
				f.want("expire", expire(f, key, store.ExpireOptions{At: math.MaxInt64}), true)
				at, _, err := f.keys().Expiry(background, f.op, []byte(key))
				f.want("expiry", fmt.Sprint(at, err), "9223372036854775807 <nil>")
				f.want("later", expire(f, key, store.ExpireOptions{At: math.MaxInt64 - 1, IfEarlier: true}), true)
			}
		}},
		{"an expiry may move either way, often", func(f *fixture) {
			f.set("a", "text")
			for _, at := range []int64{500, 100, 300, 50, 1000, 60} {
				f.want("expire", expire(f, "a", store.ExpireOptions{At: start + at}), true)
				f.want("expiry", f.expiry("a"), fmt.Sprint(at))
			}
			f.pass(59)
			f.want("before", f.get("a"), "text")
			f.pass(1)
			f.want("then", f.get("a"), "-")
		}},
	}
}
