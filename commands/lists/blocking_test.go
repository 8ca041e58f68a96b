package lists_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/server/servertest"
)

const (
	ok     = "+OK\r\n"
	queued = "+QUEUED\r\n"
	null   = "*-1\r\n"
)

// pair is the reply of BLPOP.
func pair(key, element string) string {
	return "*2\r\n" + servertest.Bulk(key) + servertest.Bulk(element)
}

// waitBlocked returns when so many clients wait.
func waitBlocked(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); s.Server.Stats().Parked != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d clients wait, want %d", s.Server.Stats().Parked, n)
		}
	}
}

// block makes clients wait, each with a request of its own, in this order.
func block(t *testing.T, s *servertest.Server, requests ...string) []*servertest.Conn {
	t.Helper()
	all, before := make([]*servertest.Conn, len(requests)), s.Server.Stats().Parked
	for i, request := range requests {
		all[i] = s.Dial(t)
		all[i].Send(servertest.Request(strings.Fields(request)...))
		waitBlocked(t, s, before+i+1)
	}
	return all
}

// talk sends requests, each a line of words, and compares the replies.
func talk(t *testing.T, c *servertest.Conn, lines ...string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		c.Want(lines[i+1], strings.Fields(lines[i])...)
	}
}

// TestServed has who waits, what another client does, and what those who wait are answered; "" is for one who waits on.
func TestServed(t *testing.T) {
	for _, row := range []struct {
		name    string
		waiting []string
		then    []string // requests and replies
		want    []string
	}{
		{"push", []string{"BLPOP k 0"}, []string{"RPUSH k a b", ":2\r\n", "LLEN k", ":1\r\n"}, []string{pair("k", "a")}},
		{"from the tail", []string{"BRPOP k 0"}, []string{"RPUSH k a b", ":2\r\n"}, []string{pair("k", "b")}},
		{"left push", []string{"BLPOP k 0"}, []string{"LPUSH k a b", ":2\r\n"}, []string{pair("k", "b")}},
		{"in order", []string{"BLPOP k 0", "BRPOP k 0", "BLPOP k 0"}, []string{"RPUSH k a b", ":2\r\n"}, []string{pair("k", "a"), pair("k", "b"), ""}},
		{"another key", []string{"BLPOP k 0"}, []string{"RPUSH l a", ":1\r\n"}, []string{""}},
		{"second key", []string{"BLPOP j k 0"}, []string{"RPUSH k a", ":1\r\n"}, []string{pair("k", "a")}},
		{"a key twice", []string{"BLPOP k k 0", "BLPOP k 0"}, []string{"RPUSH k a b", ":2\r\n", "EXISTS k", ":0\r\n"}, []string{pair("k", "a"), pair("k", "b")}},
		{"another type", []string{"BLPOP k 0"}, []string{"SET k a", ok, "DEL k", ":1\r\n", "RPUSH k a", ":1\r\n"}, []string{pair("k", "a")}},
		{"a sorted set", []string{"BLPOP k 0"}, []string{"ZADD k 1 a", ":1\r\n"}, []string{""}},
		{"move", []string{"BLMOVE k l RIGHT LEFT 0"}, []string{"RPUSH k a b", ":2\r\n", "LRANGE l 0 -1", "*1\r\n$1\r\nb\r\n"}, []string{"$1\r\nb\r\n"}},
		{"chain", []string{"BRPOPLPUSH k l 0", "BLMOVE l m LEFT LEFT 0", "BLPOP m 0"}, []string{"RPUSH k a", ":1\r\n", "EXISTS k l m", ":0\r\n"},
			[]string{"$1\r\na\r\n", "$1\r\na\r\n", pair("m", "a")}},
		{"to itself", []string{"BLMOVE k k LEFT RIGHT 0", "BLPOP k 0"}, []string{"RPUSH k a b", ":2\r\n", "LRANGE k 0 -1", "*1\r\n$1\r\na\r\n"}, []string{"$1\r\na\r\n", pair("k", "b")}},
		{"wrong target", []string{"BRPOPLPUSH k s 0", "BLPOP k 0"}, []string{"SET s x", ok, "RPUSH k a", ":1\r\n", "EXISTS k", ":0\r\n"},
			[]string{"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", pair("k", "a")}},
		{"many", []string{"BLMPOP 0 2 j k RIGHT COUNT 2"}, []string{"RPUSH k a b c", ":3\r\n"}, []string{"*2\r\n$1\r\nk\r\n*2\r\n$1\r\nc\r\n$1\r\nb\r\n"}},
		{"transaction", []string{"BLPOP k 0"}, []string{"MULTI", ok, "RPUSH k a", queued, "LPUSH k b", queued, "LLEN k", queued, "EXEC", "*3\r\n:1\r\n:2\r\n:2\r\n", "LLEN k", ":1\r\n"}, []string{pair("k", "b")}},
		{"transaction that takes it back", []string{"BLPOP k 0"}, []string{"MULTI", ok, "RPUSH k a", queued, "DEL k", queued, "EXEC", "*2\r\n:1\r\n:1\r\n"}, []string{""}},
		{"first key that was written", []string{"BLPOP k l 0"}, []string{"MULTI", ok, "RPUSH l a", queued, "RPUSH k b", queued, "EXEC", "*2\r\n:1\r\n:1\r\n"}, []string{pair("l", "a")}},
		{"script", []string{"BLPOP k 0"}, []string{"EVAL redis.call('RPUSH','k','a');return(redis.call('LLEN','k')) 1 k", ":1\r\n", "EXISTS k", ":0\r\n"}, []string{pair("k", "a")}},
		{"script without keys", []string{"BLPOP k 0"}, []string{"EVAL redis.call('RPUSH','k','a','b') 0", "$-1\r\n", "LLEN k", ":1\r\n"}, []string{pair("k", "a")}},
		{"rename", []string{"BLPOP k 0"}, []string{"RPUSH l a", ":1\r\n", "RENAME l k", ok, "EXISTS k", ":0\r\n"}, []string{pair("k", "a")}},
		{"copy", []string{"BLPOP k 0"}, []string{"RPUSH l a", ":1\r\n", "COPY l k", ":1\r\n", "EXISTS k l", ":1\r\n"}, []string{pair("k", "a")}},
		{"move to the keyspace", []string{"BLPOP k 0"}, []string{"SELECT 1", ok, "RPUSH k a", ":1\r\n", "MOVE k 0", ":1\r\n"}, []string{pair("k", "a")}},
		{"another keyspace", []string{"BLPOP k 0"}, []string{"SELECT 1", ok, "RPUSH k a", ":1\r\n"}, []string{""}},
		{"flush", []string{"BLPOP k 0"}, []string{"FLUSHALL", ok, "RPUSH k a", ":1\r\n"}, []string{pair("k", "a")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := servertest.Start(t)
			c := s.Dial(t)
			waiting := block(t, s, row.waiting...)
			talk(t, c, row.then...)
			left := 0
			for i, want := range row.want {
				if want == "" {
					left++
				} else if got := waiting[i].Reply(); got != want {
					t.Errorf("%s got %q, want %q", row.waiting[i], got, want)
				}
			}
			waitBlocked(t, s, left)
		})
	}
}

