package differential

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// trackedKey draws a key that may begin with a prefix that is followed.
var trackedKey = one("key", "a", "b", "user:1", "user:2", "")

// trackingRows are requests that begin tracking, read what is tracked, and change it. None ends it: Redis tells who begins
// anew of what was read before. None writes in a script, of which Redis 7.0 tells its own client despite NOLOOP.
var trackingRows = []row{
	{name: "CLIENT", args: []words{one("sub", "TRACKING"), one("on", "ON", "ON", "ON", "of"), options(option("BCAST"), option("OPTIN"), option("OPTOUT"), option("NOLOOP"), option("PREFIX", one("prefix", "user:", "a", "u", "")))}},
	{name: "CLIENT", args: []words{one("sub", "TRACKING"), one("on", "ON", "x")}},
	{name: "CLIENT", args: []words{one("sub", "CACHING"), one("answer", "YES", "no", "maybe")}},
	{name: "CLIENT", args: []words{one("sub", "TRACKINGINFO", "GETREDIR")}},
	{name: "GET", args: []words{trackedKey}},
	{name: "GET", args: []words{trackedKey}},
	{name: "MGET", args: []words{several(1, 3, trackedKey)}},
	{name: "EXISTS", args: []words{several(1, 2, trackedKey)}},
	{name: "TTL", args: []words{one("key", "none")}},
	{name: "HGETALL", args: []words{trackedKey}},
	{name: "SET", args: []words{trackedKey, small}},
	{name: "SET", args: []words{trackedKey, small, one("condition", "NX", "XX", "GET", "KEEPTTL")}},
	{name: "HSET", args: []words{trackedKey, one("field", "f"), small}},
	{name: "INCR", args: []words{trackedKey}},
	{name: "DEL", args: []words{several(1, 3, trackedKey)}},
	{name: "EXPIRE", args: []words{trackedKey, one("time", "100", "-1")}},
	{name: "PERSIST", args: []words{trackedKey}},
	{name: "TOUCH", args: []words{trackedKey}},
	{name: "MSET", args: []words{several(1, 2, trackedKey, small)}},
	{name: "EVAL", args: []words{one("script", `return redis.call("get", KEYS[1])`), one("keys", "1"), trackedKey}},
	{name: "FLUSHALL"},
	{name: "HELLO", args: []words{one("version", "2", "3", "3")}},
}

// TestTracking lets three connections read and write at random what some of them keep, and compares what each is told.
func TestTracking(t *testing.T) {
	socket, server := redistest.Start(t), servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		var redis, sessd audience
		for i := range redis.conns {
			redis.conns[i], sessd.conns[i] = servertest.Dial(check{t, r}, "unix", socket), servertest.Dial(check{t, r}, "tcp", server.Addr)
			for _, c := range []*servertest.Conn{redis.conns[i], sessd.conns[i]} {
				c.Do("FLUSHALL")
				c.Do("HELLO", "3")
			}
		}
		r.Cleanup(func() {
			for i := range redis.conns {
				redis.conns[i].Send(servertest.Request("RESET"))
				sessd.conns[i].Send(servertest.Request("RESET"))
			}
		})
		var log []string
		for step := range rapid.IntRange(1, 30).Draw(r, "steps") {
			by := rapid.IntRange(0, 2).Draw(r, "by")
			request := rapid.SampledFrom(trackingRows).Draw(r, "row").request(r, step)
			log = append(log, fmt.Sprintf("%d: %q", by, request))
			want, got := told(redis.hearAfter(by, request)), told(sessd.hearAfter(by, request))
			if want != got {
				r.Fatalf("%s\nRedis sends %s\nsessd sends %s", strings.Join(log, "\n"), want, got)
			}
		}
	})
}

// told sorts what each connection was sent: of several keys that a step changes, either may be told of first. Redis tells twice
// of a key that begins with two prefixes, and in one message of all keys that changed below one.
func told(heard [3][]string) string {
	for i, replies := range heard {
		var each []string
		for _, reply := range replies {
			if strings.Contains(reply, "$6\r\nserver\r\n") {
				reply = "HELLO"
			}
			if keys, is := strings.CutPrefix(reply, ">2\r\n$10\r\ninvalidate\r\n*"); is {
				for words := strings.Split(keys, "\r\n")[1:]; len(words) > 1; words = words[2:] {
					each = append(each, fmt.Sprintf("invalidate %q", words[1]))
				}
				continue
			}
			each = append(each, reply)
		}
		slices.Sort(each)
		heard[i] = slices.Compact(each)
	}
	return fmt.Sprintf("%q", heard)
}
