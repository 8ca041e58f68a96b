package keys_test

import (
	"strconv"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestExpiryOfAString(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		for _, command := range []string{"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"} {
			c.Want(":-2\r\n", command, "k")
		}
		c.Want(zero, "EXPIRE", "k", "100")
		c.Want(zero, "PERSIST", "k")
		c.Want(ok, "SET", "k", "v")
		for _, command := range []string{"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"} {
			c.Want(":-1\r\n", command, "k")
		}
		c.Want(zero, "PERSIST", "k")
		c.Want(one, "PEXPIREAT", "k", "33177117420499")
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(one, "PEXPIREAT", "k", "33177117420500")
		c.Want(":33177117421\r\n", "EXPIRETIME", "k")
		c.Want(":33177117420500\r\n", "PEXPIRETIME", "k")
		c.Want(one, "PERSIST", "k")
		c.Want(":-1\r\n", "TTL", "k")

		// All requests of a batch see the same time.
		c.Send(servertest.Request("EXPIRE", "k", "100") + servertest.Request("TTL", "k") +
			servertest.Request("PEXPIRE", "k", "1499") + servertest.Request("TTL", "k") + servertest.Request("PTTL", "k"))
		if got := c.Reply() + c.Reply() + c.Reply() + c.Reply() + c.Reply(); got != one+":100\r\n"+one+":1\r\n:1499\r\n" {
			t.Errorf("EXPIRE, TTL, PEXPIRE, TTL, PTTL: %q", got)
		}
		c.Want(one, "EXPIRE", "k", "-1")
		c.Want(zero, "EXISTS", "k")
		c.Want(ok, "SET", "k", "v")
		c.Want(one, "EXPIREAT", "k", "1")
		c.Want(zero, "EXISTS", "k")
	})
}

func TestExpireConditions(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		expire := func(want, at string, options ...string) {
			t.Helper()
			c.Want(want, append([]string{"PEXPIREAT", "k", at}, options...)...)
		}
		c.Want(ok, "SET", "k", "v")
		expire(zero, "33177117420000", "XX")
		expire(zero, "33177117420000", "GT") // never is later than any time
		expire(one, "33177117420000", "NX")
		expire(zero, "33177117420000", "nx", "NX")
		expire(zero, "33177117420000", "GT")
		expire(zero, "33177117420000", "LT")
		expire(one, "33177117420001", "GT", "XX")
		expire(one, "33177117420000", "xx", "lt")
		expire(zero, "1", "GT")
		c.Want(":33177117420000\r\n", "PEXPIRETIME", "k")
		c.Want(one, "PERSIST", "k")
		expire(one, "33177117420000", "LT")
		expire(one, "1", "LT")
		c.Want(zero, "EXISTS", "k")
	})
}

func TestExpireErrors(t *testing.T) {
	const (
		withNX = "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"
		withGT = "-ERR GT and LT options at the same time are not compatible\r\n"
	)
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(withNX, "EXPIRE", "k", "x", "NX", "XX")
		c.Want(withNX, "EXPIRE", "k", "1", "GT", "NX")
		c.Want(withNX, "EXPIRE", "k", "1", "GT", "LT", "NX")
		c.Want(withGT, "EXPIRE", "k", "1", "LT", "GT", "XX")
		c.Want("-ERR Unsupported option bogus\r\n", "EXPIRE", "k", "x", "NX", "XX", "bogus")
		c.Want("-ERR Unsupported option a  b\r\n", "EXPIRE", "k", "1", "a\r\nb\x00c")
		c.Want("-ERR Unsupported option "+strings.Repeat("x", 128)+"\r\n", "EXPIRE", "k", "1", strings.Repeat("x", 1000))
		c.Want(notInt, "EXPIRE", "k", "x")
		c.Want(notInt, "PEXPIREAT", "k", "9223372036854775808")
		for _, test := range [][]string{
			{"EXPIRE", "9223372036854776"}, {"EXPIRE", "-9223372036854776"}, {"EXPIRE", "9223372036854775"},
			{"PEXPIRE", "9223372036854775807"}, {"EXPIREAT", "9223372036854776"},
		} {
			c.Want("-ERR invalid expire time in '"+strings.ToLower(test[0])+"' command\r\n", test[0], "k", test[1])
		}
		c.Want(ok, "SET", "k", "v")
		c.Want(one, "PEXPIREAT", "k", "9223372036854775807")
		c.Want(":9223372036854775807\r\n", "PEXPIRETIME", "k")
		c.Want(":9223372036854776\r\n", "EXPIRETIME", "k")
		c.Want(one, "PEXPIRE", "k", "-9223372036854775808")
		c.Want(zero, "EXISTS", "k")
	})
}

func TestExpireOfASessionMovesItsIdleTimeout(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		expiry := func() int64 {
			t.Helper()
			reply := c.Do("PEXPIRETIME", "s1")
			at, err := strconv.ParseInt(strings.Trim(reply, ":\r\n"), 10, 64)
			if err != nil {
				t.Fatalf("PEXPIRETIME: %q", reply)
			}
			return at
		}
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "EX", "600", "MAXAGE", "700")
		end := expiry() + 100_000 // created 600 s before, ends 700 s after that
		for _, request := range [][]string{
			{"EXPIRE", "s1", "5000"}, {"PEXPIRE", "s1", "5000000", "XX"}, {"EXPIREAT", "s1", "33177117420"}, {"PEXPIREAT", "s1", "9223372036854775807"}, {"PERSIST", "s1"},
		} {
			c.Want(one, request...)
			if at := expiry(); at != end {
				t.Errorf("after %q the session ends %d ms from its absolute timeout", request, at-end)
			}
		}
		c.Want(zero, "PERSIST", "s1") // the absolute timeout is none that can be removed
		c.Want(zero, "EXPIRE", "s1", "10", "NX")
		c.Want(zero, "EXPIREAT", "s1", strconv.FormatInt(end/1000-100, 10), "GT")
		c.Want(one, "EXPIRE", "s1", "10", "LT")
		if at := expiry(); at >= end {
			t.Error("EXPIRE did not shorten the idle timeout")
		}
		c.Want(one, "EXPIRE", "s1", "0")
		c.Want(zero, "EXISTS", "s1")
	})
}
