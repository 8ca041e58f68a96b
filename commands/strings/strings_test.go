package strings_test

import (
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

func TestGet(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(null, "GET", "k")
		c.Want(ok, "SET", "k", "a\x00\r\nb")
		c.Want(servertest.Bulk("a\x00\r\nb"), "GET", "k")
		c.Want(servertest.Bulk("a\x00\r\nb"), "GETDEL", "k")
		c.Want(null, "GETDEL", "k")
		c.Want(ok, "SET", "", "")
		c.Want(servertest.Bulk(""), "GET", "")
		c.Want("*3\r\n"+null+servertest.Bulk("")+null, "MGET", "k", "", "l")
		c.Want("-ERR wrong number of arguments for 'get' command\r\n", "GET")
		c.Want("-ERR wrong number of arguments for 'mget' command\r\n", "MGET")
	})
}

func TestSetMany(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(ok, "MSET", "k", "1", "l", "2", "k", "3")
		c.Want(servertest.Request("3", "2"), "MGET", "k", "l")
		c.Want(zero, "MSETNX", "m", "4", "k", "5")
		c.Want(servertest.Request("3")[:4]+null, "MGET", "m")
		c.Want(one, "MSETNX", "m", "4", "n", "5", "m", "6")
		c.Want(servertest.Request("6", "5"), "MGET", "m", "n")
		c.Want(ok, "SET", "k", "v", "EX", "100")
		c.Want(ok, "MSET", "k", "v")
		c.Want(":-1\r\n", "TTL", "k")
		c.Want("-ERR wrong number of arguments for 'mset' command\r\n", "MSET", "k")
		c.Want("-ERR wrong number of arguments for 'mset' command\r\n", "MSET", "k", "1", "l")
		c.Want("-ERR wrong number of arguments for 'msetnx' command\r\n", "MSETNX", "k", "1", "l")
	})
}

func TestStringsAndSessionsAreOfDifferentTypes(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "lang", "en")
		for _, request := range [][]string{
			{"GET", "s1"}, {"SET", "s1", "v", "GET"}, {"SET", "s1", "v", "NX", "GET"}, {"GETSET", "s1", "v"}, {"GETDEL", "s1"},
			{"GETEX", "s1"}, {"GETEX", "s1", "PERSIST"}, {"GETEX", "s1", "EX", "0"}, {"INCR", "s1"}, {"DECR", "s1"},
			{"INCRBY", "s1", "1"}, {"DECRBY", "s1", "1"}, {"INCRBYFLOAT", "s1", "x"}, {"APPEND", "s1", "v"}, {"STRLEN", "s1"},
			{"GETRANGE", "s1", "0", "-1"}, {"SUBSTR", "s1", "0", "-1"}, {"SETRANGE", "s1", "0", ""},
		} {
			c.Want(wrongType, request...)
		}
		c.Want(zero, "SETNX", "s1", "v")
		c.Want(zero, "MSETNX", "s1", "v", "k", "v")
		c.Want("*1\r\n"+null, "MGET", "s1")
		c.Want(null, "SET", "s1", "v", "NX")
		c.Want("*1\r\n"+servertest.Bulk("en"), "SESS.GET", "s1", "FIELDS", "1", "lang")

		c.Want(ok, "SET", "k", "v")
		for _, request := range [][]string{
			{"SESS.CREATE", "k"}, {"SESS.GET", "k"}, {"SESS.SAVE", "k", "f", "v"}, {"SESS.CLEAR", "k"}, {"SESS.TOUCH", "k"},
			{"SESS.ROTATE", "k", "l"}, {"SESS.ROTATE", "s1", "k"}, {"SESS.DESTROY", "s1", "k"}, {"SESS.META", "k"},
		} {
			c.Want(wrongType, request...)
		}
		c.Want(servertest.Bulk("v"), "GET", "k")

		// SET, and it alone, stores over anything.
		c.Want(ok, "SET", "s1", "v", "XX")
		c.Want("+string\r\n", "TYPE", "s1")
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2")
		c.Want(ok, "MSET", "s2", "v")
		c.Want(servertest.Bulk("v"), "GET", "s2")
	})
}

