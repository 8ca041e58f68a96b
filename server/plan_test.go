package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// A plan is requests of three connections in pipelines, made of the bytes of a fuzzer.

// planned is what plans are made of, by placeholder.
var planned = map[string][]string{
	"$k": {"s", "h", "l", "m", "z", "t", "x", "y", "i", "j"}, // keys; the first are mostly strings, hashes, lists, lists, sorted sets, sets and streams
	"$v": {"1", "a", "b", "field", "2.5", "", "-inf", strings.Repeat("long", 300)},
	"$n": {"0", "1", "2", "-1", "10", "-9223372036854775808", "9223372036854775807", "x"},
	"$t": {"0", "0", "0.001", "0.02", "-1"}, // how long somebody waits
	"$c": {"c", "d", "__keyspace@0__:l", "__redis__:invalidate", "__sess__:destroyed"},
	"$e": {"LEFT", "RIGHT"},
	"$s": { // scripts
		"return redis.call(unpack(ARGV))", "return redis.pcall(unpack(ARGV))", "redis.setresp(3) return redis.pcall(unpack(ARGV))",
		"redis.call('select', 1) local r = redis.pcall(unpack(ARGV)) redis.call('select', 0) return {r, redis.pcall(unpack(ARGV))}",
		"local r = redis.pcall(unpack(ARGV)) redis.call('rpush', 'l', 'by a script') return r",
		"local r = redis.pcall(unpack(ARGV)) error(r)",
	},
}