// TestTimeouts are those of Redis 7.2.
func TestTimeouts(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const (
		negative = "-ERR timeout is negative\r\n"
		noFloat  = "-ERR timeout is not a float or out of range\r\n"
		tooLong  = "-ERR timeout is out of range\r\n"
	)
	talk(t, c, "BLPOP k 0.001", null, "BLPOP k 1e-9", null, "BRPOPLPUSH k l 0.001", null, "BLMOVE k l LEFT LEFT 0.001", null, "BLMPOP 0.001 1 k LEFT", null,
		"BLPOP k -0.5", negative, "BLPOP k -inf", negative, "BLPOP k nan", noFloat, "BLPOP k x", noFloat, "BLPOP k inf", tooLong, "BLPOP k 1e400", tooLong,
		"BLPOP k 9223372036854775", tooLong, "BLMOVE k l UP LEFT x", "-ERR syntax error\r\n", "BLMOVE k l LEFT LEFT x", noFloat, "BLMPOP x 1 k FOO", "-ERR syntax error\r\n",
		"BLMPOP -1 0 k LEFT", "-ERR numkeys should be greater than 0\r\n", "BLMPOP -1 1 k LEFT", negative,
		"SET s x", ok, "BLPOP k s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
		"MULTI", ok, "BLPOP k 0", queued, "BLMOVE k l LEFT LEFT 0", queued, "BRPOPLPUSH k l 0", queued, "BLMPOP 0 1 k LEFT", queued, "EXEC", "*4\r\n*-1\r\n$-1\r\n$-1\r\n*-1\r\n",
		"EVAL return(redis.call('BLMPOP','0','1','k','LEFT')) 1 k", "$-1\r\n", "PING", "+PONG\r\n")
}

