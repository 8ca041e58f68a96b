package sessions_test

import (
	"sync"
	"testing"

	"sessd/server/servertest"
)

func TestSessionIncr(t *testing.T) {
	const overflow = "-ERR increment or decrement would overflow\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, _ string) {
		c.Want(noSession, "SESS.INCR", "s1", "n", "1")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "text", "x")
		c.Want(":5\r\n", "SESS.INCR", "s1", "n", "5")
		c.Want(":3\r\n", "SESS.INCR", "s1", "n", "-2", "max", "3", "min", "3")
		c.Want(":1\r\n", "SESS.INCR", "s1", "n", "1", "MIN", "0", "COMPONENT", "cart", "MAX", "1")
		c.Want(overflow, "SESS.INCR", "s1", "n", "1", "COMPONENT", "cart", "MAX", "1")
		c.Want(overflow, "SESS.INCR", "s1", "n", "-4", "MIN", "0")
		c.Want(overflow, "SESS.INCR", "s1", "n", "9223372036854775807")
		c.Want(notInt, "SESS.INCR", "s1", "text", "1")
		c.Want(notInt, "SESS.INCR", "s1", "n", "1.5")
		c.Want(notInt, "SESS.INCR", "s1", "n", "1", "MAX", "x")
		for _, words := range [][]string{{"MAX"}, {"MAX", "1", "MAX", "2"}, {"MIN", "1", "MIN", "1"}, {"COMPONENT"}, {"COMPONENT", "a", "COMPONENT", "b"}, {"NOSUCH"}} {
			c.Want(syntax, append([]string{"SESS.INCR", "s1", "n", "1"}, words...)...)
		}
		c.Want("*1\r\n"+servertest.Bulk("3"), "SESS.GET", "s1", "FIELDS", "1", "n")
		c.Want(":4\r\n", "SESS.SAVE", "s1", "IFREV", "3", "FIELDS", "1", "n", "0")
	})
}

func TestSessionTake(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(noSession, "SESS.TAKE", "s1", "FIELDS", "1", "a")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "2", "a", "1", "b", "2")
		c.Want(one, "SESS.SAVE", "s1", "COMPONENT", "cart", "FIELDS", "1", "a", "3")
		c.Want("*2\r\n"+servertest.Bulk("1")+null, "SESS.TAKE", "s1", "FIELDS", "2", "a", "none")
		c.Want("*1\r\n"+null, "SESS.TAKE", "s1", "FIELDS", "1", "a")
		c.Want("*1\r\n"+servertest.Bulk("3"), "SESS.TAKE", "s1", "FIELDS", "1", "a", "COMPONENT", "cart")
		c.Want("*1\r\n"+servertest.Bulk("2"), "SESS.GET", "s1", "FIELDS", "1", "b")
		for _, words := range [][]string{{"COMPONENT", "a", "b"}, {"FIELDS", "2", "a"}, {"FIELDS", "1", "a", "b"}, {"FIELDS", "1", "a", "FIELDS", "1", "a"}} {
			c.Want(syntax, append([]string{"SESS.TAKE", "s1"}, words...)...)
		}
		c.Want("-ERR value is out of range, must be positive\r\n", "SESS.TAKE", "s1", "FIELDS", "0", "a")
	})
}

func TestSessionAppend(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, _ string) {
		c.Want(noSession, "SESS.APPEND", "s1", "log", "a")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want(":2\r\n", "SESS.APPEND", "s1", "log", "ab")
		c.Want(":3\r\n", "SESS.APPEND", "s1", "log", "cd", "MAXLEN", "3")
		c.Want(":1\r\n", "SESS.APPEND", "s1", "log", "x", "MAXLEN", "9", "COMPONENT", "c")
		c.Want("*1\r\n"+servertest.Bulk("bcd"), "SESS.GET", "s1", "FIELDS", "1", "log")
		c.Want("-ERR value is out of range, must be positive\r\n", "SESS.APPEND", "s1", "log", "x", "MAXLEN", "0")
		c.Want(notInt, "SESS.APPEND", "s1", "log", "x", "MAXLEN", "x")
		for _, words := range [][]string{{"MAXLEN"}, {"MAXLEN", "1", "MAXLEN", "1"}, {"COMPONENT"}, {"MIN", "1"}} {
			c.Want(syntax, append([]string{"SESS.APPEND", "s1", "log", "x"}, words...)...)
		}
	})
}

// TestSessionFieldRaces lets two clients change the same fields: each increment counts, and each value is taken once.
func TestSessionFieldRaces(t *testing.T) {
	const clients, each = 4, 200
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		taken int
	)
	for range clients {
		all.Go(func() {
			c := s.Dial(t)
			for range each {
				c.Do("SESS.INCR", "s1", "n", "1")
				c.Do("SESS.SAVE", "s1", "code", "x")
				if c.Do("SESS.TAKE", "s1", "FIELDS", "1", "code") == "*1\r\n"+servertest.Bulk("x") {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	c.Want("*1\r\n"+servertest.Bulk("800"), "SESS.GET", "s1", "FIELDS", "1", "n")
	if taken == 0 || taken > clients*each {
		t.Errorf("%d values of %d were taken", taken, clients*each)
	}
}
