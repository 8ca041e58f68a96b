package server

import (
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/store/memory"
)

// request returns a request's bytes.
func request(words ...string) []byte {
	w := new(writer)
	w.Array(len(words))
	w.most = 1 << 20
	for _, word := range words {
		w.BulkString(word)
	}
	return w.buf
}

// BenchmarkRequest goes from the bytes of a request to those of its reply, as an event loop does between its read and
// its write.
func BenchmarkRequest(b *testing.B) {
	engine := memory.New(memory.Options{Keyspaces: 1})
	defer engine.Close()
	s := New(commands.New(commands.Options{Engine: engine, IdleTimeout: time.Hour}), Options{ProtoMaxBulkLen: DefaultProtoMaxBulkLen})
	c := &conn{bytes: &s.bytes, stats: s.stats[0]}
	s.greet(c, testAddr{}, testAddr{})
	w := newWorker(s)
	run := func(data []byte) string {
		w.bind(c, s.clock.Now())
		if rest := w.serve(c, data); len(rest) > 0 || c.closing != notClosing {
			b.Fatalf("%d bytes are left", len(rest))
		}
		reply := string(w.out.buf)
		w.sent()
		return reply
	}
	id, value := strings.Repeat("i", 43), strings.Repeat("v", 64)
	if reply := run(request("SESS.CREATE", id, "FIELDS", "1", "field", value)); reply[0] != '$' {
		b.Fatal(reply)
	}
	for name, words := range map[string][]string{
		"ping": {"PING"}, "sess.get": {"SESS.GET", id}, "sess.save": {"SESS.SAVE", id, "field", value},
	} {
		b.Run(name, func(b *testing.B) {
			data := request(words...)
			if reply := run(data); reply[0] == '-' {
				b.Fatal(reply)
			}
			b.ReportAllocs()
			for b.Loop() {
				w.bind(c, s.clock.Now())
				w.serve(c, data)
				w.sent()
			}
		})
	}
}

type testAddr struct{}

func (testAddr) Network() string { return "tcp" }
func (testAddr) String() string  { return "192.0.2.1:1" }
