package pubsub_test

import (
	"io"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// BenchmarkPublish sends 64 bytes to 1,000 subscribers. What it measures includes the clients.
func BenchmarkPublish(b *testing.B) {
	const subscribers = 1000
	s := servertest.Start(b)
	for range subscribers {
		c := s.Dial(b)
		c.Do("SUBSCRIBE", "a")
		go io.Copy(io.Discard, c.Conn)
	}
	from := s.Dial(b)
	message := strings.Repeat("m", 64)
	b.ReportAllocs()
	for b.Loop() {
		from.Want(":1000\r\n", "PUBLISH", "a", message)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/subscribers, "ns/delivery")
}
