package strings_test

import (
	"testing"

	"sessd/server/servertest"
)

// farSeconds is a time that no test lives to see, in seconds since the Unix epoch.
const farSeconds = "33177117420"

func TestSetConditions(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(null, "SET", "k", "1", "XX")
		c.Want(null, "SET", "k", "1", "GET", "XX")
		c.Want(zero, "EXISTS", "k")
		c.Want(ok, "SET", "k", "1", "nx")
		c.Want(null, "SET", "k", "2", "NX")
		c.Want(servertest.Bulk("1"), "SET", "k", "2", "NX", "GET")
		c.Want(servertest.Bulk("1"), "SET", "k", "2", "GET")
		c.Want(servertest.Bulk("2"), "SET", "k", "3", "xX", "gEt")
		c.Want(null, "SET", "l", "1", "NX", "GET")
		c.Want(servertest.Bulk("1"), "GET", "l")
		c.Want(ok, "SET", "k", "4", "XX", "XX")
		c.Want(servertest.Bulk("4"), "GET", "k")
	})
}

func TestSetExpiry(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		at := func(want string) {
			t.Helper()
			c.Want(want, "PEXPIRETIME", "k")
		}
		c.Want(ok, "SET", "k", "v", "EXAT", farSeconds)
		at(":33177117420000\r\n")
		c.Want(ok, "SET", "k", "w", "KEEPTTL")
		at(":33177117420000\r\n")
		c.Want(ok, "SET", "k", "w", "PXAT", "33177117420001", "PXAT", "33177117420002")
		at(":33177117420002\r\n")
		c.Want(ok, "SET", "k", "w", "PX", "4398046511104000")
		c.Want(servertest.Bulk("w"), "SET", "k", "v", "NX", "GET", "EXAT", farSeconds)
		c.Want(ok, "SET", "k", "w")
		at(":-1\r\n")
		c.Want(ok, "SET", "none", "v", "KEEPTTL")
		c.Want(":-1\r\n", "TTL", "none")
		c.Want(ok, "SET", "k", "v", "PXAT", "1")
		c.Want(null, "GET", "k")

		// Both requests of a batch see the same time.
		c.Send(servertest.Request("SET", "k", "v", "EX", "100") + servertest.Request("PTTL", "k"))
		if got := c.Reply() + c.Reply(); got != ok+":100000\r\n" {
			t.Errorf("SET EX and PTTL: %q", got)
		}
		c.Send(servertest.Request("SETEX", "k", "100", "v") + servertest.Request("PTTL", "k"))
		if got := c.Reply() + c.Reply(); got != ok+":100000\r\n" {
			t.Errorf("SETEX and PTTL: %q", got)
		}
		c.Send(servertest.Request("PSETEX", "k", "1500", "v") + servertest.Request("PTTL", "k") + servertest.Request("TTL", "k"))
		if got := c.Reply() + c.Reply() + c.Reply(); got != ok+":1500\r\n:2\r\n" {
			t.Errorf("PSETEX, PTTL and TTL: %q", got)
		}
	})
}

func TestSetErrors(t *testing.T) {
	const invalid = "-ERR invalid expire time in 'set' command\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		for _, test := range []struct {
			want    string
			options []string
		}{
			{syntax, []string{"NX", "XX"}},
			{syntax, []string{"XX", "GET", "NX"}},
			{syntax, []string{"EX", "1", "PX", "1"}},
			{syntax, []string{"EXAT", "1", "EX", "1"}},
			{syntax, []string{"KEEPTTL", "EX", "1"}},
			{syntax, []string{"PXAT", "1", "KEEPTTL"}},
			{syntax, []string{"EX"}},
			{syntax, []string{"NX", "PX"}},
			{syntax, []string{"PERSIST"}},
			{syntax, []string{""}},
			{syntax, []string{"EX", "abc", "BOGUS"}}, // the form comes before the number
			{notInt, []string{"EX", "abc"}},
			{notInt, []string{"PX", "1.5"}},
			{notInt, []string{"EX", "9223372036854775808"}},
			{invalid, []string{"EX", "0"}},
			{invalid, []string{"PX", "-1"}},
			{invalid, []string{"EXAT", "0"}},
			{invalid, []string{"EX", "9223372036854776"}},
			{invalid, []string{"EXAT", "9223372036854776"}},
			{invalid, []string{"EX", "9223372036854775"}}, // too far from now
			{invalid, []string{"PX", "9223372036854775807"}},
		} {
			c.Want(test.want, append([]string{"SET", "k", "v"}, test.options...)...)
		}
		c.Want("-ERR invalid expire time in 'setex' command\r\n", "SETEX", "k", "0", "v")
		c.Want("-ERR invalid expire time in 'psetex' command\r\n", "PSETEX", "k", "-5", "v")
		c.Want(notInt, "SETEX", "k", "x", "v")
		c.Want("-ERR wrong number of arguments for 'set' command\r\n", "SET", "k")
		c.Want(zero, "EXISTS", "k")
		c.Want(ok, "SET", "k", "v", "PXAT", "9223372036854775807")
		c.Want(servertest.Bulk("v"), "GET", "k")
	})
}

func TestGetSet(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(null, "GETSET", "k", "1")
		c.Want(one, "EXPIREAT", "k", farSeconds)
		c.Want(servertest.Bulk("1"), "GETSET", "k", "2")
		c.Want(":-1\r\n", "TTL", "k")
		c.Want(zero, "SETNX", "k", "3")
		c.Want(servertest.Bulk("2"), "GET", "k")
		c.Want(one, "SETNX", "l", "3")
		c.Want(servertest.Bulk("3"), "GET", "l")
	})
}

func TestGetExpire(t *testing.T) {
	const invalid = "-ERR invalid expire time in 'getex' command\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(null, "GETEX", "k")
		c.Want(null, "GETEX", "k", "EX", "0") // a time is read only where there is a string
		c.Want(null, "GETEX", "k", "EX", "abc")
		c.Want(syntax, "GETEX", "k", "EX", "abc", "BOGUS")
		c.Want(ok, "SET", "k", "v")
		c.Want(servertest.Bulk("v"), "GETEX", "k", "EXAT", farSeconds)
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(servertest.Bulk("v"), "GETEX", "k")
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(servertest.Bulk("v"), "GETEX", "k", "PXAT", "33177117420499")
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(servertest.Bulk("v"), "GETEX", "k", "persist", "PERSIST")
		c.Want(":-1\r\n", "EXPIRETIME", "k")
		for _, options := range [][]string{
			{"EX"}, {"EX", "1", "PERSIST"}, {"PERSIST", "PX", "1"}, {"EX", "1", "PX", "1"}, {"KEEPTTL"}, {"NX"}, {"GET"},
		} {
			c.Want(syntax, append([]string{"GETEX", "k"}, options...)...)
		}
		c.Want(notInt, "GETEX", "k", "EX", "abc")
		c.Want(invalid, "GETEX", "k", "EX", "0")
		c.Want(invalid, "GETEX", "k", "PX", "9223372036854775807")
		c.Want(":-1\r\n", "TTL", "k")
		c.Want(servertest.Bulk("v"), "GETEX", "k", "PXAT", "1")
		c.Want(zero, "EXISTS", "k")
	})
}
