package differential

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// scenes have who waits, in the order of arrival, and what another client does then.
var scenes = []struct {
	name          string
	waiting, then []string
}{
	{"least", []string{"BZPOPMIN z 0"}, []string{"ZADD z 1 a 2 b", "ZRANGE z 0 -1"}},
	{"greatest", []string{"BZPOPMAX z 0"}, []string{"ZADD z 1 a 2 b", "ZRANGE z 0 -1"}},
	{"in order", []string{"BZPOPMIN z 0", "BZPOPMAX z 0", "BZPOPMIN z 0"}, []string{"ZADD z 1 a 2 b 3 c 4 d", "ZRANGE z 0 -1"}},
	{"some wait on", []string{"BZPOPMIN z 0", "BZPOPMIN z 0"}, []string{"ZADD z 1 a", "EXISTS z"}},
	{"several keys", []string{"BZPOPMIN y z 0", "BZPOPMAX z y 0"}, []string{"ZADD z 1 a", "ZADD y inf b", "EXISTS y z"}},
	{"a key twice", []string{"BZPOPMIN z z 0", "BZPOPMIN z 0"}, []string{"ZADD z 1 a 2 b", "EXISTS z"}},
	{"many", []string{"BZMPOP 0 2 y z MAX COUNT 2"}, []string{"ZADD z 1 a 2.5 b 3 c", "ZRANGE z 0 -1"}},
	{"another type", []string{"BZPOPMIN z 0"}, []string{"RPUSH z a", "DEL z", "SADD z a", "DEL z", "ZADD z 1 a"}},
	{"a list and a sorted set", []string{"BLPOP z 0", "BZPOPMIN z 0", "BLPOP z 0"}, []string{"ZADD z 1 a", "RPUSH z x", "EXISTS z"}},
	{"sum", []string{"BZPOPMIN z 0"}, []string{"ZINCRBY z 2 a", "EXISTS z"}},
	{"union", []string{"BZPOPMIN z 0"}, []string{"ZADD x 1 a 2 b", "ZUNIONSTORE z 1 x WEIGHTS -1", "ZRANGE z 0 -1"}},
	{"intersection", []string{"BZPOPMIN z 0"}, []string{"SADD s a b", "ZINTERSTORE z 1 s", "ZRANGE z 0 -1"}},
	{"difference", []string{"BZPOPMIN z 0"}, []string{"ZADD x 1 a 2 b", "ZDIFFSTORE z 2 x none", "ZRANGE z 0 -1"}},
	{"range", []string{"BZPOPMAX z 0"}, []string{"ZADD x 1 a 2 b", "ZRANGESTORE z x 0 -1", "ZRANGE z 0 -1"}},
	{"union of sets", []string{"BZPOPMAX z 0"}, []string{"SADD s a", "SUNIONSTORE z s", "TYPE z"}},
	{"rename", []string{"BZPOPMIN z 0"}, []string{"ZADD x 1 a", "RENAME x z", "EXISTS z"}},
	{"keyspaces change places", []string{"BZPOPMIN z 0", "BZPOPMIN z 0"}, []string{"SELECT 1", "DEL z", "ZADD z 1 a", "SWAPDB 1 0", "EXISTS z", "SELECT 0", "EXISTS z"}},
	{"transaction", []string{"BZPOPMIN z 0"}, []string{"MULTI", "ZADD z 2 a", "ZADD z 1 b", "ZCARD z", "EXEC", "ZRANGE z 0 -1"}},
	{"transaction that takes it back", []string{"BZPOPMIN z 0"}, []string{"MULTI", "ZADD z 2 a", "ZREM z a", "EXEC", "ZADD z 3 c"}},
	{"inside a transaction", nil, []string{"MULTI", "BZPOPMIN z 0", "BZPOPMAX z 0", "BZMPOP 0 1 z MIN", "EXEC"}},
	{"inside a script", nil, []string{"EVAL return(redis.call('BZMPOP','0','1','z','MIN')) 1 z", "EVAL return(redis.pcall('BZPOPMIN','z','0')) 1 z"}},
	{"what is there", nil, []string{"ZADD z 1 a 2 b 3 c", "BZPOPMIN none z 0", "BZPOPMAX z none 0", "BZMPOP 0 2 none z MIN COUNT 9", "EXISTS z"}},
	{"timeouts", nil, []string{"BZPOPMIN z 0.01", "BZPOPMAX z 1e-9", "BZMPOP 0.01 1 z MIN", "BZPOPMIN z -1", "BZPOPMIN z x", "BZMPOP x 1 z FOO", "BZMPOP x 1 z MIN",
		"BZMPOP 0 0 z MIN", "BZMPOP 0 1 z MIN COUNT 0", "BZMPOP -1 1 z MIN", "BZMPOP 0 2 z MIN"}},
	{"of a wrong type", nil, []string{"SET z x", "BZPOPMIN z 0", "BZMPOP 0 2 none z MAX"}},
}

