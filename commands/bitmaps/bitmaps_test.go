package bitmaps_test

import (
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

const errOffset = "-ERR bit offset is not an integer or out of range\r\n"

// TestOffsetsAtTheLimit: offsets end with the longest string, in reads too.
func TestOffsetsAtTheLimit(t *testing.T) {
	c := servertest.Start(t, func(_ *commands.Options, so *server.Options) { so.ProtoMaxBulkLen = 1 << 20 }).Dial(t)
	c.Want(":0\r\n", "SETBIT", "k", "8388607", "1")
	c.Want(":1048576\r\n", "STRLEN", "k")
	c.Want(":1\r\n", "GETBIT", "k", "8388607")
	c.Want(":8388607\r\n", "BITPOS", "k", "1")
	for _, offset := range []string{"8388608", "4294967295", "9223372036854775807", "-1", "9223372036854775808"} {
		c.Want(errOffset, "SETBIT", "k", offset, "1")
		c.Want(errOffset, "GETBIT", "k", offset)
		c.Want(errOffset, "BITFIELD", "k", "SET", "u8", offset, "1")
		c.Want(errOffset, "BITFIELD", "k", "GET", "u8", "#"+offset)
	}
	c.Want(errOffset, "BITFIELD", "new", "INCRBY", "i64", "8388607", "1") // ends behind the longest string
	c.Want(":0\r\n", "EXISTS", "new")
}

// TestReadsOfOtherTypes: Redis looks at the key before the words that follow it.
func TestReadsOfOtherTypes(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SESS.CREATE", "s")
	const wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	for _, request := range [][]string{
		{"GETBIT", "s", "1"}, {"SETBIT", "s", "1", "1"}, {"BITCOUNT", "s", "x"}, {"BITPOS", "s", "1", "x"}, {"BITFIELD", "s"}, {"BITFIELD", "s", "SET", "u1", "0", "1"},
		{"BITFIELD_RO", "s"}, {"BITOP", "OR", "k", "k", "s"},
	} {
		c.Want(wrongType, request...)
	}
	c.Want(":0\r\n", "BITOP", "OR", "s", "k")
	c.Want(":0\r\n", "EXISTS", "s")
}
