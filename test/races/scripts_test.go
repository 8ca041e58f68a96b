package races

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"

	"sessd/server/servertest"
)

// Scripts that move 1 from key b to key a. The first stays within its keys, the others need all data to themselves; the
// last takes so long that it leaves its loop.
var movers = []string{
	`redis.call("incrby", KEYS[1], 1) redis.call("incrby", KEYS[2], -1) return {redis.call("get", KEYS[1]), redis.call("get", KEYS[2])}`,
	`for i = 1, 1 do redis.call("incr", "a") redis.call("decr", "b") end return redis.call("mget", "a", "b")`,
	`redis.call("incr", "a") for i = 1, 50000 do end redis.call("decr", "b") return redis.call("mget", "a", "b")`,
}

// scripted are the requests of the race by name.
var scripted = map[string][]string{
	"move0": {"EVAL", movers[0], "2", "a", "b"},
	"move1": {"EVAL", movers[1], "0"},
	"move2": {"EVAL", movers[2], "0"},
	"both":  {"MGET", "a", "b"},
	"one":   {"INCR", "a"},
	"reset": {"MSET", "a", "0", "b", "0"},
}

// answerScripted returns what a server without any other client answers to a request, and the values of a and b after it.
func answerScripted(name string, s [2]int) (reply string, after [2]int) {
	both := func() string {
		return "*2\r\n" + bulk(fmt.Sprint(s[0])) + bulk(fmt.Sprint(s[1]))
	}
	switch name {
	case "both":
	case "one":
		s[0]++
		return integer(s[0]), s
	case "reset":
		return "+OK\r\n", [2]int{}
	default:
		s[0]++
		s[1]--
	}
	return both(), s
}

// TestScriptsAreSteps holds scripts of every kind, and plain commands beside them, to an order of one after the other.
func TestScriptsAreSteps(t *testing.T) {
	const (
		connections = 6
		requests    = 8 // of each connection in a history
		histories   = 12
	)
	names := []string{"move0", "move0", "move1", "move2", "both", "both", "one", "reset"}
	model := porcupine.Model{
		Init: func() any { return [2]int{} },
		Step: func(s, input, output any) (bool, any) {
			reply, after := answerScripted(input.(string), s.([2]int))
			return reply == output.(string), after
		},
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		conns := make([]*servertest.Conn, connections)
		for i := range conns {
			conns[i] = s.Dial(t)
		}
		seed := rand.Uint64()
		for n := range histories {
			conns[0].Want("+OK\r\n", scripted["reset"]...)
			draw := func(r *rand.Rand, _ string) string { return names[r.IntN(len(names))] }
			ask := func(c *servertest.Conn, name string) string { return c.Do(scripted[name]...) }
			explain(t, model, record(conns, requests, seed+uint64(n), draw, ask), seed+uint64(n))
		}
	})
}
