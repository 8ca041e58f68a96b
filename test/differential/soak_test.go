package differential

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// soakRows are requests beside those of the families: transactions, scripts, and what a connection is like.
var soakRows = slices.Concat(transactionRows, transactionRows[:5], blockingRows[:waitingRows], otherScriptRequests, []row{
	{name: "HELLO", args: []words{one("version", "2", "3", "4", "x")}, ask: onlyErrors},
	{name: "RESET"},
	{name: "CLIENT", args: []words{one("sub", "GETNAME", "SETNAME", "NO-EVICT", "NO-TOUCH", "GETREDIR", "TRACKINGINFO", "NOSUCH"), maybe(one("name", "a", "on", "OFF", "x y", ""))}, same: newerClient},
	{name: "PUBLISH", args: []words{channel, message}},
	{name: "SPUBLISH", args: []words{channel, message}},
	{name: "PUBSUB", args: []words{one("sub", "NUMSUB", "SHARDNUMSUB"), several(0, 3, channel)}},
	{name: "OBJECT", args: []words{one("sub", "FREQ", "NOSUCH"), key}},
	{name: "COMMAND", args: []words{one("sub", "GETKEYS"), one("of", "get", "zunion", "nosuch"), several(0, 3, key)}},
})

// onlyErrors returns a reply that is an error, and of others that they are none.
func onlyErrors(c *servertest.Conn, request []string) string {
	if reply := c.Do(request...); strings.HasPrefix(reply, "-") {
		return reply
	}
	return "no error"
}

// newerClient takes a subcommand of Redis 7.2 for what it is before: one that is not there.
func newerClient(redis, sessd string) bool {
	return strings.HasPrefix(redis, "-ERR unknown subcommand 'NO-TOUCH'")
}

// acts are what happens to both servers beside requests.
var acts = []string{"lapse", "lapse", "evict", "watch what expires", "watch what is evicted"}

// soak is a sequence over several connections to each server.
type soak struct {
	r           *rapid.T
	servers     [2]*side
	multi       [clients]bool     // is in a transaction
	stored      [clients][]string // targets of STORE forms that a transaction has
	subscribers *subscribers
	lapsed      bool // there may be keys that have expired and that nobody has looked at since
	failed      *bool
	log         strings.Builder
}

// free returns the connections that do not wait, those that do, and whether some do.
func (s *soak) free() (free, busy []int) {
	for i, waits := range s.servers[0].waits {
		if waits {
			busy = append(busy, i)
		} else {
			free = append(free, i)
		}
	}
	return free, busy
}

// do sends a request of a row to both, and compares.
func (s *soak) do(by int, row row, request []string) {
	fmt.Fprintf(&s.log, "%d: %q\n", by, request)
	name := strings.ToUpper(request[0])
	if s.lapsed && (name == "EXEC" || slices.ContainsFunc(request, func(word string) bool { return strings.Contains(strings.ToLower(word), "dbsize") })) {
		s.lapsed = false
		for _, server := range s.servers {
			server.look()
		}
	}
	if target := storedBy(request); target != "" {
		s.stored[by] = append(s.stored[by], target)
	}
	if len(s.stored[by]) > 0 && (name == "EXEC" || !s.multi[by]) {
		s.servers[0].after = func() { s.servers[0].wake(s.stored[by]) }
	}
	var own, others [2]string
	for i, server := range s.servers {
		if row.ask == nil {
			own[i], others[i] = server.exchange(by, request)
		} else {
			own[i] = row.ask(server.conns[by], request)
			others[i] = server.served(by, server.blocked())
		}
	}
	heard := s.subscribers.hear()
	if !row.equal(own[0], own[1]) && !likeInScripts(request, own[0], own[1]) || others[0] != others[1] || heard[0] != heard[1] {
		*s.failed = true
		s.r.Fatalf("after\n%sRedis answers %q%s, publishes %s\nsessd answers %q%s, publishes %s", s.log.String(), own[0], others[0], heard[0], own[1], others[1], heard[1])
	}
	if s.servers[0].after = nil; name == "EXEC" || !s.multi[by] {
		s.stored[by] = nil
	}
	switch {
	case name == "MULTI" && len(request) == 1:
		s.multi[by] = true
	case (name == "EXEC" || name == "DISCARD" || name == "RESET") && len(request) == 1:
		s.multi[by] = false
	}
}

// act has something happen to both servers.
func (s *soak) act(by int, act string) {
	fmt.Fprintf(&s.log, "%s by %d\n", act, by)
	key := shared(s.r, 0)[0]
	for _, server := range s.servers {
		c := server.conns[by]
		switch act {
		case "lapse":
			server.control.Do("PEXPIRE", key, "1")
			time.Sleep(3 * time.Millisecond)
		case "evict":
			server.evict()
		default:
			c.Do("SELECT", "0")
			for alive := false; !alive; alive = !strings.HasPrefix(server.control.Do("PTTL", key), ":-") {
				c.Do("UNWATCH")
				server.control.Do("SET", key, "v", "PX", "15")
				c.Do("WATCH", key)
			}
			if act == "watch what expires" {
				time.Sleep(20 * time.Millisecond)
			} else {
				server.evict()
			}
		}
		server.waits = server.blocked()
	}
	s.lapsed = true
}