// TestUnblock ends waits in every way but by a key.
func TestUnblock(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	waiting := []*servertest.Conn{s.Dial(t), s.Dial(t), s.Dial(t)}
	var ids []string
	for _, w := range waiting {
		ids = append(ids, strings.Trim(w.Do("CLIENT", "ID"), ":\r\n"))
		w.Send(servertest.Request("BLPOP", "k", "0") + servertest.Request("PING"))
	}
	waitBlocked(t, s, 3)
	if list := c.Do("CLIENT", "LIST", "ID", ids[0]); !strings.Contains(list, " flags=b ") {
		t.Errorf("CLIENT LIST: %q", list)
	}
	if info := c.Do("INFO", "clients"); !strings.Contains(info, "blocked_clients:3\r\n") {
		t.Errorf("INFO clients: %q", info)
	}
	talk(t, c, "CLIENT UNBLOCK "+ids[0], ":1\r\n", "CLIENT UNBLOCK "+ids[0]+" TIMEOUT", ":0\r\n", "CLIENT UNBLOCK "+ids[1]+" error", ":1\r\n",
		"CLIENT UNBLOCK x", "-ERR value is not an integer or out of range\r\n", "CLIENT UNBLOCK 1 foo", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n",
		"CLIENT UNBLOCK 9999", ":0\r\n")
	waiting[0].WantAll(null + "+PONG\r\n")
	waiting[1].WantAll("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n")
	talk(t, c, "CLIENT KILL ID "+ids[2], ":1\r\n")
	waitBlocked(t, s, 0)
	talk(t, c, "RPUSH k a", ":1\r\n", "LLEN k", ":1\r\n")
}

// TestGone: a client that hangs up while it waits takes nothing.
func TestGone(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	waiting := block(t, s, "BLPOP k 0", "BLPOP k 0")
	waiting[0].Close()
	waitBlocked(t, s, 1)
	talk(t, c, "RPUSH k a", ":1\r\n", "EXISTS k", ":0\r\n")
	waiting[1].WantAll(pair("k", "a"))
}

// TestStop: a server that stops does not wait for those who wait.
func TestStop(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		waiting := block(t, s, "BLPOP k 0", "BLPOP k 100")
		s.Dial(t).Send(servertest.Request("SHUTDOWN", "NOSAVE"))
		for _, w := range waiting {
			w.WantClosed()
		}
		for closed := s.Server.Stats().Closed; closed["shutdown"] < 2; closed = s.Server.Stats().Closed {
			if closed["drain_timeout"] > 0 {
				t.Fatal("the stop has waited for them")
			}
			time.Sleep(time.Millisecond)
		}
	})
}

// TestUnblockInTransactions: the step of a transaction that ends a wait and those who serve it do not wait for each other.
func TestUnblockInTransactions(t *testing.T) {
	s := servertest.Start(t)
	waiting, unblocker, pusher := s.Dial(t), s.Dial(t), s.Dial(t)
	id := strings.Trim(waiting.Do("CLIENT", "ID"), ":\r\n")
	var group sync.WaitGroup
	done := make(chan struct{})
	group.Go(func() {
		for range 300 {
			waiting.Do("BLPOP", "k", "0")
		}
		close(done)
	})
	until := func(do func()) {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					do()
				}
			}
		})
	}
	until(func() { pusher.Do("RPUSH", "k", "a") })
	until(func() {
		for _, request := range []string{"MULTI", "LPOP k", "CLIENT UNBLOCK " + id, "LLEN k", "EXEC"} {
			unblocker.Do(strings.Fields(request)...)
		}
	})
	group.Wait()
}

// TestPopsAreShared: of many that wait and many that push each element goes to one, in order.
func TestPopsAreShared(t *testing.T) {
	s := servertest.Start(t)
	const n = 50
	requests := make([]string, n)
	for i := range requests {
		requests[i] = "BLPOP j k 0"
	}
	waiting := block(t, s, requests...)
	c, words := s.Dial(t), []string{"RPUSH", "k"}
	for i := range n {
		words = append(words, fmt.Sprint(i))
	}
	c.Want(fmt.Sprintf(":%d\r\n", n), words...)
	for i, w := range waiting {
		w.WantAll(pair("k", fmt.Sprint(i)))
	}
	talk(t, c, "EXISTS k", ":0\r\n")
}
