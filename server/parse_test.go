package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/store/memory"
)

// newReader returns a worker and a connection to read requests with, by feed.
func newReader(t testing.TB) (*worker, *conn) {
	engine := memory.New(memory.Options{Keyspaces: 1, Shards: 1})
	t.Cleanup(func() { engine.Close() })
	s := New(commands.New(commands.Options{Engine: engine, Families: families.Of(engine), IdleTimeout: time.Hour}), Options{ProtoMaxBulkLen: DefaultProtoMaxBulkLen})
	c := &conn{bytes: &s.bytes, stats: s.stats[0]}
	s.greet(c, testAddr{}, testAddr{})
	w := newWorker(s)
	w.attach(c, s.clock.Now())
	return w, c
}

// feed gives a piece to the reader as a driver does, and returns the requests that are complete now, and what was said to
// one that was refused.
func feed(w *worker, c *conn, piece []byte) (requests []string) {
	received := c.received(piece)
	rest := received
	for c.closing == notClosing && len(rest) > 0 && w.parseBatch(c, rest) {
		var before [][]byte
		for _, r := range w.batch {
			if r.SameCommand && (len(before) != len(r.Words) || !bytes.Equal(before[0], r.Words[0])) {
				requests = append(requests, fmt.Sprintf("%q is said to be as %q", r.Words, before))
			}
			if before = r.Words; len(r.Words) > 0 {
				requests = append(requests, fmt.Sprintf("%q", r.Words))
			}
			rest = rest[r.size:]
		}
	}
	if c.closing != notClosing {
		return append(requests, fmt.Sprint(reasonNames[c.closing], string(w.out.Buf)))
	}
	c.keep(received, rest, 1)
	return requests
}

// TestRequestsOnOneKey: a request that follows one on the same key is known as such.
func TestRequestsOnOneKey(t *testing.T) {
	w, c := newReader(t)
	var data []byte
	var want, got []bool
	for _, r := range []struct {
		words string
		same  bool
	}{
		{"RPUSH l a", false}, {"RPUSH l b", true}, {"PING", false}, {"LLEN l", true}, {"SADD s m", false}, {"SADD s n", true}, {"SADD s o", true},
		{"SADD S o", false}, {"GET S", true}, {"BLPOP S 1", true}, {"NONE S", false}, {"GET", false}, {"GET s", false}, {"MGET s S", true},
	} {
		words := strings.Fields(r.words)
		data = fmt.Appendf(data, "*%d\r\n", len(words))
		for _, word := range words {
			data = fmt.Appendf(data, "$%d\r\n%s\r\n", len(word), word)
		}
		want = append(want, r.same)
	}
	for range 2 { // what a batch has noted is not meant for the next one
		if !w.parseBatch(c, data) || len(w.batch) != len(want) {
			t.Fatalf("%d requests of %d are found", len(w.batch), len(want))
		}
		got = nil
		for _, r := range w.batch {
			got = append(got, r.SameKey)
		}
		if !slices.Equal(got, want) {
			t.Errorf("same key: %v, want %v", got, want)
		}
	}
}

