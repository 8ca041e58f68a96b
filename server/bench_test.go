package server

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server/resp"
	"sessd/store/memory"
)

// request returns a request's bytes.
func request(words ...string) []byte {
	w := new(resp.Writer)
	w.Array(len(words))
	w.Most = 1 << 20
	for _, word := range words {
		w.BulkString(word)
	}
	return w.Buf
}

// served is a connection and its worker without a network around them.
type served struct {
	testing.TB
	*worker
	conn *conn
	said strings.Builder // replies, for tests that keep them
}

func newServed(t testing.TB) *served {
	engine := memory.New(memory.Options{Keyspaces: 1})
	t.Cleanup(func() { engine.Close() })
	s := New(commands.New(commands.Options{Engine: engine, Families: families.Of(engine), IdleTimeout: time.Hour}), Options{ProtoMaxBulkLen: DefaultProtoMaxBulkLen})
	c := &conn{bytes: &s.bytes, stats: s.stats[0]}
	s.greet(c, testAddr{}, testAddr{})
	return &served{TB: t, worker: newWorker(s), conn: c}
}

// turn goes from the bytes of requests to those of their replies, as an event loop does between its read and its write.
func (s *served) turn(data []byte) {
	s.attach(s.conn, s.server.clock.Now())
	s.serve(s.conn, data)
}

// run is turn for requests that must not fail.
func (s *served) run(data []byte) {
	s.Helper()
	if s.turn(data); len(s.out.Buf) == 0 || s.out.Buf[0] == '-' || s.conn.closing != notClosing {
		s.Fatalf("%q is answered by %q", data, s.out.Buf)
	}
	s.endRound()
}

// BenchmarkRequest is one request in a read.
func BenchmarkRequest(b *testing.B) {
	s := newServed(b)
	id, value := strings.Repeat("i", 43), strings.Repeat("v", 64)
	s.run(request("SESS.CREATE", id, "FIELDS", "1", "field", value))
	for name, words := range map[string][]string{
		"ping": {"PING"}, "sess.get": {"SESS.GET", id}, "sess.save": {"SESS.SAVE", id, "field", value},
	} {
		b.Run(name, func(b *testing.B) {
			data := request(words...)
			s.run(data)
			b.ReportAllocs()
			for b.Loop() {
				s.turn(data)
				s.endRound()
			}
		})
	}
}

// BenchmarkPipeline is 16 requests in a read, each for another of so many sessions that processors' caches do not hold
// them. A figure is for one request.
func BenchmarkPipeline(b *testing.B) {
	const sessions, depth, reads = 1 << 19, 16, 1 << 12
	s := newServed(b)
	id := func(n uint64) string {
		var bytes [32]byte
		binary.LittleEndian.PutUint64(bytes[:], n)
		return base64.RawURLEncoding.EncodeToString(bytes[:])
	}
	value := strings.Repeat("v", 64)
	seen, cart := "1700000000000", value[:55]
	for n := range uint64(sessions) {
		s.run(request("SESS.CREATE", id(n), "FIELDS", "5", "user", "12345678", "csrf", value[:32], "lang", "de-DE", "seen", seen, "cart", cart))
	}
	mix := rand.New(rand.NewPCG(3, 4))
	for name, words := range map[string]func(id string) []string{
		"ping":      func(string) []string { return []string{"PING"} },
		"sess.get":  func(id string) []string { return []string{"SESS.GET", id} },
		"sess.save": func(id string) []string { return []string{"SESS.SAVE", id, "seen", seen, "cart", cart} },
		"session": func(id string) []string {
			if mix.IntN(6) > 0 {
				return []string{"SESS.GET", id}
			}
			return []string{"SESS.SAVE", id, "FIELDS", "2", "seen", seen, "cart", cart}
		},
	} {
		b.Run(name, func(b *testing.B) {
			draw := rand.New(rand.NewPCG(1, 2))
			data := make([][]byte, reads)
			for i := range data {
				for range depth {
					data[i] = slices.Concat(data[i], request(words(id(draw.Uint64N(sessions)))...))
				}
				s.run(data[i])
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.turn(data[i%reads])
				s.endRound()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/depth, "ns/request")
			b.ReportMetric(0, "ns/op")
		})
	}
}

type testAddr struct{}

func (testAddr) Network() string { return "tcp" }
func (testAddr) String() string  { return "192.0.2.1:1" }