// look looks at all keys, so that Redis does not count those that have expired.
func (s *side) look() {
	for _, keyspace := range []string{"1", "15", "0"} {
		s.control.Do("SELECT", keyspace)
		s.control.Do("SCAN", "0", "COUNT", "1000")
	}
}

// evict has all keys evicted, and memory unlimited then.
func (s *side) evict() {
	s.control.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
	s.control.Do("CONFIG", "SET", "maxmemory", "1")
	for end := time.Now().Add(time.Minute); strings.Contains(s.control.Do("INFO", "keyspace"), "keys=") && time.Now().Before(end); {
		s.control.Do("SET", "more", "v")
	}
	s.control.Do("CONFIG", "SET", "maxmemory", "0")
	s.control.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
}

// step draws what happens next.
func (s *soak) step(step int) {
	free, busy := s.free()
	by := rapid.SampledFrom(free).Draw(s.r, "connection")
	switch kind := rapid.IntRange(0, 19).Draw(s.r, "kind"); {
	case len(busy) > 0 && (kind == 0 || len(free) == 1 && kind < 6):
		request := []string{"UNBLOCK", fmt.Sprint(rapid.SampledFrom(busy).Draw(s.r, "unblocked"))}
		if !s.multi[by] {
			s.do(by, row{}, request)
		}
	case kind == 1 && !s.subscribers.events && s.subscribers.listens(s.r):
		s.listen(step)
	case kind == 1 && !s.multi[by] && !s.subscribers.events:
		s.act(by, rapid.SampledFrom(acts).Draw(s.r, "act"))
	case kind < 5:
		request := evalRequest(s.r, step)
		if !s.subscribers.events || !strings.Contains(request[1], "unpack(redis.call('keys'") { // whose order is by chance, and that of the events
			s.do(by, row{}, request)
		}
	case kind < 12:
		s.try(by, rapid.SampledFrom(soakRows).Draw(s.r, "row"), step)
	default:
		family := families[rapid.SampledFrom(familyNames).Draw(s.r, "family")]
		s.try(by, rapid.SampledFrom(family).Draw(s.r, "row"), step)
	}
}

// try does a request of a row, unless what it answers then is not defined.
func (s *soak) try(by int, row row, step int) {
	request := row.request(s.r, step)
	_, busy := s.free()
	if s.subscribers.events && differs(request) {
		return
	}
	waits := strings.HasPrefix(row.name, "B") && row.name != "BITOP"
	switch {
	case s.multi[by] && (row.ask != nil || row.same != nil): // it is compared within the reply to EXEC
	case s.subscribers.events && storedBy(request) != "": // whom Redis lets wait is woken by events of another kind
	case waits && len(busy) == clients-1: // somebody must go on
	default:
		s.do(by, row, request)
	}
}

// familyNames are the names of families, in order.
var familyNames = func() (names []string) {
	for name := range families {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}()

// TestSoak sends all kinds of requests over several connections, in both versions of the protocol, while keys expire and are
// evicted. The variable SESSD_DIFFERENTIAL says for how long, such as 10m.
func TestSoak(t *testing.T) {
	length := time.Second
	if text := os.Getenv("SESSD_DIFFERENTIAL"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SESSD_DIFFERENTIAL: %v", err)
		}
	}
	socket, server := redistest.Start(t), servertest.Start(t)
	end, steps, failed := time.Now().Add(length), 0, false // one that failed is made shorter however long that takes
	for time.Now().Before(end) {
		rapid.Check(t, func(r *rapid.T) {
			if time.Now().After(end) && !failed {
				return
			}
			s := &soak{r: r, failed: &failed}
			protocol := rapid.SampledFrom([]string{"2", "3"}).Draw(r, "protocol")
			s.servers = [2]*side{newSide(check{t, r}, "unix", socket, protocol), newSide(check{t, r}, "tcp", server.Addr, protocol)}
			s.subscribers = newSubscribers(check{t, r}, socket, server.Addr, protocol)
			for _, server := range s.servers {
				server.control.Do("SCRIPT", "FLUSH")
			}
			step := 0
			r.Repeat(map[string]func(*rapid.T){"step": func(r *rapid.T) {
				s.r = r
				s.step(step)
				step++
			}})
			steps += step
		})
	}
	t.Logf("%d steps", steps)
}

// storedBy returns the key under which a STORE form stores; empty: none.
func storedBy(request []string) string {
	if strings.HasSuffix(strings.ToUpper(request[0]), "STORE") && len(request) > 1 {
		return request[1]
	}
	for i, word := range request[:len(request)-1] {
		if strings.EqualFold(word, "STORE") {
			return request[i+1]
		}
	}
	return ""
}

// wake has Redis serve those who wait for keys which a STORE form has put in the place of a value of another type, as sessd
// does at once: the keys end and come anew.
func (s *side) wake(keys []string) {
	for _, keyspace := range []string{"1", "15", "0"} {
		s.control.Do("SELECT", keyspace)
		for _, key := range keys {
			s.control.Do("RENAME", key, "woken")
			s.control.Do("RENAME", "woken", key)
		}
	}
}