// FuzzPieces: the same bytes are the same requests, or the same error, however they are cut.
func FuzzPieces(f *testing.F) {
	for _, seed := range []string{
		"*1\r\n$4\r\nPING\r\n", "PING\r\nECHO \"a b\" 'c'\r\n", "*0\r\n*-1\r\n\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "*1\r\n$4\r\nPINGxx",
		"*1\r\n$9223372036854775807\r\n", "*9000000000000000000\r\n", "*1\r\n:1\r\n", "GET / HTTP/1.1\r\n\r\n", "*12\r\n$1\r\na\r\n",
		"*2\r\n$4\r\nECHO\r\n$100\r\n" + strings.Repeat("x", 100) + "\r\n*01\r\n$04\r\nPING\r\n", "*1\r\n$00004\r\nPING\r\n", "*1\n$4\nPING\n",
		"*1\r\n*1\r\n$4\r\nPING\r\n", "*1\r\n$-1\r\n", "*1\r\n%1\r\n+a\r\n_\r\n", "#t\r\n,1.5\r\n~0\r\n", "*10\r\n" + strings.Repeat("$1\r\na\r\n", 10), "*1\r\n$16385\r\n",
	} {
		f.Add([]byte(seed), uint64(1), false)
		f.Add([]byte(strings.Repeat(seed, batchSize+1)), uint64(3), false)
		f.Add([]byte(seed+seed), uint64(7), true)
	}
	whole, wholeConn := newReader(f)
	pieces, piecesConn := newReader(f)
	users := [2]*commands.User{wholeConn.server.dispatcher.Users.Welcome(), nil}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, stranger bool) {
		user := users[0]
		if stranger {
			user = users[1]
		}
		again := func(w *worker, c *conn) *conn {
			fresh := &conn{server: c.server, stats: c.stats, bytes: c.bytes}
			fresh.client = commands.NewClient(1, "", "", fresh, user)
			w.out.Buf = w.out.Buf[:0]
			w.attach(fresh, 0)
			return fresh
		}
		want := feed(whole, again(whole, wholeConn), data)
		c, random := again(pieces, piecesConn), rand.New(rand.NewPCG(seed, 0))
		var got []string
		for rest := data; len(rest) > 0 && c.closing == notClosing; {
			n := 1 + random.IntN(min(len(rest), 1+random.IntN(20)))
			got = append(got, feed(pieces, c, bytes.Clone(rest[:n]))...)
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\nin pieces %q\n    whole %q", data, got, want)
		}
	})
}

// TestDrippedBytesAreCopiedLinearly: twice as many bytes that come one by one cost twice as much memory, all that is thrown
// away included, and not four times as much.
func TestDrippedBytesAreCopiedLinearly(t *testing.T) {
	copied := func(n int) uint64 {
		w, c := newReader(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		feed(w, c, []byte(fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n", n)))
		one := []byte("x")
		for range n {
			feed(w, c, one)
		}
		runtime.ReadMemStats(&after)
		if got := feed(w, c, []byte("\r\n")); len(got) != 1 {
			t.Fatalf("got %d requests", len(got))
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	const n = 1 << 20
	if once, twice := copied(n), copied(2*n); twice > 3*once {
		t.Errorf("%d bytes cost %d, twice as many %d", n, once, twice)
	}
}

func TestRequestsDoNotAllocate(t *testing.T) {
	w, c := newReader(t)
	now := w.server.clock.Now() // the engine looks at the time too
	run := func(data []byte) {
		w.attach(c, now)
		if w.serve(c, data); w.out.Buf[0] == '-' {
			t.Fatalf("%s", w.out.Buf)
		}
		w.endRound()
	}
	run(request("SESS.CREATE", "id", "FIELDS", "1", "field", "value"))
	for _, words := range [][]string{{"PING"}, {"SESS.GET", "id"}, {"SESS.SAVE", "id", "field", "other"}} {
		data := request(words...)
		run(data)
		if n := testing.AllocsPerRun(1000, func() { run(data) }); n != 0 {
			t.Errorf("%s allocates %v times", words[0], n)
		}
	}
}

// TestQueryBufferIsCountedWhole: as long as memory is kept that requests were served from, or that is free, it is counted.
func TestQueryBufferIsCountedWhole(t *testing.T) {
	w, c := newReader(t)
	counted := func(least int, when string) {
		t.Helper()
		if query := c.Buffers().Query; query < least || query > 4*least {
			t.Errorf("%d bytes are counted %s, not %d or some more", query, when, least)
		}
	}
	echo := "*2\r\n$4\r\nECHO\r\n$10000\r\n" + strings.Repeat("x", 10_000) + "\r\n"
	if query := c.Buffers().Query; query != 0 {
		t.Errorf("%d bytes are counted at first", query)
	}
	feed(w, c, []byte(echo[:9_000]))
	counted(9_000, "of the first piece")
	feed(w, c, []byte(echo[9_000:]+echo[:5_000]))
	counted(cap(c.in)+len(echo), "with a request that was served in front")
	feed(w, c, []byte(echo[5_000:]))
	if query := c.Buffers().Query; query != 0 {
		t.Errorf("%d bytes are counted in the end", query)
	}
}
