package differential

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// subscribers are a connection to each server that hears what others publish, or of all keyspace events.
type subscribers struct {
	conns  [2]*servertest.Conn
	events bool
	turn   int
}

// newSubscribers connects to both servers. What they listen to ends before the next sequence.
func newSubscribers(of check, socket, addr, protocol string) *subscribers {
	e := &subscribers{events: rapid.IntRange(0, 3).Draw(of.r, "events") == 3}
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

// listens draws whether the subscribers are asked something.
func (e *subscribers) listens(r *rapid.T) bool { return rapid.Bool().Draw(r, "listens") }

// hear returns what each has been sent. Of several patterns Redis tells in an order by chance.
func (e *subscribers) hear() (heard [2]string) {
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

// subscriptionRows are what subscribers are asked. Which channel ends first where all do is by chance.
var subscriptionRows = []row{
	{name: "SUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "UNSUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "PSUBSCRIBE", args: []words{several(1, 3, globs)}},
	{name: "PUNSUBSCRIBE", args: []words{several(1, 3, globs)}},
	{name: "SSUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "SUNSUBSCRIBE", args: []words{several(1, 3, channel)}},
}

// listen has the subscribers of both servers listen to more, or less.
func (s *soak) listen(step int) {
	request := rapid.SampledFrom(subscriptionRows).Draw(s.r, "row").request(s.r, step)
	if len(request) == 1 {
		return
	}
	fmt.Fprintf(&s.log, "subscribers: %q\n", request)
	for _, c := range s.subscribers.conns {
		c.Send(servertest.Request(request...))
	}
	if heard := s.subscribers.hear(); heard[0] != heard[1] {
		*s.failed = true
		s.r.Fatalf("after\n%sRedis answers %s\nsessd answers %s", s.log.String(), heard[0], heard[1])
	}
}
