package races

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"sessd/server/servertest"
)

// stepRequests are plain requests, transactions, such as watch, and scripts. Each is one step for everybody.
var stepRequests = []string{
	"GET a", "INCR a", "INCR b", "SET a 7", "HINCRBY h f 1", "DEL a",
	"MULTI;INCR a;INCR b;EXEC",
	"MULTI;GET a;HGET h f;GET b;EXEC",
	"WATCH a;GET a;MULTI;INCR b;EXEC",
	"WATCH a b;GET a;MULTI;INCR a;HINCRBY h f 1;EXEC",
	"EVAL return{redis.call('incr','a'),redis.call('hincrby','h','f',1)} 0",
	"EVAL return{redis.call('incr',KEYS[1]),redis.call('incr',KEYS[2])} 2 a b",
}

// scriptedSteps are the commands of the scripts among them.
var scriptedSteps = map[string]string{
	stepRequests[10]: "INCR a;HINCRBY h f 1",
	stepRequests[11]: "INCR a;INCR b",
}

// numbers is the numbers under a and b and in the hash h, by key; absent ones are not there. It is not changed once it is made.
type numbers struct{ a, b, h string }

// answer returns the reply to a command, and the numbers after it.
func (n numbers) answer(command string) (string, numbers) {
	words := strings.Fields(command)
	at := map[string]*string{"a": &n.a, "b": &n.b, "h": &n.h}[words[1]]
	switch words[0] {
	case "GET", "HGET":
		return value(*at), n
	case "SET":
		*at = words[2]
		return "+OK\r\n", n
	case "DEL":
		removed := 0
		if *at != "" {
			removed, *at = 1, ""
		}
		return integer(removed), n
	}
	next := 1
	if *at != "" {
		fmt.Sscan(*at, &next)
		next++
	}
	*at = fmt.Sprint(next)
	return integer(next), n
}

// explains reports whether a request may be answered so, and returns the numbers after it. A transaction that watches may be
// refused at any time, and is not where what it read before is not so any more.
func (n numbers) explains(request, reply string) (bool, numbers) {
	before := ""
	if rest, watches := strings.CutPrefix(request, "WATCH "); watches {
		if strings.HasSuffix(reply, dirty) {
			return true, n
		}
		_, rest, _ = strings.Cut(rest, ";")
		read, transaction, _ := strings.Cut(rest, ";")
		before, _ = n.answer(read)
		request = transaction
	}
	commands := request
	if script, scripted := scriptedSteps[request]; scripted {
		commands = script
	} else if transaction, found := strings.CutPrefix(request, "MULTI;"); found {
		commands = strings.TrimSuffix(transaction, ";EXEC")
	} else {
		want, after := n.answer(request)
		return want == reply, after
	}
	want := ""
	for command := range strings.SplitSeq(commands, ";") {
		var one string
		one, n = n.answer(command)
		want += one
	}
	return reply == fmt.Sprintf("%s*%d\r\n%s", before, strings.Count(commands, ";")+1, want), n
}

// askStep sends the requests of a step and returns what they were answered, but for what is always the same.
func askStep(c *servertest.Conn, request string) (replies string) {
	if strings.HasPrefix(request, "EVAL") {
		return c.Do(strings.Fields(request)...)
	}
	for one := range strings.SplitSeq(request, ";") {
		switch reply := c.Do(strings.Fields(one)...); {
		case reply == queued, strings.HasPrefix(one, "WATCH"), one == "MULTI":
		default:
			replies += reply
		}
	}
	return replies
}

// TestHistoriesOfStepsCanBeExplained is TestHistoriesCanBeExplained for transactions, those that watch, and scripts.
func TestHistoriesOfStepsCanBeExplained(t *testing.T) {
	model := porcupine.Model{
		Init: func() any { return numbers{} },
		Step: func(before, request, reply any) (bool, any) {
			return before.(numbers).explains(request.(string), reply.(string))
		},
	}
	draw := func(r *rand.Rand, _ string) string { return stepRequests[r.IntN(len(stepRequests))] }
	crowd{connections: 6, requests: 8, histories: 60}.explained(t, model, draw, askStep)
}
