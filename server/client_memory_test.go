package server_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

// TestSetClientMemory has what redis-server 7.0 answers.
func TestSetClientMemory(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	wantSetting(t, c, "maxmemory-clients", "4294967296") // but for the default
	for _, test := range []struct{ set, then, refusal string }{
		{"5%", "5%", ""}, {"100%", "100%", ""}, {"0", "0", ""}, {"1kb", "1024", ""}, {"0%", "0", ""}, {"2mb", "2097152", ""},
		{"101%", "2097152", "percentage argument must be less or equal to 100"},
		{"-1", "2097152", "argument must be a memory or percent value"},
		{"1.5%", "2097152", "argument must be a memory or percent value"},
		{"007%", "2097152", "argument must be a memory or percent value"},
		{"%", "2097152", "argument must be a memory or percent value"},
		{"x", "2097152", "argument must be a memory or percent value"},
	} {
		want := "+OK\r\n"
		if test.refusal != "" {
			want = "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-clients') - " + test.refusal + "\r\n"
		}
		c.Want(want, "CONFIG", "SET", "maxmemory-clients", test.set)
		wantSetting(t, c, "maxmemory-clients", test.then)
	}
}

// TestClientMemoryInForce: no bound evicts nobody, one that is set counts for the buffers that are there, and a percentage is of
// maxmemory as it is then.
func TestClientMemoryInForce(t *testing.T) {
	s := servertest.Start(t)
	admin := s.Dial(t)
	fatten := func() *servertest.Conn {
		c := s.Dial(t)
		c.Send("*2\r\n$4\r\nECHO\r\n$8000000\r\n" + strings.Repeat("x", 1<<20))
		for s.Server.Stats().QueryBuffers < 1<<20 {
			time.Sleep(time.Millisecond)
		}
		return c
	}
	fat := fatten()
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "0")
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "1%") // of no maxmemory
	admin.Want("+PONG\r\n", "PING")
	if f := s.Server.Stats(); f.Evicted != 0 {
		t.Errorf("%d clients were evicted without a bound", f.Evicted)
	}
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "1kb") // as good as 128kb
	fat.WantClosed()
	closed(t, s, "maxmemory_clients", 1)
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "10mb")
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "50%")
	fat = fatten()
	admin.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1mb")
	io.WriteString(fat.Conn, strings.Repeat("x", 1<<10)) // it fails when the server has closed the connection
	fat.WantClosed()
	closed(t, s, "maxmemory_clients", 2)
}
