package keys_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestFlush(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		for _, request := range [][]string{{"FLUSHDB"}, {"FLUSHDB", "ASYNC"}, {"FLUSHDB", "sync"}, {"FLUSHALL"}, {"FLUSHALL", "async"}} {
			c.Want(ok, "SET", "k", "v")
			c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PRINCIPAL", "ann")
			c.Want(ok, request...)
			c.Want(zero, "DBSIZE")
			c.Want("*0\r\n", "SESS.LIST", "ann")
		}
		c.Want(ok, "SET", "k", "v")
		c.Want(syntax, "FLUSHDB", "NOW")
		c.Want(syntax, "FLUSHALL", "SYNC", "SYNC")
		c.Want("-ERR wrong number of arguments for 'dbsize' command\r\n", "DBSIZE", "x")
		c.Want(one, "DBSIZE")
	})
}

func TestMemoryUsage(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(null, "MEMORY", "USAGE", "k")
		c.Want(ok, "SET", "k", strings.Repeat("v", 1000))
		usage := c.Do("MEMORY", "USAGE", "k")
		if len(usage) != len(":1000\r\n") || usage[0] != ':' {
			t.Errorf("a string of 1000 bytes uses %q", usage)
		}
		c.Want(usage, "memory", "usage", "k", "samples", "0", "SAMPLES", "5")
		c.Want(syntax, "MEMORY", "USAGE", "k", "SAMPLES")
		c.Want(syntax, "MEMORY", "USAGE", "k", "SAMPLES", "-1")
		c.Want(syntax, "MEMORY", "USAGE", "k", "BOGUS", "1")
		c.Want(notInt, "MEMORY", "USAGE", "k", "SAMPLES", "x")
		c.Want("-ERR wrong number of arguments for 'memory|usage' command\r\n", "MEMORY", "USAGE")
	})
}
