package server_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server"
	"sessd/server/servertest"
)

const outputLimit = "client-output-buffer-limit"

// wantSetting fails the test unless CONFIG GET shows a value.
func wantSetting(t *testing.T, c *servertest.Conn, name, value string) {
	t.Helper()
	c.Want(fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(name), name, len(value), value), "CONFIG", "GET", name)
}

// TestSetOutputLimits has what redis-server 7.0 answers.
func TestSetOutputLimits(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, test := range []struct{ set, then string }{
		{"normal 1gb 512mb 10", "normal 1073741824 536870912 10 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"NORMAL 1k 1kb 010", "normal 1000 1024 10 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
		{"replica 1 2 3 pubsub 4 5b 6 slave 7 8 9", "normal 1000 1024 10 slave 7 8 9 pubsub 4 5 6"},
		{"", "normal 1000 1024 10 slave 7 8 9 pubsub 4 5 6"},
		{"normal 0 0 0", "normal 0 0 0 slave 7 8 9 pubsub 4 5 6"},
		{"normal 9223372036854775807 1 1", "normal 9223372036854775807 1 1 slave 7 8 9 pubsub 4 5 6"},
	} {
		c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, test.set)
		wantSetting(t, c, outputLimit, test.then)
	}
	c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, "normal 1 0 0")
	const words, class, limit = "Wrong number of arguments in buffer limit configuration.", "Invalid client class specified in buffer limit configuration.",
		"Error in hard, soft or soft_seconds setting in buffer limit configuration."
	for set, why := range map[string]string{
		"normal 100 200": words, "normal 1 1 1 normal": words, "  normal   0  0  0   ": words,
		"master 1 200 1": class, "foo 1 2 3": class, "pubsub 1 1 1 foo 1 1 1": class,
		"normal 1 2 x": limit, "normal 1 2 -1": limit, "normal -1 2 1": limit, "normal 1x 2 1": limit, "normal 1 1 1.5": limit,
		"normal +5 1 1": limit, "normal 1 1 2147483648": limit, "normal 1 1 1\n": limit,
	} {
		c.Want("-ERR CONFIG SET failed (possibly related to argument 'client-output-buffer-limit') - "+why+"\r\n", "CONFIG", "SET", outputLimit, set)
	}
	wantSetting(t, c, outputLimit, "normal 1 0 0 slave 7 8 9 pubsub 4 5 6")
}

// TestHardOutputLimit closes who asks for more than may wait, but never for less than 16 KiB.
func TestHardOutputLimit(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, "normal 1 0 0")
		small, large := strings.Repeat("s", 16000), strings.Repeat("l", 17000)
		c.Want("+OK\r\n", "MSET", "small", small, "large", large)
		c.Want("$16000\r\n"+small+"\r\n", "GET", "small")
		c.Send(servertest.Request("GET", "large"))
		c.WantClosed()
		closed(t, s, "output_buffer_limit", 1)
		c = s.Dial(t)
		c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, "normal 0 0 0")
		c.Want("$17000\r\n"+large+"\r\n", "GET", "large")
	})
}

// TestSoftOutputLimit closes who does not read what is over it, once its time is over and not before.
func TestSoftOutputLimit(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		const size = 32 << 20 // which the kernel does not take whole
		value := strings.Repeat("v", size)
		c := s.Dial(t)
		c.Want("+OK\r\n", "SET", "key", value)
		for _, allows := range []string{"normal 0 1mb 3600", "normal 0 64mb 0"} {
			c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, allows)
			c.Want(fmt.Sprintf("$%d\r\n%s\r\n", size, value), "GET", "key")
		}
		c.Want("+OK\r\n", "CONFIG", "SET", outputLimit, "normal 0 1mb 0")
		c.Send(servertest.Request("GET", "key"))
		closed(t, s, "output_buffer_limit", 1)
	})
}

// TestSoftOutputLimitBegins counts the time anew after the replies were few enough for a moment.
func TestSoftOutputLimitBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound, limited(func(o *server.Options) {
			o.Limits.Output = server.OutputLimits{{Soft: 512 << 10, Seconds: 5}}
		}))
		c := s.Pipe(t)
		c.Want("+OK\r\n", "SET", "key", strings.Repeat("v", 1<<20))
		read := func(n int64) {
			t.Helper()
			c.SetReadDeadline(time.Time{})
			if _, err := io.CopyN(io.Discard, c.Conn, n); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			c.Send(servertest.Request("GET", "key"))
			time.Sleep(4 * time.Second) // over the limit
			read(700 << 10)
			time.Sleep(20 * time.Second) // no more
			read(324<<10 + int64(len("$1048576\r\n\r\n")))
		}
		c.Send(servertest.Request("GET", "key"))
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if n := s.Server.Stats().Closed["output_buffer_limit"]; n != 1 {
			t.Errorf("%d clients were closed for their replies, want 1; all: %v", n, s.Server.Stats().Closed)
		}
	})
}

// TestUnwantedReplyOverTheLimit: a reply that is not sent is under no limit, as in Redis; one that is sent before it is.
func TestUnwantedReplyOverTheLimit(t *testing.T) {
	s := servertest.Start(t)
	admin := s.Dial(t)
	admin.Want("+OK\r\n", "SET", "big", strings.Repeat("x", 1<<20))
	admin.Want("+OK\r\n", "CONFIG", "SET", outputLimit, "normal 64kb 0 0")
	get := servertest.Request("GET", "big")
	c := s.Dial(t)
	c.Send(servertest.Request("CLIENT", "REPLY", "OFF") + get + servertest.Request("MGET", "big", "big") + servertest.Request("CLIENT", "REPLY", "ON"))
	c.WantAll("+OK\r\n")
	c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + get)
	c.Want("+PONG\r\n", "PING")
	c.Send(get + servertest.Request("CLIENT", "REPLY", "OFF") + get + servertest.Request("CLIENT", "REPLY", "ON"))
	c.WantClosed()
}
