package strings_test

import (
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// TestLCS: what Redis's documentation shows, and what takes too long.
func TestLCS(t *testing.T) {
	c := servertest.Start(t, func(_ *commands.Options, so *server.Options) { so.ProtoMaxBulkLen = 1 << 20 }).Dial(t)
	c.Do("MSET", "k", "ohmytext", "l", "mynewtext", "long", strings.Repeat("ab", 300))
	c.Want("$6\r\nmytext\r\n", "LCS", "k", "l")
	c.Want(":6\r\n", "LCS", "k", "l", "LEN")
	c.Want("*4\r\n$7\r\nmatches\r\n*1\r\n*3\r\n*2\r\n:4\r\n:7\r\n*2\r\n:5\r\n:8\r\n:4\r\n$3\r\nlen\r\n:6\r\n", "LCS", "k", "l", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN")
	c.Want("$0\r\n\r\n", "LCS", "k", "none")
	c.Want("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len\r\n", "LCS", "long", "long")
	c.Do("SESS.CREATE", "s")
	c.Want("-ERR The specified keys must contain string values\r\n", "LCS", "k", "s", "X")
}
