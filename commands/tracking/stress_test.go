package tracking_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// The keys of TestCachesAreFresh: half of them are counters, half are sessions.
const freshKeys = 40

// read returns the request that reads a key.
func read(key int) []string {
	if key < freshKeys/2 {
		return []string{"GET", "k" + strconv.Itoa(key)}
	}
	return []string{"SESS.GET", "k" + strconv.Itoa(key), "WITHREV"}
}

// write returns the request that writes a key.
func write(key int) []string {
	if key < freshKeys/2 {
		return []string{"INCR", "k" + strconv.Itoa(key)}
	}
	return []string{"SESS.SAVE", "k" + strconv.Itoa(key), "x", "1"}
}

// number returns the first number in a reply, which is the version of a key.
func number(reply string) int64 {
	reply = strings.TrimPrefix(reply, "*2\r\n")
	if reply[0] == '$' {
		_, reply, _ = strings.Cut(reply, "\r\n")
	}
	reply, _, _ = strings.Cut(strings.TrimPrefix(reply, ":"), "\r\n")
	n, _ := strconv.ParseInt(reply, 10, 64)
	return n
}

// cache is a client with a cache that invalidations keep fresh.
type cache struct {
	conn   *servertest.Conn
	values map[int]int64
	drops  int
}

// reply returns the next reply; what is pushed before it is heeded.
func (c *cache) reply() string {
	for {
		reply := c.conn.Reply()
		if reply[0] != '>' {
			return reply
		}
		c.drops++
		parts := strings.Split(reply, "\r\n")
		if parts[3] == "_" {
			clear(c.values)
			continue
		}
		for i := 5; i < len(parts); i += 2 {
			key, _ := strconv.Atoi(strings.TrimPrefix(parts[i], "k"))
			delete(c.values, key)
		}
	}
}

// load reads some keys in one pipeline.
func (c *cache) load(keys []int) {
	var all strings.Builder
	for _, key := range keys {
		all.WriteString(servertest.Request(read(key)...))
	}
	c.conn.Send(all.String())
	for _, key := range keys {
		value := number(c.reply())
		c.values[key] = value
	}
}

// TestCachesAreFresh: once a client has heard all that was sent to it, nothing in its cache is older than a write that was
// answered before. Meanwhile connections that track are closed between their reads and the writes.
func TestCachesAreFresh(t *testing.T) {
	for _, mode := range []string{"", "BCAST", "NOLOOP", "small"} {
		t.Run("mode "+mode, func(t *testing.T) {
			s := servertest.Start(t, func(o *commands.Options, so *server.Options) {
				so.IOThreads = 2
				if mode == "small" {
					o.TrackedKeys = freshKeys / 4
				}
			})
			checkFresh(t, s, strings.TrimSuffix(mode, "small"))
		})
	}
}

func checkFresh(t *testing.T, s *servertest.Server, options string) {
	setup := s.Dial(t)
	for key := freshKeys / 2; key < freshKeys; key++ {
		setup.Do("SESS.CREATE", "k"+strconv.Itoa(key))
	}
	var answered [freshKeys]atomic.Int64 // the version of the last write that was answered
	var writers, readers sync.WaitGroup
	var ended atomic.Bool
	for i := range 2 {
		conn := s.Dial(t)
		writers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for !ended.Load() {
				key := random.IntN(freshKeys/2)*2 + i // nobody else writes it
				answered[key].Store(number(conn.Do(write(key)...)))
			}
		})
	}
	writers.Go(func() {
		for !ended.Load() {
			c := track(t, s, options)
			c.Send(servertest.Request(read(rand.IntN(freshKeys))...))
			c.Close()
		}
	})
	for i := range 3 {
		c := &cache{conn: track(t, s, options), values: map[int]int64{}}
		readers.Go(func() {
			random := rand.New(rand.NewPCG(2, uint64(i)))
			for step := range 400 {
				keys := make([]int, 1+random.IntN(5))
				for j := range keys {
					keys[j] = random.IntN(freshKeys)
				}
				c.load(keys)
				var before [freshKeys]int64
				for key := range before {
					before[key] = answered[key].Load()
				}
				c.conn.Send(servertest.Request("PING"))
				c.reply()
				for key, value := range c.values {
					if value < before[key] {
						t.Errorf("step %d: %d is cached of key %d, when %d was answered", step, value, key, before[key])
						return
					}
				}
			}
			if c.drops == 0 {
				t.Error("nothing was invalidated")
			}
		})
	}
	readers.Wait()
	ended.Store(true)
	writers.Wait()
	if n := number(fmt.Sprintf(":%s", strings.Split(setup.Do("INFO", "stats"), "tracking_total_keys:")[1])); n > freshKeys {
		t.Errorf("%d keys are noted", n)
	}
}
