package commands_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

// Replies that tests of every family expect.
const (
	ok        = "+OK\r\n"
	zero      = ":0\r\n"
	one       = ":1\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	notInt    = "-ERR value is not an integer or out of range\r\n"
	syntax    = "-ERR syntax error\r\n"
)

// bulks returns the reply that is an array of byte strings.
func bulks(values ...string) string { return servertest.Request(values...) }

// overBoth runs a test on a fresh server in each protocol; null is how the protocol says it.
func overBoth(t *testing.T, test func(c *servertest.Conn, null string)) {
	t.Helper()
	t.Run("RESP2", func(t *testing.T) {
		test(servertest.Start(t).Dial(t), "$-1\r\n")
	})
	t.Run("RESP3", func(t *testing.T) {
		c := servertest.Start(t).Dial(t)
		if hello := c.Do("HELLO", "3"); !strings.HasPrefix(hello, "%") {
			t.Fatalf("HELLO 3: %q", hello)
		}
		test(c, "_\r\n")
	})
}
