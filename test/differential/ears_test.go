package differential

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// ears are a connection to each server that hears what others publish, or of all keyspace events.
type ears struct {
	conns  [2]*servertest.Conn
	events bool
	turn   int
}

// newEars connects to both servers. What they listen to ends before the next sequence.
func newEars(of check, socket, addr, protocol string) *ears {
	e := &ears{events: rapid.IntRange(0, 3).Draw(of.r, "events") == 3}
	for i, addr := range []string{socket, addr} {
		c := servertest.Dial(of, []string{"unix", "tcp"}[i], addr)
		e.conns[i] = c
		c.Do("HELLO", protocol)
		classes := ""
		if e.events {
			classes = "KEA"
		}
		c.Do("CONFIG", "SET", "notify-keyspace-events", classes)
		if e.events {
			c.Do("PSUBSCRIBE", "__key*")
		}
	}
	of.Cleanup(func() {
		for _, c := range e.conns {
			c.Send(servertest.Request("RESET"))
			for c.Reply() != "+RESET\r\n" {
			}
		}
	})
	return e
}

// listens draws whether the ears are asked something.
func (e *ears) listens(r *rapid.T) bool { return rapid.Bool().Draw(r, "listens") }

// hear returns what each has been sent. Of several patterns Redis tells in an order by chance.
func (e *ears) hear() (heard [2]string) {
	e.turn++
	for i, c := range e.conns {
		messages := hearUntil(c, fmt.Sprint("marker", e.turn))
		if !e.events {
			slices.Sort(messages)
		}
		heard[i] = fmt.Sprintf("%q", messages)
	}
	return heard
}

// earRows are what ears are asked. Which channel ends first where all do is by chance.
var earRows = []row{
	{name: "SUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "UNSUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "PSUBSCRIBE", args: []words{several(1, 3, globs)}},
	{name: "PUNSUBSCRIBE", args: []words{several(1, 3, globs)}},
	{name: "SSUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "SUNSUBSCRIBE", args: []words{several(1, 3, channel)}},
}

// listen has the ears of both servers listen to more, or less.
func (s *soak) listen(step int) {
	request := rapid.SampledFrom(earRows).Draw(s.r, "row").request(s.r, step)
	if len(request) == 1 {
		return
	}
	fmt.Fprintf(&s.log, "ears: %q\n", request)
	for _, c := range s.ears.conns {
		c.Send(servertest.Request(request...))
	}
	if heard := s.ears.hear(); heard[0] != heard[1] {
		*s.failed = true
		s.r.Fatalf("after\n%sRedis answers %s\nsessd answers %s", s.log.String(), heard[0], heard[1])
	}
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
