package keys_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

// TestSwapDB: clients stay in the keyspace that they have selected, and find there what the other one held.
func TestSwapDB(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(ok, "FLUSHALL")
		c.Want(ok, "SET", "k", "v")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PRINCIPAL", "ann")
		c.Want(ok, "SWAPDB", "0", "3")
		c.Want(null, "GET", "k")
		c.Want("*0\r\n", "SESS.LIST", "ann")
		c.Want(ok, "SELECT", "3")
		c.Want(servertest.Bulk("v"), "GET", "k")
		c.Want("*1\r\n$2\r\ns1\r\n", "SESS.LIST", "ann")
		c.Want(ok, "MULTI")
		c.Want("+QUEUED\r\n", "SWAPDB", "3", "0")
		c.Want("+QUEUED\r\n", "EXISTS", "k")
		c.Want("*2\r\n+OK\r\n:0\r\n", "EXEC")
		c.Want(ok, "SELECT", "0")
		c.Want(one, "EXISTS", "k")
		c.Want("-ERR invalid first DB index\r\n", "SWAPDB", "x", "y")
		c.Want("-ERR invalid second DB index\r\n", "SWAPDB", "0", "2147483648")
		c.Want("-ERR DB index is out of range\r\n", "SWAPDB", "0", "-1")
		c.Want("-ERR DB index is out of range\r\n", "SWAPDB", "99", "99")
	})
}

// TestSwapDBOfWatched: a transaction fails where a watched key was there or has come to be, and only there.
func TestSwapDBOfWatched(t *testing.T) {
	server := servertest.Start(t)
	c, other := server.Dial(t), server.Dial(t)
	for _, test := range []struct {
		name   string
		setup  []string
		aborts bool
	}{
		{"in neither", nil, false},
		{"in this one", []string{"SET k v"}, true},
		{"in the other one", []string{"SELECT 1", "SET k v", "SELECT 0"}, true},
	} {
		for _, swaps := range []int{1, 2} {
			other.Do("FLUSHALL")
			for _, line := range test.setup {
				other.Do(strings.Fields(line)...)
			}
			c.Want(ok, "WATCH", "k")
			for range swaps {
				other.Want(ok, "SWAPDB", "0", "1")
			}
			c.Want(ok, "MULTI")
			want := "*0\r\n"
			if test.aborts {
				want = "*-1\r\n"
			}
			if got := c.Do("EXEC"); got != want {
				t.Errorf("a key %s after %d swaps: %q, want %q", test.name, swaps, got, want)
			}
		}
	}
}

// TestSwapDBOfTracked: whoever caches keys is told that all may have changed.
func TestSwapDBOfTracked(t *testing.T) {
	server := servertest.Start(t)
	c, other := server.Dial(t), server.Dial(t)
	c.Do("HELLO", "3")
	c.Want(ok, "CLIENT", "TRACKING", "ON")
	c.Do("GET", "k")
	other.Want(ok, "SWAPDB", "0", "1")
	c.Want(">2\r\n$10\r\ninvalidate\r\n_\r\n", "PING")
}
