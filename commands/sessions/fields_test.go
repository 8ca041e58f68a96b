package sessions_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

func TestSessionComponents(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		mapOf, pairs := "%", 1
		if null != "_\r\n" {
			mapOf, pairs = "*", 2
		}
		count := func(n int) string { return mapOf + strconv.Itoa(n*pairs) + "\r\n" }
		a, b := servertest.Bulk("a"), servertest.Bulk("b")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "a", "1", "COMPONENT", "cart", "FIELDS", "1", "b", "2", "EX", "50", "COMPONENT", "", "FIELDS", "1", "a", "3")
		c.Want(count(2)+servertest.Bulk("")+count(1)+a+servertest.Bulk("3")+servertest.Bulk("cart")+count(1)+b+servertest.Bulk("2"), "SESS.GET", "s1", "COMPONENTS")
		c.Want(one, "SESS.SAVE", "s1", "COMPONENT", "cart", "UNSET", "1", "b", "COMPONENT", "x", "FIELDS", "1", "b", "4", "UNSET", "1", "b", "IFREV", "0", "PX", "70000")
		c.Want("*2\r\n:1\r\n"+count(2)+servertest.Bulk("")+count(1)+a+servertest.Bulk("3")+servertest.Bulk("x")+count(1)+b+servertest.Bulk("4"),
			"SESS.GET", "s1", "WITHREV", "NOTOUCH", "components")
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2", "COMPONENT", "cart", "FIELDS", "1", "b", "2")
		c.Want(count(2)+servertest.Bulk("")+count(0)+servertest.Bulk("cart")+count(1)+b+servertest.Bulk("2"), "SESS.GET", "s2", "COMPONENTS")
		c.Want(map[bool]string{true: "_\r\n", false: "*-1\r\n"}[null == "_\r\n"], "SESS.GET", "none", "COMPONENTS")
		c.Want(syntax, "SESS.SAVE", "s1", "COMPONENT", "a", "COMPONENT", "b", "FIELDS", "1", "x", "1")
		c.Want(syntax, "SESS.SAVE", "s1", "FIELDS", "1", "x", "1", "COMPONENT", "a")
		many := []string{"SESS.SAVE", "s1"}
		for range 64 {
			many = append(many, "COMPONENT", "c", "FIELDS", "1", "x", "1")
		}
		c.Want(":2\r\n", many...)
		c.Want("-ERR a request may change at most 64 components\r\n", append(many, many[2:8]...)...)
	})
}

func TestSessionFieldsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c, listener := s.Pipe(t), s.Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDEX", "10", "1", "code", "1234", "FIELDS", "1", "user", "ann")
		c.Want(one, "SESS.SAVE", "s1", "FIELDEX", "5", "1", "a", "1", "COMPONENT", "rights", "FIELDEX", "5", "1", "admin", "yes", "FIELDEX", "7", "1", "b", "2")
		listener.Do("SUBSCRIBE", "__sess__:saved")
		if meta := c.Do("SESS.META", "s1"); !strings.Contains(meta, fmt.Sprintf("*3\r\n$6\r\nrights\r\n$1\r\nb\r\n:%d\r\n*3\r\n$0\r\n\r\n$4\r\ncode\r\n:%d\r\n", time.Now().UnixMilli()+7000, time.Now().UnixMilli()+10000)) {
			t.Errorf("META: %q", meta)
		}
		time.Sleep(5 * time.Second)
		c.Want("*2\r\n"+servertest.Bulk("1234")+"$-1\r\n", "SESS.GET", "s1", "FIELDS", "2", "code", "a")
		c.Want("*2\r\n"+servertest.Bulk("b")+servertest.Bulk("2"), "SESS.GET", "s1", "COMPONENT", "rights")
		time.Sleep(20 * time.Second) // nobody looks
		synctest.Wait()
		for range 3 {
			if m := listener.Reply(); !strings.Contains(m, `"cause":"field_expired"`) {
				t.Errorf("the message is %q", m)
			}
		}
		c.Want("*2\r\n:1\r\n*2\r\n"+servertest.Bulk("user")+servertest.Bulk("ann"), "SESS.GET", "s1", "WITHREV")
		c.Want("-ERR invalid expire time in 'sess.save' command\r\n", "SESS.SAVE", "s1", "FIELDEX", "0", "1", "a", "1")
		c.Want(notInt, "SESS.SAVE", "s1", "FIELDEX", "x", "1", "a", "1")
		for _, words := range [][]string{{"FIELDEX", "1"}, {"FIELDEX", "1", "1", "a"}, {"FIELDEX", "1", "2", "a", "1"}} {
			c.Want(syntax, append([]string{"SESS.SAVE", "s1"}, words...)...)
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
