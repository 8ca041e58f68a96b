package keys_test

import (
	"testing"

	"sessd/server/servertest"
)

// TestRenamedSession: a session under another key is the same one.
func TestRenamedSession(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SESS.CREATE", "s1", "PRINCIPAL", "alice", "FIELDS", "1", "x", "1")
	c.Do("SESS.SAVE", "s1", "y", "2")
	c.Want("+OK\r\n", "RENAME", "s1", "s2")
	c.Want("*1\r\n$2\r\ns2\r\n", "SESS.LIST", "alice")
	c.Want(":2\r\n", "SESS.SAVE", "s2", "y", "3")
	c.Want("-NOSESSION no such session\r\n", "SESS.SAVE", "s1", "y", "3")
	c.Want("-ERR session id must be 1 to 512 bytes long\r\n", "RENAME", "s2", "")
	c.Want(":1\r\n", "MOVE", "s2", "3")
	c.Want("*0\r\n", "SESS.LIST", "alice")
	c.Do("SELECT", "3")
	c.Want("*1\r\n$2\r\ns2\r\n", "SESS.LIST", "alice")
	c.Want(":1\r\n", "COPY", "s2", "s3", "DB", "3")
	c.Want(":2\r\n", "SESS.DESTROYALL", "alice")
}