// planRequests are the requests of plans. $i is the id of one of the connections; $r is the words of another request.
var planRequests = strings.Split(strings.TrimSpace(`
SET $k $v
SET $k $v PX 1
SET $k $v KEEPTTL GET
GET $k
GETDEL $k
INCR $k
APPEND $k $v
SETRANGE $k 300 $v
MSET $k $v $k $v $k $v
MGET $k $k
BITFIELD $k SET u8 #1 $n GET i5 3
BITOP NOT $k $k
PFADD $k $v
PFMERGE $k $k
HSET $k field $v a $v
HGETALL $k
HINCRBY $k field $n
HEXPIRE $k $n FIELDS 1 field
HPEXPIRE $k 1 FIELDS 2 field a
HGETDEL $k FIELDS 1 $v
HRANDFIELD $k $n WITHVALUES
SADD $k $v $v
SPOP $k $n
SMOVE $k $k $v
SUNIONSTORE $k $k $k
SDIFF $k $k
ZADD $k $n $v
ZADD $k XX GT INCR $n $v
ZPOPMIN $k $n
ZRANGESTORE $k $k 0 -1
ZUNIONSTORE $k 2 $k $k WEIGHTS $n $n
ZRANGE $k $n $n WITHSCORES
RPUSH $k $v $v
LPUSH $k $v
LPOP $k $n
LRANGE $k 0 -1
LMOVE $k $k $e $e
LINSERT $k BEFORE $v $v
LTRIM $k $n $n
BLPOP $k $k $t
BRPOP $k $k $k $t
BLMOVE $k $k $e $e $t
BRPOPLPUSH $k $k $t
BLMPOP $t 2 $k $k $e COUNT $n
BZPOPMIN $k $k $t
BZMPOP $t 2 $k $k MAX COUNT $n
XADD $k * f $v
XADD $k MAXLEN 1 * f $v
XREAD BLOCK 0 STREAMS $k $k $ $
XREAD COUNT 2 BLOCK 2 STREAMS $k 0-0
XDEL $k 1-1
XTRIM $k MAXLEN $n
DEL $k $k
UNLINK $k
RENAME $k $k
RENAMENX $k $k
COPY $k $k REPLACE
COPY $k $k DB 1 REPLACE
MOVE $k 1
SORT $k ALPHA STORE $k
SORT $k BY nosort GET # GET $k
EXPIRE $k $n
PEXPIRE $k 1
PERSIST $k
DUMP $k
RESTORE $k 0 \x00\x01v\x0a\x00\xd5\x88t\xd4V\x90\x8b\x85 REPLACE
OBJECT ENCODING $k
SCAN 0 COUNT 5
KEYS *
RANDOMKEY
DBSIZE
SELECT 0
SELECT 1
SELECT $n
SWAPDB 0 1
FLUSHDB
FLUSHALL
MULTI
MULTI
MULTI
EXEC
EXEC
EXEC
DISCARD
WATCH $k $k
UNWATCH
EVAL $s 0 $r
EVAL $s 1 $k $r
EVAL $s 2 $k $k $r
EVAL_RO $s 1 $k $r
EVALSHA a94a8fe5ccb19ba61c4c0873d391e987982fbbd3 0
SCRIPT FLUSH
SCRIPT KILL
SUBSCRIBE $c $c
SUBSCRIBE $c
PSUBSCRIBE *
SSUBSCRIBE $c
UNSUBSCRIBE $c
PUNSUBSCRIBE *
SUNSUBSCRIBE $c
PUBLISH $c $v
SPUBLISH $c $v
PUBSUB CHANNELS *
CLIENT REPLY OFF
CLIENT REPLY SKIP
CLIENT REPLY ON
CLIENT TRACKING ON
CLIENT TRACKING ON BCAST PREFIX $k NOLOOP
CLIENT TRACKING ON OPTIN
CLIENT TRACKING ON REDIRECT $i
CLIENT TRACKING ON BCAST REDIRECT $i
CLIENT TRACKING OFF
CLIENT CACHING YES
CLIENT UNBLOCK $i
CLIENT UNBLOCK $i ERROR
CLIENT KILL ID $i
CLIENT PAUSE 1 WRITE
CLIENT PAUSE 1 ALL
CLIENT UNPAUSE
CLIENT LIST
CLIENT NO-EVICT ON
HELLO 2
HELLO 3
HELLO 3 SETNAME $c
HELLO 4
RESET
QUIT
MONITOR
PING
ECHO $v
WAIT 0 0
NOSUCH $k
GET
CONFIG SET notify-keyspace-events KEA
CONFIG SET maxmemory-policy allkeys-random
CONFIG SET maxmemory 64kb
CONFIG SET maxmemory 0
SESS.CREATE $k FIELDS 1 field $v
SESS.CREATE $k PX 2 PRINCIPAL ann FIELDS 1 a $v
SESS.GET $k
SESS.GET $k LOCK token PX 20 WAIT 20
SESS.SAVE $k field $v
SESS.INCR $k field 1
SESS.TAKE $k FIELDS 1 field
SESS.LOCK $k token PX 20 WAIT 20
SESS.LOCK $k other PX 1 WAIT 0
SESS.UNLOCK $k token
SESS.ROTATE $k $k GRACE 1
SESS.DESTROY $k
SESS.DESTROYALL ann
SESS.LIST ann
`), "\n")

// planner draws from the bytes of a plan, and zeros behind their end.
type planner struct {
	data []byte
	ids  []string // of the connections
}

func (p *planner) draw(n int) int {
	if len(p.data) == 0 {
		return 0
	}
	b := int(p.data[0])
	p.data = p.data[1:]
	if n > 256 && len(p.data) > 0 {
		b, p.data = b<<8|int(p.data[0]), p.data[1:]
	}
	return b % n
}

// request draws the words of a request. Scripts have no scripts in them.
func (p *planner) request(scripts bool) []string {
	line := planRequests[p.draw(len(planRequests))]
	if !scripts && strings.Contains(line, "$r") {
		line = "GET $k"
	}
	var words []string
	for word := range strings.FieldsSeq(line) {
		of := planned[word]
		switch {
		case word == "$r":
			words = append(words, p.request(false)...)
			continue
		case word == "$i":
			of = p.ids
		case strings.HasPrefix(word, `\x`):
			of = []string{"\x00\x01v\x0b\x00\xbe\x8b\x12\xf8\x39\x36\x2b\x5c"}
		}
		if of != nil {
			word = of[p.draw(len(of))]
		}
		words = append(words, word)
	}
	return words
}

// planConn is one connection of a plan.
type planConn struct {
	*servertest.Conn
	sent    [][]string
	waiting []byte   // requests that are not sent yet
	replies []string // but for what is said without being asked
	ended   bool     // the server closed it
}