// TestScenes has clients wait for sorted sets on both servers, and compares what they, and others, are answered.
func TestScenes(t *testing.T) {
	socket, server := redistest.Start(t), servertest.Start(t)
	for _, protocol := range []string{"2", "3"} {
		for _, scene := range scenes {
			t.Run(scene.name+" "+protocol, func(t *testing.T) {
				var told [2]string
				for i, addr := range []string{socket, server.Addr} {
					told[i] = play(t, []string{"unix", "tcp"}[i], addr, protocol, scene.waiting, scene.then)
				}
				if told[0] != told[1] {
					t.Errorf("Redis answers\n%ssessd\n%s", told[0], told[1])
				}
			})
		}
	}
}

// play plays a scene on a server and returns all that was answered.
func play(t *testing.T, network, addr, protocol string, waiting, then []string) string {
	dial := func() *servertest.Conn {
		c := servertest.Dial(t, network, addr)
		c.Do("HELLO", protocol)
		return c
	}
	c, all := dial(), make([]*servertest.Conn, len(waiting))
	c.Do("FLUSHALL")
	for i, request := range waiting {
		all[i] = dial()
		all[i].Send(servertest.Request(strings.Fields(request)...))
		untilBlocked(t, c, i+1)
	}
	var told strings.Builder
	for _, request := range then {
		fmt.Fprintf(&told, "%s: %q\n", request, c.Do(strings.Fields(request)...))
	}
	left := waitingClients(c)
	fmt.Fprintf(&told, "%d wait on\n", left)
	c.Do("DEL", "z", "y") // whoever waits on, waits for these
	for i := range waiting {
		all[i].Send(servertest.Request("PING", "end"))
	}
	for range left {
		c.Do("CLIENT", "UNBLOCK", anyBlocked(c))
	}
	for i, request := range waiting {
		fmt.Fprintf(&told, "%s: %q\n", request, all[i].Reply())
	}
	return told.String()
}

// waitingClients returns how many clients wait.
func waitingClients(c *servertest.Conn) (n int) {
	info := c.Do("INFO", "clients")
	_, after, _ := strings.Cut(info, "blocked_clients:")
	fmt.Sscan(after, &n)
	return n
}

// anyBlocked returns the id of a client that waits.
func anyBlocked(c *servertest.Conn) string {
	for line := range strings.Lines(c.Do("CLIENT", "LIST")) {
		if strings.Contains(line, " flags=b") {
			_, after, _ := strings.Cut(line, "id=")
			id, _, _ := strings.Cut(after, " ")
			return id
		}
	}
	return "0"
}

// untilBlocked returns when so many clients wait.
func untilBlocked(t *testing.T, c *servertest.Conn, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); waitingClients(c) != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d clients wait, want %d", waitingClients(c), n)
		}
	}
}
