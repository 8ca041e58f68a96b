package differential

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// TestFullMemory compares what is answered while maxmemory is reached and nothing may be evicted.
func TestFullMemory(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	var rows []row
	for _, family := range slices.Sorted(maps.Keys(families)) {
		if family != "connection" {
			rows = append(rows, families[family]...)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		f := &full{r: r, redis: servertest.Dial(check{t, r}, "unix", socket), sessd: servertest.Dial(check{t, r}, "tcp", server.Addr)}
		f.limits = [2]*servertest.Conn{servertest.Dial(check{t, r}, "unix", socket), servertest.Dial(check{t, r}, "tcp", server.Addr)}
		f.fill(false)
		protocol := rapid.SampledFrom([]string{"2", "3"}).Draw(r, "protocol")
		for _, c := range []*servertest.Conn{f.redis, f.sessd} {
			c.Do("FLUSHALL")
			c.Do("HELLO", protocol)
		}
		for step := range rapid.IntRange(1, 40).Draw(r, "steps") {
			if !f.step(rows, step) {
				return
			}
		}
		f.fill(false)
	})
}

// full is a sequence of requests to both servers, whose memory is full at times.
type full struct {
	r            *rapid.T
	redis, sessd *servertest.Conn
	limits       [2]*servertest.Conn // that set maxmemory
	is           bool
	multi        bool // is in a transaction
	log          strings.Builder
}

// fill makes memory full, or unlimited.
func (f *full) fill(is bool) {
	limit := "0"
	if f.is = is; is {
		limit = "1"
	}
	for _, c := range f.limits {
		c.Do("CONFIG", "SET", "maxmemory", limit)
		for is && !isFull(c.Do("SET", "probe", "v")) { // sessd lets in what was used before until it has looked what it can evict
			c.Do("DEL", "probe")
		}
	}
}

// step sends one more request. It returns false where the servers may hold different things from then on.
func (f *full) step(rows []row, step int) bool {
	var row row
	var request []string
	switch kind := rapid.IntRange(0, 29).Draw(f.r, "kind"); {
	case kind == 0:
		f.fill(!f.is)
		fmt.Fprintf(&f.log, "full: %v\n", f.is)
		return true
	case kind < 4:
		request = evalRequest(f.r, step)
	case kind < 8:
		row = rapid.SampledFrom(transactionRows).Draw(f.r, "row")
	default:
		row = rapid.SampledFrom(rows).Draw(f.r, "row")
	}
	if request == nil {
		request = row.request(f.r, step)
	}
	if f.multi && (row.ask != nil || row.same != nil) {
		return true // it is compared within the reply to EXEC
	}
	fmt.Fprintf(&f.log, "%q\n", request)
	want, got := row.send(f.redis, request), row.send(f.sessd, request)
	name := strings.ToUpper(request[0])
	if f.is && isFull(want) && !isFull(got) && !f.multi {
		// Redis refuses whatever may store something, sessd what needs more memory than there is.
		f.limits[0].Do("CONFIG", "SET", "maxmemory", "0")
		want = row.send(f.redis, request)
		f.limits[0].Do("CONFIG", "SET", "maxmemory", "1")
	}
	switch {
	case name == "EXEC" && f.is && isFull(want) && want != got: // what Redis refused within cannot be asked again
		return false
	case strings.HasPrefix(name, "EVAL") && isFull(want) && isFull(got): // Redis has other words for a script with flags that it knows
		return true
	case f.multi && isFull(want) && (name == "MULTI" || name == "WATCH"), // which cannot be nested, full or not
		f.multi && isFull(want) && strings.Contains(f.limits[1].Do("INFO", "memory"), "\nused_memory:0\r\n"): // so a byte is left
		return false
	}
	if !row.equal(want, got) && !likeInScripts(request, want, got) {
		f.r.Fatalf("after\n%sRedis answers %q\nsessd answers %q", f.log.String(), want, got)
	}
	switch {
	case name == "MULTI" && len(request) == 1:
		f.multi = true
	case name == "EXEC", name == "DISCARD" && len(request) == 1: // one of too many words ends it too
		f.multi = false
	}
	return true
}

// isFull reports whether a reply refuses a request for want of memory.
func isFull(reply string) bool { return strings.Contains(reply, "OOM ") }

// TestMovesWithoutMemory: what only moves what is there is done however full memory is, large or not.
func TestMovesWithoutMemory(t *testing.T) {
	conns := []*servertest.Conn{servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)}
	for _, c := range conns {
		for first := range 20 {
			requests := [][]string{{"RPUSH", "l"}, {"SADD", "s"}, {"HSET", "h"}, {"ZADD", "z"}}
			for n := range 500 {
				element := fmt.Sprintf("element %d", first*500+n)
				for i, more := range [][]string{{element}, {element}, {element, element}, {"1", element}} {
					requests[i] = append(requests[i], more...)
				}
			}
			for _, request := range requests {
				c.Do(request...)
			}
		}
		c.Do("SET", "v", strings.Repeat("x", 100_000))
		c.Do("RPUSH", "small", "a")
		c.Do("CONFIG", "SET", "maxmemory", "1mb")
		for !isFull(c.Do("SET", "probe", "v")) {
			c.Do("DEL", "probe")
		}
	}
	same := func(request ...string) {
		t.Helper()
		if want, got := conns[0].Do(request...), conns[1].Do(request...); want != got {
			t.Errorf("%.100q: Redis answers %q, sessd %q", request, want, got)
		}
	}
	for _, key := range []string{"l", "s", "h", "z", "v", "small"} {
		from := key
		for n := range 5 { // so that some are of another shard
			to := fmt.Sprintf("%s renamed %s%d", key, strings.Repeat("more ", 20*n), n)
			same("RENAME", from, to)
			from = to
		}
		same("COPY", from, "copy")
		same("MOVE", from, "1")
	}
	same("SELECT", "1")
	for n := range 5 {
		same("EVAL", "local to = string.rep('s', ARGV[1]) redis.call('smove', KEYS[1], to, 'element ' .. ARGV[1]) return redis.call('scard', to)", "1",
			fmt.Sprintf("s renamed %s4", strings.Repeat("more ", 80)), fmt.Sprint(n+1))
	}
}
