package hyperloglogs_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

// TestBytes: a HyperLogLog has the bytes that Redis gives it, with the count that it remembers.
func TestBytes(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(":1\r\n", "PFADD", "k")
	c.Want(servertest.Bulk("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"), "GET", "k")
	c.Want(":0\r\n", "PFADD", "k")
	c.Want(":0\r\n", "PFCOUNT", "k")
	c.Want(servertest.Bulk("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff"), "GET", "k")
	c.Want(":1\r\n", "PFADD", "k", "a", "b", "c")
	c.Want(":3\r\n", "PFCOUNT", "k")
	if reply := c.Do("GET", "k"); !strings.Contains(reply, "HYLL\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00") {
		t.Errorf("the count is not in %q", reply)
	}
}

// TestErrors: strings that are none, or not sound, and entries of other types.
func TestErrors(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SESS.CREATE", "s")
	c.Do("SET", "text", "hello")
	c.Do("SET", "corrupt", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00")
	for key, want := range map[string]string{
		"s":       "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
		"text":    "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n",
		"corrupt": "-INVALIDOBJ Corrupted HLL object detected\r\n",
	} {
		for _, request := range [][]string{{"PFADD", key, "a"}, {"PFCOUNT", key}, {"PFCOUNT", "none", key}, {"PFMERGE", "new", key}, {"PFMERGE", key}} {
			c.Want(want, request...)
		}
	}
	c.Want(":0\r\n", "EXISTS", "new")
}
