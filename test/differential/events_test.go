package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// eventClasses are settings under which events are compared.
var eventClasses = one("classes", "KEA", "KEA", "KEAmn", "K$gn", "E$xe", "Kg", "KEm", "", "KE")

// readRows are the commands whose misses are compared.
var readRows = slices.Concat(stringRows, genericRows)

// TestKeyspaceEvents: what commands publish is what Redis publishes, in its order.
func TestKeyspaceEvents(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	var all []row
	for _, family := range slices.Sorted(maps.Keys(families)) {
		if family != "connection" {
			all = append(all, families[family]...)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		classes, rows := eventClasses(r, 0)[0], all
		if strings.Contains(classes, "m") {
			rows = readRows // a command on several keys that fails at one may have looked at others, here or there
		}
		compareEvents(t, r, socket, server.Addr, classes, rows)
	})
}

// compareEvents compares what a sequence of requests publishes.
func compareEvents(t *testing.T, r *rapid.T, socket, addr, classes string, rows []row) {
	var conns, subscribers [2]*servertest.Conn
	for i, addr := range []string{socket, addr} {
		network := []string{"unix", "tcp"}[i]
		conns[i], subscribers[i] = servertest.Dial(check{t, r}, network, addr), servertest.Dial(check{t, r}, network, addr)
		conns[i].Do("FLUSHALL")
		conns[i].Do("CONFIG", "SET", "notify-keyspace-events", classes)
		subscribers[i].Do("PSUBSCRIBE", "__key*")
	}
	var log strings.Builder
	for step := range rapid.IntRange(1, 20).Draw(r, "steps") {
		request := rapid.SampledFrom(rows).Draw(r, "row").request(r, step)
		if differs(request) {
			continue
		}
		fmt.Fprintf(&log, "%q\n", request)
		var heard [2][]string
		for i := range conns {
			conns[i].Do(request...)
			for _, message := range hearUntil(subscribers[i], fmt.Sprint("marker", step)) {
				words, _ := bulks(message)
				heard[i] = append(heard[i], strings.Join(words[2:], " "))
			}
		}
		if !slices.Equal(heard[0], heard[1]) {
			r.Fatalf("classes %s\n%sRedis publishes %q\nsessd publishes %q", classes, log.String(), heard[0], heard[1])
		}
	}
}

// TestEventsOfRestores: a value that is restored is one event, whatever it takes the place of.
func TestEventsOfRestores(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	sessd := servertest.Start(t).Dial(t)
	for _, request := range [][]string{{"SET", "k", "v"}, {"HSET", "k", "f", "v", "g", "w"}, {"RPUSH", "k", "a", "b"}, {"SADD", "k", "a"}, {"ZADD", "k", "1", "a"}} {
		redis.Do("FLUSHALL")
		redis.Do(request...)
		payloads, _ := bulks("*1\r\n" + redis.Do("DUMP", "k"))
		var heard [2][]string
		for i, c := range []*servertest.Conn{redis, sessd} {
			c.Do("FLUSHALL")
			c.Do("HELLO", "3")
			c.Do("CONFIG", "SET", "notify-keyspace-events", "KEAn")
			c.Do("PSUBSCRIBE", "__keyevent*")
			for step, more := range [][]string{{"0"}, {"0"}, {"0", "REPLACE"}, {"100000", "REPLACE"}, {"1", "REPLACE", "ABSTTL"}, {"1", "ABSTTL"}} {
				c.Send(servertest.Request(append([]string{"RESTORE", "k", more[0], payloads[0]}, more[1:]...)...))
				heard[i] = append(heard[i], strings.Join(slices.Sorted(slices.Values(hearUntil(c, fmt.Sprint("marker", step)))), " "))
			}
			c.Do("PUNSUBSCRIBE")
		}
		if !slices.Equal(heard[0], heard[1]) {
			t.Errorf("%q: Redis publishes %q\nsessd publishes %q", request, heard[0], heard[1])
		}
	}
}

// differs reports whether the events of a request may differ. A SET of something that has expired is stored by Redis, which
// tells of its end a moment later; here it is never there. A BITFIELD that only makes a key is no event of Redis's.
func differs(request []string) bool {
	switch strings.ToUpper(request[0]) {
	case "SET":
		return slices.ContainsFunc(request[1:], func(word string) bool { return strings.EqualFold(word, "EXAT") || strings.EqualFold(word, "PXAT") })
	case "BITFIELD":
		return true
	}
	return false
}

// hearUntil returns the messages that a subscriber has before the answer to a PING with a marker.
func hearUntil(c *servertest.Conn, marker string) (heard []string) {
	c.Send(servertest.Request("PING", marker))
	for {
		reply := c.Reply()
		if strings.HasSuffix(reply, servertest.Bulk(marker)) {
			return heard
		}
		heard = append(heard, reply)
	}
}

// TestExpiredEvents: keys that nobody looks at are told of soon after they have expired.
func TestExpiredEvents(t *testing.T) {
	var told [2]map[string]bool
	for i, c := range []*servertest.Conn{servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)} {
		told[i] = make(map[string]bool)
		c.Do("HELLO", "3")
		c.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "KEx")
		c.Do("PSUBSCRIBE", "__key*")
		for _, key := range []string{"a", "b", "c"} {
			c.Send(servertest.Request("SET", key, "v", "PX", "20"))
		}
		for len(told[i]) < 1+2*3 { // the answer, and two messages for each key, which may come before the last answer
			told[i][c.Reply()] = true
		}
	}
	if !maps.Equal(told[0], told[1]) {
		t.Errorf("Redis publishes %q\nsessd publishes %q", slices.Sorted(maps.Keys(told[0])), slices.Sorted(maps.Keys(told[1])))
	}
}

// TestSettingOfEvents compares what the setting takes and how it is shown. Redis 7.0 loses the n of An.
func TestSettingOfEvents(t *testing.T) {
	redis, sessd := servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)
	for _, letters := range []string{"", "K", "KEA", "AKE", "EK", "Elg", "g$lshzxetd", "gg$$xE", "Am", "KEn", "g$lshzxet", "xyz", "ke", "K E", "Ag$lshzxeKEtmd"} {
		for _, request := range [][]string{{"CONFIG", "SET", "notify-keyspace-events", letters}, {"CONFIG", "GET", "notify-keyspace-events"}} {
			if want, got := redis.Do(request...), sessd.Do(request...); want != got {
				t.Errorf("%q: Redis answers %q, sessd %q", request, want, got)
			}
		}
	}
}
