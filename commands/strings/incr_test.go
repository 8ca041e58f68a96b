package strings_test

import (
	"testing"

	"sessd/server/servertest"
)

func TestIncrement(t *testing.T) {
	const overflow = "-ERR increment or decrement would overflow\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(one, "INCR", "k")
		c.Want(":-1\r\n", "DECR", "l")
		c.Want(":43\r\n", "INCRBY", "k", "42")
		c.Want(":3\r\n", "DECRBY", "k", "40")
		c.Want(":5\r\n", "DECRBY", "k", "-2")
		c.Want(servertest.Bulk("5"), "GET", "k")
		c.Want(ok, "SET", "k", "9223372036854775806", "EXAT", farSeconds)
		c.Want(":9223372036854775807\r\n", "INCR", "k")
		c.Want(overflow, "INCR", "k")
		c.Want(overflow, "DECRBY", "k", "-1")
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(":-9223372036854775808\r\n", "INCRBY", "min", "-9223372036854775808")
		c.Want(overflow, "DECR", "min")
		c.Want("-ERR decrement would overflow\r\n", "DECRBY", "k", "-9223372036854775808")
		c.Want(notInt, "INCRBY", "k", "9223372036854775808")
		for _, value := range []string{"", " 1", "1 ", "+1", "01", "-0", "1.0", "a", "9223372036854775808", "1\x00"} {
			c.Want(ok, "SET", "s", value)
			c.Want(notInt, "INCR", "s")
			c.Want(notInt, "DECRBY", "k", value)
			c.Want(notInt, "INCRBY", "k", value)
		}
	})
}

func TestIncrementByFloat(t *testing.T) {
	const notFloat = "-ERR value is not a valid float\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(servertest.Bulk("10.5"), "INCRBYFLOAT", "k", "10.50")
		c.Want(servertest.Bulk("10.6"), "INCRBYFLOAT", "k", "0.1")
		c.Want(servertest.Bulk("-9.4"), "INCRBYFLOAT", "k", "-2.0e1")
		c.Want(servertest.Bulk("-9.4"), "GET", "k")
		c.Want(one, "EXPIREAT", "k", farSeconds)
		c.Want(servertest.Bulk("0"), "INCRBYFLOAT", "k", "9.4")
		c.Want(":33177117420\r\n", "EXPIRETIME", "k")
		c.Want(notFloat, "INCRBYFLOAT", "k", "x")
		c.Want(notFloat, "INCRBYFLOAT", "k", "")
		c.Want(notFloat, "INCRBYFLOAT", "k", "nan")
		c.Want("-ERR increment would produce NaN or Infinity\r\n", "INCRBYFLOAT", "k", "inf")
		c.Want(ok, "SET", "k", "abc")
		c.Want(notFloat, "INCRBYFLOAT", "k", "1")
	})
}