// flush sends the requests that wait. What has been closed takes them in silence.
func (c *planConn) flush() {
	c.Write(c.waiting)
	c.waiting = nil
}

// framed returns a request that leaves replies whole. In a transaction, as in Redis, an array is cut off by CLIENT REPLY, and
// has more elements than it says by SUBSCRIBE to several channels.
func (c *planConn) framed(words []string) []string {
	switch began := slices.ContainsFunc(c.sent, func(sent []string) bool { return sent[0] == "MULTI" }); {
	case began && words[0] == "CLIENT" && words[1] == "REPLY":
		return []string{"PING"}
	case began && words[0] == "SUBSCRIBE":
		return words[:2]
	}
	return words
}

const fence = "the end of the plan"

// read reads all replies up to those to what ends the plan.
func (c *planConn) read() error {
	for {
		reply, err := c.Next()
		switch {
		case err != nil && (reply != "" || strings.Contains(err.Error(), "timeout")):
			return fmt.Errorf("%w after %q", err, reply)
		case err != nil:
			c.ended = true
			return nil
		case reply == servertest.Bulk(fence):
			return nil
		case strings.HasPrefix(reply, "-ERR internal error"):
			return fmt.Errorf("an internal error after %d replies", len(c.replies))
		case !unasked(reply):
			c.replies = append(c.replies, reply)
		}
	}
}

// unasked reports whether a reply belongs to no request, or is one of several to a request.
func unasked(reply string) bool {
	if strings.HasPrefix(reply, ">") {
		return true
	}
	words := strings.SplitN(reply, "\r\n", 4)
	return words[0] != "" && words[0][0] == '*' && len(words) == 4 && (strings.HasSuffix(words[2], "message") || strings.HasSuffix(words[2], "subscribe"))
}

// count compares the number of replies to that of the requests, where it is known.
func (c *planConn) count() error {
	has := map[string]bool{}
	for _, words := range c.sent {
		name := words[0]
		if name == "CLIENT" && words[1] == "REPLY" {
			name = "REPLY"
		}
		has[name], has["SUBSCRIBE"] = true, has["SUBSCRIBE"] || strings.HasSuffix(name, "SUBSCRIBE")
	}
	if has["MONITOR"] || has["REPLY"] && (has["MULTI"] || has["SUBSCRIBE"] || has["RESET"] || has["QUIT"]) {
		return nil
	}
	silent, skip, multi, got := false, false, false, 0
	for _, words := range c.sent {
		off := silent || skip
		skip = false
		switch {
		case words[0] == "CLIENT" && words[1] == "REPLY":
			silent, skip = words[2] == "OFF" || silent && words[2] == "SKIP", words[2] == "SKIP"
			off = words[2] != "ON"
		case strings.HasSuffix(words[0], "SUBSCRIBE") && !multi:
			continue
		}
		if off {
			continue
		}
		if got == len(c.replies) {
			if c.ended {
				return nil
			}
			return fmt.Errorf("%d replies, and none to %q", got, words)
		}
		reply := c.replies[got]
		got++
		switch {
		case words[0] == "MULTI" && reply == "+OK\r\n":
			multi = true
		case words[0] == "RESET", (words[0] == "EXEC" || words[0] == "DISCARD") && !strings.HasPrefix(reply, "-ERR Can't execute"):
			multi = false
		case words[0] == "QUIT":
			return c.over(got)
		}
	}
	return c.over(got)
}

// over returns an error where there are more replies than these.
func (c *planConn) over(got int) error {
	for _, reply := range c.replies[got:] {
		if reply != "+RESET\r\n" { // of what ends the plan
			return fmt.Errorf("%q is a reply to nothing", reply)
		}
	}
	return nil
}

// panics counts the commands that panic, by a log.
type panics struct {
	slog.Handler
	n atomic.Int64
}

func (p *panics) Enabled(context.Context, slog.Level) bool { return true }

func (p *panics) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panic") {
		p.n.Add(1)
		r.Attrs(func(a slog.Attr) bool { fmt.Println(a.Key, a.Value); return true })
	}
	return nil
}

