package differential

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// shared draws a key that both connections use.
var shared = one("key", "a", "b", "c")

// small draws a value that is often a number.
var small = one("value", "1", "2", "x", "")

// transactionRows are requests that begin, end and fill transactions, and those that change what a transaction watches.
var transactionRows = []row{
	{name: "MULTI"},
	{name: "EXEC"},
	{name: "DISCARD"},
	{name: "WATCH", args: []words{several(1, 2, shared)}},
	{name: "UNWATCH"},
	{name: "SET", args: []words{shared, small, maybe(option("PX", one("time", "100000", "0", "x")))}},
	{name: "GET", args: []words{shared}},
	{name: "GETDEL", args: []words{shared}},
	{name: "INCR", args: []words{shared}},
	{name: "APPEND", args: []words{shared, small}},
	{name: "MSETNX", args: []words{several(1, 2, shared, small)}},
	{name: "HSET", args: []words{shared, one("field", "f", "g"), small}},
	{name: "HGET", args: []words{shared, one("field", "f", "g")}},
	{name: "HDEL", args: []words{shared, one("field", "f", "g")}},
	{name: "SETBIT", args: []words{shared, one("offset", "0", "9"), one("bit", "0", "1")}},
	{name: "PFADD", args: []words{shared, several(0, 1, small)}},
	{name: "DEL", args: []words{several(1, 2, shared)}},
	{name: "RENAME", args: []words{shared, shared}},
	{name: "COPY", args: []words{shared, shared, maybe(option("REPLACE"))}},
	{name: "MOVE", args: []words{shared, one("keyspace", "0", "1", "99")}},
	{name: "EXPIRE", args: []words{shared, one("time", "100", "-1", "x")}},
	{name: "PERSIST", args: []words{shared}},
	{name: "TOUCH", args: []words{shared}},
	{name: "EXISTS", args: []words{several(1, 2, shared)}},
	{name: "SELECT", args: []words{one("keyspace", "0", "1", "99", "x")}},
	{name: "DBSIZE"},
	{name: "SWAPDB", args: []words{one("keyspace", "0", "1"), one("keyspace", "0", "1", "99", "x")}},
	{name: "FLUSHDB"},
	{name: "FLUSHALL"},
	{name: "EVAL", args: []words{one("script", `return redis.call("incr", KEYS[1])`, `return redis.pcall("set", "b", 2)`, `return redis.call("nosuch")`), one("keys", "1", "0", "x"), shared}},
	{name: "ECHO", args: []words{small}},
}

func TestTransactionsRESP2(t *testing.T) { compareTransactions(t, "2") }

func TestTransactionsRESP3(t *testing.T) { compareTransactions(t, "3") }

// compareTransactions compares what two connections to each server are answered, which take turns.
func compareTransactions(t *testing.T, protocol string) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		var redis, sessd [2]*servertest.Conn
		for i := range redis {
			redis[i] = servertest.Dial(check{t, r}, "unix", socket)
			sessd[i] = servertest.Dial(check{t, r}, "tcp", server.Addr)
			for _, c := range []*servertest.Conn{redis[i], sessd[i]} {
				c.Do("FLUSHALL")
				c.Do("HELLO", protocol)
			}
		}
		var sent strings.Builder
		transaction := rapid.IntRange(0, 4) // so often that transactions begin, end and are watched
		for step := range rapid.IntRange(1, 60).Draw(r, "steps") {
			rows := transactionRows
			if transaction.Draw(r, "transaction") < 2 {
				rows = rows[:5]
			}
			row := rapid.SampledFrom(rows).Draw(r, "row")
			by := rapid.IntRange(0, 1).Draw(r, "connection")
			request := row.request(r, step)
			fmt.Fprintf(&sent, "%d: %q\n", by, request)
			want, got := redis[by].Do(request...), sessd[by].Do(request...)
			if want != got {
				r.Fatalf("after\n%sRedis answers %q\nsessd answers %q", sent.String(), want, got)
			}
		}
	})
}
