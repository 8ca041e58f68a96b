package differential

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// timeout draws one that does not end within a test, or that is refused. Redis refuses those out of range since 7.2.
var timeout = one("timeout", "0", "0", "0", "0", "100000", "-1", "x", "nan", "-0.5")

// union draws a key that holds no list. Who waits for a sorted set that takes the place of one goes on to wait in Redis.
var union = one("union", "u", "v")

// waitingRows is how many of blockingRows may wait. They come first.
const waitingRows = 8

// blockingRows are requests that wait, and those by which waits end, on few keys.
var blockingRows = []row{
	{name: "BLPOP", args: []words{several(1, 3, shared), timeout}},
	{name: "BRPOP", args: []words{several(1, 2, shared), timeout}},
	{name: "BLMOVE", args: []words{shared, shared, listEnd, listEnd, timeout}},
	{name: "BRPOPLPUSH", args: []words{shared, shared, timeout}},
	{name: "BLMPOP", args: []words{timeout, oneOf(several(1, 1, one("numkeys", "1"), shared), several(1, 1, one("numkeys", "2"), shared, shared)), listEnd, popOptions}},
	{name: "BZPOPMIN", args: []words{several(1, 3, oneOf(shared, union)), timeout}},
	{name: "BZPOPMAX", args: []words{several(1, 2, oneOf(shared, union)), timeout}},
	{name: "BZMPOP", args: []words{timeout, one("numkeys", "1"), shared, one("end", "MIN", "MAX"), maybe(option("COUNT", one("count", "2")))}},
	{name: "ZADD", args: []words{shared, several(1, 3, one("score", "1", "2"), small)}},
	{name: "ZUNIONSTORE", args: []words{union, one("numkeys", "2"), shared, shared}},
	{name: "ZPOPMIN", args: []words{shared}},
	{name: "LPUSH", args: []words{shared, several(1, 3, small)}},
	{name: "RPUSH", args: []words{shared, several(1, 3, small)}},
	{name: "RPUSH", args: []words{shared, small}},
	{name: "LPUSHX", args: []words{shared, small}},
	{name: "LPOP", args: []words{shared}},
	{name: "LMOVE", args: []words{shared, shared, listEnd, listEnd}},
	{name: "LRANGE", args: []words{shared, one("start", "0"), one("stop", "-1")}},
	{name: "SET", args: []words{shared, small}},
	{name: "DEL", args: []words{several(1, 3, shared)}},
	{name: "DEL", args: []words{several(1, 3, shared)}},
	{name: "RENAME", args: []words{shared, shared}},
	{name: "COPY", args: []words{shared, shared, maybe(option("REPLACE"))}},
	{name: "MOVE", args: []words{shared, one("keyspace", "0", "1")}},
	{name: "SELECT", args: []words{one("keyspace", "0", "1")}},
	{name: "SWAPDB", args: []words{one("keyspace", "0", "1"), one("keyspace", "0", "1")}},
	{name: "FLUSHALL"},
	{name: "MULTI"},
	{name: "EXEC"},
	{name: "EXEC"},
	{name: "EVAL", args: []words{one("script", `redis.call("rpush", KEYS[1], "s", "t") return redis.call("llen", KEYS[1])`, `return redis.call("lpop", KEYS[1])`), one("keys", "1"), shared}},
}

// clients is how many connections a sequence has to each server.
const clients = 4

// side is one of the two servers with its connections, of which some wait for their reply.
type side struct {
	control *servertest.Conn
	conns   [clients]*servertest.Conn
	ids     [clients]string
	replies [clients]chan string
	waits   [clients]bool
	after   func() // follows a reply, before it is looked who waits; nil: nothing does
}

// quiet ends the goroutine of a reply that does not come.
type quiet struct{ check }

func (quiet) Fatalf(string, ...any) { runtime.Goexit() }

func newSide(of check, network, addr, protocol string) *side {
	s := &side{control: servertest.Dial(of, network, addr)}
	s.control.Do("FLUSHALL")
	for i := range s.conns {
		s.conns[i] = servertest.Dial(quiet{of}, network, addr)
		s.conns[i].Do("HELLO", protocol)
		s.ids[i] = strings.Trim(s.conns[i].Do("CLIENT", "ID"), ":\r\n")
		s.replies[i] = make(chan string, 1)
	}
	return s
}

