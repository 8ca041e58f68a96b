package races

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sessd/server/servertest"
)

const (
	queued = "+QUEUED\r\n"
	dirty  = "*-1\r\n" // what EXEC answers if a watched key has changed
)

// counters are ways of reading a number of one kind of entry and of storing the next one.
var counters = []struct {
	name        string
	create, get []string
	set         func(n int) []string
}{
	{"string", []string{"SET", "n", "0"}, []string{"GET", "n"}, func(n int) []string { return []string{"SET", "n", fmt.Sprint(n)} }},
	{"hash", []string{"HSET", "n", "f", "0"}, []string{"HGET", "n", "f"}, func(n int) []string { return []string{"HSET", "n", "f", fmt.Sprint(n)} }},
	{"session", []string{"SESS.CREATE", "n", "FIELDS", "1", "f", "0"}, []string{"SESS.GET", "n", "FIELDS", "1", "f"},
		func(n int) []string { return []string{"SESS.SAVE", "n", "f", fmt.Sprint(n)} }},
	{"script", []string{"SET", "n", "0"}, []string{"EVAL", `return redis.call("get", KEYS[1])`, "1", "n"},
		func(n int) []string {
			return []string{"EVAL", `return redis.call("set", "n", ARGV[1])`, "0", fmt.Sprint(n)}
		}},
}

// number returns the number of a reply that is a bulk, or an array of one.
func number(t *testing.T, reply string) int {
	lines := strings.Split(strings.TrimSuffix(reply, "\r\n"), "\r\n")
	n, err := strconv.Atoi(lines[len(lines)-1])
	if err != nil {
		t.Errorf("%q is no number", reply)
	}
	return n
}

// TestNoIncrementIsLostUnderWatch: clients read a number, and store the next one in a transaction unless it has changed.
func TestNoIncrementIsLostUnderWatch(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		for _, counter := range counters {
			t.Run(counter.name, func(t *testing.T) {
				s := servertest.Start(t, driver)
				main := s.Dial(t)
				main.Do(counter.create...)
				var group sync.WaitGroup
				for range clients {
					c := s.Dial(t)
					group.Go(func() {
						for done := 0; done < rounds && !t.Failed(); {
							c.Want("+OK\r\n", "WATCH", "n")
							n := number(t, c.Do(counter.get...))
							c.Want("+OK\r\n", "MULTI")
							c.Want(queued, counter.set(n+1)...)
							switch reply := c.Do("EXEC"); {
							case reply == dirty:
							case strings.HasPrefix(reply, "*1\r\n") && reply[4] != '-':
								done++
							default:
								t.Errorf("EXEC answers %q", reply)
							}
						}
					})
				}
				group.Wait()
				if got := number(t, main.Do(counter.get...)); got != clients*rounds {
					t.Errorf("counted %d, want %d", got, clients*rounds)
				}
				if info := main.Do("INFO", "clients"); !strings.Contains(info, "watching_clients:0\r\n") || !strings.Contains(info, "total_watched_keys:0\r\n") {
					t.Errorf("keys are watched yet: %s", info)
				}
			})
		}
	})
}

// transfers are requests that move 1 from the first account to the second: plain, and as a script.
var transfers = [][]string{
	{"INCRBY s -1;HINCRBY h f 1", "HINCRBY h f -1;INCRBY s 1"},
	{"HINCRBY h f -1;SELECT 1;INCRBY s 1;SELECT 0", "SELECT 1;INCRBY s -1;SELECT 0;INCRBY s 1"},
}

const moveByScript = `redis.call("incrby", KEYS[1], -1) redis.call("hincrby", KEYS[2], "f", 1)`

// TestTransfersAreSteps: whoever looks at all accounts in a transaction finds their sum unchanged, over strings and hashes,
// keyspaces, and scripts beside plain requests.
func TestTransfersAreSteps(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		var writers, group sync.WaitGroup
		over := make(chan struct{})
		for client := range clients {
			c := s.Dial(t)
			writers.Go(func() {
				for round := range rounds {
					requests := servertest.Request("MULTI")
					count := 1
					for request := range strings.SplitSeq(transfers[client%2][round%2], ";") {
						requests += servertest.Request(strings.Fields(request)...)
						count++
					}
					c.Send(requests + servertest.Request("EVAL", moveByScript, "2", "s", "h") + servertest.Request("EXEC"))
					c.WantAll("+OK\r\n" + strings.Repeat(queued, count))
					if reply := c.Reply(); reply[0] != '*' || strings.Contains(reply, "\n-ERR") {
						t.Errorf("EXEC answers %q", reply)
						return
					}
				}
			})
		}
		for _, look := range []string{"GET s;HGET h f;SELECT 1;GET s;SELECT 0", "SELECT 1;GET s;SELECT 0;GET s;HGET h f"} {
			c := s.Dial(t)
			group.Go(func() {
				for {
					var got []string
					c.Want("+OK\r\n", "MULTI")
					for request := range strings.SplitSeq(look, ";") {
						c.Want(queued, strings.Fields(request)...)
					}
					for line := range strings.SplitSeq(c.Do("EXEC"), "\r\n") {
						if line != "" && !strings.ContainsAny(line[:1], "*$+") {
							got = append(got, line)
						}
					}
					sum := 0
					for _, text := range got {
						sum += number(t, text)
					}
					if sum != 0 {
						t.Errorf("the accounts hold %q, %d together", got, sum)
						return
					}
					select {
					case <-over:
						return
					default:
					}
				}
			})
		}
		writers.Wait()
		close(over)
		group.Wait()
	})
}

// TestWatchersSeeEveryDestroy: of clients that watch a session and destroy it in a transaction, one is answered.
func TestWatchersSeeEveryDestroy(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		for round := range rounds {
			c.Want(bulk(fmt.Sprint("id", round)), "SESS.CREATE", fmt.Sprint("id", round))
		}
		replies := race(t, s, clients, func(_, round int) string {
			id := fmt.Sprint("id", round)
			return fmt.Sprintf("WATCH %s;EXISTS %s;MULTI;SESS.ROTATE %s %s-new;SESS.DESTROY %s-new;EXEC", id, id, id, id, id)
		})
		for round := range replies {
			won := 0
			for _, reply := range replies[round] {
				switch {
				case strings.HasSuffix(reply[5], ":1\r\n"):
					won++
				case reply[5] != dirty && reply[1] != ":0\r\n":
					t.Errorf("round %d: %q", round, reply)
				}
			}
			if won != 1 {
				t.Errorf("round %d: %d clients destroyed the session", round, won)
			}
		}
		c.Want(":0\r\n", "DBSIZE")
	})
}
