package races

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"sessd/server/servertest"
)

// queues is the elements of two lists, a and b, each followed by a space. It is compared with ==.
type queues struct{ a, b string }

func (q *queues) of(key string) *string {
	if key == "a" {
		return &q.a
	}
	return &q.b
}

// push adds an element at an end and returns the length.
func (q *queues) push(command, key, element string) int {
	list := q.of(key)
	if command == "LPUSH" {
		*list = element + " " + *list
	} else {
		*list += element + " "
	}
	return strings.Count(*list, " ")
}

// explains reports whether a request may be answered so, and returns the lists after it. A pop that waits for two lists is
// served by either: by that which was written first.
func (q queues) explains(request, reply string) (bool, queues) {
	words := strings.Fields(request)
	switch words[0] {
	case "LPUSH", "RPUSH":
		return reply == integer(q.push(words[0], words[1], words[2])), q
	case "MULTI": // RPUSH key element; LLEN key; EXEC
		n := q.push("RPUSH", words[3], words[4])
		return reply == "*2\r\n"+integer(n)+integer(n), q
	case "LRANGE":
		elements := strings.Fields(*q.of(words[1]))
		want := fmt.Sprintf("*%d\r\n", len(elements))
		for _, element := range elements {
			want += bulk(element)
		}
		return reply == want, q
	}
	if reply == dirty { // its time was out
		for _, key := range words[1 : len(words)-1] {
			if *q.of(key) != "" {
				return false, q
			}
		}
		return true, q
	}
	for _, key := range words[1 : len(words)-1] {
		list := q.of(key)
		if first, rest, found := strings.Cut(*list, " "); found && reply == "*2\r\n"+bulk(key)+bulk(first) {
			*list = rest
			return true, q
		}
	}
	return false, q
}

// drawWait makes a request at random. What is pushed differs from all else.
func drawWait(r *rand.Rand, element string) string {
	of := func(choices ...string) string { return choices[r.IntN(len(choices))] }
	key := of("a", "b")
	return of("BLPOP "+key+" 0.03", "BLPOP "+key+" 0.03", "BLPOP a b 0.03", "RPUSH "+key+" "+element, "LPUSH "+key+" "+element,
		"MULTI ; RPUSH "+key+" "+element+" ; LLEN "+key+" ; EXEC", "LRANGE "+key+" 0 -1")
}

// ask sends a request, or the requests of a transaction, and returns the last reply.
func ask(c *servertest.Conn, request string) (reply string) {
	for one := range strings.SplitSeq(request, ";") {
		reply = c.Do(strings.Fields(one)...)
	}
	return reply
}

// TestHistoriesOfWaitsCanBeExplained is TestHistoriesCanBeExplained for pops that wait, pushes and transactions.
func TestHistoriesOfWaitsCanBeExplained(t *testing.T) {
	model := porcupine.Model{
		Init: func() any { return queues{} },
		Step: func(before, request, reply any) (bool, any) {
			return before.(queues).explains(request.(string), reply.(string))
		},
	}
	crowd{connections: 6, requests: 7, histories: 60}.explained(t, model, drawWait, ask)
}