// blocked returns which connections wait.
func (s *side) blocked() (waits [clients]bool) {
	for line := range strings.SplitSeq(s.control.Do("CLIENT", "LIST"), "\n") {
		for i, id := range s.ids {
			if fields := strings.Fields(line); slices.Contains(fields, "id="+id) {
				_, flags, _ := strings.Cut(line, " flags=")
				flags, _, _ = strings.Cut(flags, " ")
				waits[i] = strings.Contains(flags, "b")
			}
		}
	}
	return waits
}

// do sends a request over a connection and returns what all connections were answered then.
func (s *side) do(by int, request []string) string {
	own, others := s.exchange(by, request)
	return fmt.Sprintf("%q%s", own, others)
}

// exchange sends a request over a connection and returns its reply, and what other connections were answered then.
func (s *side) exchange(by int, request []string) (own, others string) {
	if len(request) > 1 && request[0] == "UNBLOCK" {
		request = append([]string{"CLIENT", "UNBLOCK", s.ids[request[1][0]-'0']}, request[2:]...)
	}
	s.conns[by].Send(servertest.Request(request...))
	go func() { s.replies[by] <- s.conns[by].Reply() }()
	waits := s.blocked()
	for own = "waits"; !waits[by] && own == "waits"; {
		select {
		case own = <-s.replies[by]:
			waits = s.blocked()
		case <-time.After(time.Millisecond):
			waits = s.blocked()
		}
	}
	if s.after != nil {
		s.after()
		waits = s.blocked()
	}
	return own, s.served(by, waits)
}

// served returns what other connections were answered that waited, and notes who waits now.
func (s *side) served(by int, waits [clients]bool) (others string) {
	for i := range waits {
		if s.waits[i] && !waits[i] && i != by {
			others += fmt.Sprintf(", %d: %q", i, <-s.replies[i])
		}
	}
	s.waits = waits
	return others
}

func TestBlockingRESP2(t *testing.T) { compareBlocking(t, "2") }

func TestBlockingRESP3(t *testing.T) { compareBlocking(t, "3") }

// compareBlocking compares what several connections to each server are answered, of which some wait for others.
func compareBlocking(t *testing.T, protocol string) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		redis, sessd := newSide(check{t, r}, "unix", socket, protocol), newSide(check{t, r}, "tcp", server.Addr, protocol)
		var sent strings.Builder
		blocks := rapid.IntRange(0, 4) // so often that some wait mostly
		for step := range rapid.IntRange(1, 40).Draw(r, "steps") {
			var free, busy []int
			for i, waits := range redis.waits {
				if waits {
					busy = append(busy, i)
				} else {
					free = append(free, i)
				}
			}
			by := rapid.SampledFrom(free).Draw(r, "connection")
			var request []string
			switch kind := blocks.Draw(r, "kind"); {
			case kind == 0 && len(busy) > 0 || len(free) == 1 && kind < 3 && len(busy) > 0:
				request = []string{"UNBLOCK", fmt.Sprint(rapid.SampledFrom(busy).Draw(r, "unblocked"))}
				request = append(request, rapid.SampledFrom([][]string{nil, {"TIMEOUT"}, {"ERROR"}, {"x"}}).Draw(r, "reason")...)
			case len(free) > 1 && kind < 3:
				request = rapid.SampledFrom(blockingRows[:waitingRows]).Draw(r, "row").request(r, step)
			case len(free) == 1: // the last one must not wait
				request = rapid.SampledFrom(blockingRows[waitingRows:]).Draw(r, "row").request(r, step)
			default:
				request = rapid.SampledFrom(blockingRows).Draw(r, "row").request(r, step)
			}
			fmt.Fprintf(&sent, "%d: %q\n", by, request)
			if want, got := redis.do(by, request), sessd.do(by, request); want != got {
				r.Fatalf("after\n%sRedis answers %s\nsessd answers %s", sent.String(), want, got)
			}
		}
	})
}