// planServer is the server of plans, with a connection that looks after the others.
type planServer struct {
	*servertest.Server
	control *servertest.Conn
	panics  panics
}

// run does a plan and returns its connections.
func (s *planServer) run(t *testing.T, data []byte) {
	p := &planner{data: data}
	conns := make([]*planConn, 3)
	for i := range conns {
		conns[i] = &planConn{Conn: s.Dial(t)}
		p.ids = append(p.ids, strings.Trim(conns[i].Do("CLIENT", "ID"), ":\r\n"))
	}
	for len(p.data) > 0 {
		step := p.draw(16)
		c := conns[step%len(conns)]
		words := c.framed(p.request(true))
		c.sent = append(c.sent, words)
		c.waiting = append(c.waiting, servertest.Request(words...)...)
		if step >= 8 {
			c.flush()
		}
		if step == 15 {
			s.control.Do("PING")
		}
	}
	s.end(t, conns, p.ids)
	if t.Failed() {
		for i, c := range conns {
			t.Logf("connection %d sent %q, got %q", i, c.sent, c.replies)
		}
	}
}

// end reads the replies of a plan, while nobody may wait for ever, and checks them.
func (s *planServer) end(t *testing.T, conns []*planConn, ids []string) {
	results := make(chan error)
	for _, c := range conns {
		c.waiting = append(c.waiting, servertest.Request("RESET")+servertest.Request("RESET")+servertest.Request("ECHO", fence)...)
		c.flush()
		go func() { results <- c.read() }()
	}
	for left := len(conns); left > 0; {
		select {
		case err := <-results:
			if left--; err != nil {
				t.Error(err)
			}
		case <-time.After(time.Millisecond):
			for _, id := range ids {
				s.control.Do("CLIENT", "UNBLOCK", id)
			}
		}
	}
	for i, c := range conns {
		if err := c.count(); err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
		c.Close()
	}
}

// idle are lines of INFO where nobody does anything.
var idle = []string{
	"connected_clients:1", "blocked_clients:0", "tracking_clients:0", "watching_clients:0", "total_watched_keys:0", "pubsub_channels:0",
	"pubsub_patterns:0", "pubsubshard_channels:0", "tracking_total_keys:0", "tracking_total_items:0", "tracking_total_prefixes:0", "used_memory:0",
	"sessions:0", "principals:0", "mem_clients_normal:0",
}

// settled checks that nothing is left of a plan.
func (s *planServer) settled(t *testing.T) {
	for _, words := range [][]string{{"CLIENT", "UNPAUSE"}, {"CONFIG", "SET", "maxmemory", "0"}, {"CONFIG", "SET", "notify-keyspace-events", ""}, {"FLUSHALL"}, {"SCRIPT", "FLUSH"}} {
		s.control.Want("+OK\r\n", words...)
	}
	s.control.Want(":0\r\n", "DBSIZE")
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		info, lacks := s.control.Do("INFO"), ""
		for _, line := range idle {
			if !strings.Contains(info, "\r\n"+line+"\r\n") {
				lacks += " " + line
			}
		}
		if lacks == "" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("INFO lacks%s: %s", lacks, info)
		}
	}
	if n := s.panics.n.Load(); n > 0 {
		t.Fatalf("%d commands panicked", n)
	}
}

// FuzzPlans holds a server to what it owes whatever several clients do at once: requests have their replies, nobody is left
// waiting, and nothing is left behind by clients and keys that are gone.
func FuzzPlans(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		data := make([]byte, 20+r.IntN(400))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	s := &planServer{}
	s.Server = servertest.Start(f, func(o *commands.Options, _ *server.Options) { o.Log = slog.New(&s.panics) })
	f.Fuzz(func(t *testing.T, data []byte) {
		s.control = s.Dial(t)
		goroutines := runtime.NumGoroutine()
		s.run(t, bytes.Clone(data[:min(len(data), 1000)]))
		s.settled(t)
		for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > goroutines+20; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines, there were %d", runtime.NumGoroutine(), goroutines)
			}
		}
	})
}