func TestAppend(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(zero, "STRLEN", "k")
		c.Want(":5\r\n", "APPEND", "k", "hello")
		c.Want(":7\r\n", "APPEND", "k", "\x00!")
		c.Want(servertest.Bulk("hello\x00!"), "GET", "k")
		c.Want(":7\r\n", "STRLEN", "k")
		c.Want(zero, "APPEND", "empty", "")
		c.Want(one, "EXISTS", "empty")
		c.Want(ok, "SET", "k", "v", "PXAT", "33177117420000")
		c.Want(":2\r\n", "APPEND", "k", "w")
		c.Want(":33177117420000\r\n", "PEXPIRETIME", "k")
	})
}

func TestGetRange(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(ok, "SET", "k", "hello")
		for _, r := range []struct{ start, end, want string }{
			{"0", "-1", "hello"},
			{"1", "3", "ell"},
			{"-3", "-2", "ll"},
			{"-100", "100", "hello"},
			{"-100", "-100", "h"},
			{"-1", "-5", ""},
			{"-3", "-4", ""},
			{"-6", "-7", ""},
			{"0", "-100", "h"},
			{"3", "2", ""},
			{"5", "10", ""},
			{"4", "9223372036854775807", "o"},
			{"-9223372036854775808", "0", "h"},
			{"9223372036854775807", "-1", ""},
		} {
			c.Want(servertest.Bulk(r.want), "GETRANGE", "k", r.start, r.end)
			c.Want(servertest.Bulk(r.want), "SUBSTR", "k", r.start, r.end)
		}
		c.Want(servertest.Bulk(""), "GETRANGE", "none", "0", "-1")
		c.Want(ok, "SET", "empty", "")
		c.Want(servertest.Bulk(""), "GETRANGE", "empty", "0", "0")
		c.Want(notInt, "GETRANGE", "k", "a", "1")
		c.Want(notInt, "GETRANGE", "k", "0", "9223372036854775808")
		c.Want("-ERR wrong number of arguments for 'substr' command\r\n", "SUBSTR", "k", "0")
	})
}

func TestSetRange(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(zero, "SETRANGE", "k", "10", "")
		c.Want(zero, "EXISTS", "k")
		c.Want(":5\r\n", "SETRANGE", "k", "3", "lo")
		c.Want(servertest.Bulk("\x00\x00\x00lo"), "GET", "k")
		c.Want(":5\r\n", "SETRANGE", "k", "0", "hel")
		c.Want(servertest.Bulk("hello"), "GET", "k")
		c.Want(":5\r\n", "SETRANGE", "k", "100", "")
		c.Want("-ERR offset is out of range\r\n", "SETRANGE", "k", "-1", "v")
		c.Want(notInt, "SETRANGE", "k", "x", "v")
		c.Want("-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n", "SETRANGE", "k", "9223372036854775807", "v")
	})
}

func TestStringsHaveALimit(t *testing.T) {
	limited := func(co *commands.Options, so *server.Options) {
		co.Engine = memory.New(memory.Options{Limits: store.Limits{StringBytes: 8}})
	}
	const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
	c := servertest.Start(t, limited).Dial(t)
	c.Want(":8\r\n", "APPEND", "k", "12345678")
	c.Want(tooLong, "APPEND", "k", "9")
	c.Want(":8\r\n", "APPEND", "k", "")
	c.Want(tooLong, "SETRANGE", "k", "8", "9")
	c.Want(":8\r\n", "SETRANGE", "k", "7", "9")
	c.Want(servertest.Bulk("12345679"), "GET", "k")
}

func TestStringsAreRefusedWithoutMemory(t *testing.T) {
	full := func(co *commands.Options, so *server.Options) {
		co.Engine = memory.New(memory.Options{Limits: store.Limits{MaxMemory: 1}})
	}
	const oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
	c := servertest.Start(t, full).Dial(t)
	for _, request := range [][]string{
		{"SET", "k", "v"}, {"SET", "k", "v", "GET"}, {"SETEX", "k", "10", "v"}, {"SETNX", "k", "v"}, {"GETSET", "k", "v"},
		{"MSET", "k", "v"}, {"MSETNX", "k", "v"}, {"INCR", "k"}, {"INCRBYFLOAT", "k", "1"}, {"APPEND", "k", "v"}, {"SETRANGE", "k", "0", "v"},
	} {
		c.Want(oom, request...)
	}
	c.Want("$-1\r\n", "GET", "k")
}
