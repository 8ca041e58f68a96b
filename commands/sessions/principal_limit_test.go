package sessions_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

const full = "-LIMIT principal may have at most 2 sessions\r\n"

func TestSessionsPerPrincipal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c, listener := s.Pipe(t), s.Pipe(t)
		listener.Do("SUBSCRIBE", "__sess__:evicted")
		create := func(id string, options ...string) []string {
			return append([]string{"SESS.CREATE", id, "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "2"}, options...)
		}
		c.Want(servertest.Bulk("a"), create("a")...)
		time.Sleep(time.Second)
		c.Want(servertest.Bulk("b"), create("b", "PX", "10000")...)
		time.Sleep(time.Second)
		c.Want(full, create("c")...)
		c.Want(exists, create("a")...)
		c.Want("*0\r\n", "SESS.GET", "a")
		time.Sleep(time.Second)
		c.Want(servertest.Bulk("c"), create("c", "EVICTOLDEST")...)
		if m := listener.Reply(); !strings.Contains(m, `{"id":"b","principal":"ann","cause":"evicted"`) {
			t.Errorf("the message is %q", m)
		}
		c.Want(zero, "EXISTS", "b")
		c.Want(":2\r\n", "EXISTS", "a", "c")

		c.Want(servertest.Bulk("d"), "SESS.CREATE", "d")
		c.Want(full, "SESS.ROTATE", "d", "e", "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "2")
		c.Want(one, "EXISTS", "d")
		c.Want(servertest.Bulk("a2"), "SESS.ROTATE", "a", "a2", "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "2")
		c.Want(servertest.Bulk("e"), "SESS.ROTATE", "d", "e", "evictoldest", "PRINCIPAL", "ann", "maxperprincipal", "2")
		c.Want(":2\r\n", "EXISTS", "a2", "c", "d", "e")

		c.Want(ok, "CONFIG", "SET", "max-sessions-per-principal", "2")
		c.Want(full, "SESS.CREATE", "f", "PRINCIPAL", "ann")
		c.Want(servertest.Bulk("f"), "SESS.CREATE", "f", "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "3")
		c.Want(servertest.Bulk("g"), "SESS.CREATE", "g", "PRINCIPAL", "ann", "EVICTOLDEST")
		c.Want(servertest.Bulk("h"), "SESS.CREATE", "h")
		c.Want(servertest.Bulk("i"), "SESS.CREATE", "i")

		for _, n := range []string{"0", "-1", "1025"} {
			c.Want("-ERR sessions per principal are 1 to 1024\r\n", "SESS.CREATE", "x", "MAXPERPRINCIPAL", n)
		}
		c.Want(notInt, "SESS.ROTATE", "c", "x", "MAXPERPRINCIPAL", "x")
		c.Want(syntax, create("x", "MAXPERPRINCIPAL", "3")...)
	})
}

// TestSessionsPerPrincipalInSteps: in a transaction and a script the limit is exact too.
func TestSessionsPerPrincipalInSteps(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(ok, "MULTI")
	for i := range 4 {
		c.Want("+QUEUED\r\n", "SESS.CREATE", fmt.Sprint("s", i), "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "2", "EVICTOLDEST")
	}
	c.Want("+QUEUED\r\n", "SESS.CREATE", "s9", "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "2")
	c.Want("*5\r\n"+servertest.Bulk("s0")+servertest.Bulk("s1")+servertest.Bulk("s2")+servertest.Bulk("s3")+full, "EXEC")
	c.Want(":2\r\n", "EXISTS", "s0", "s1", "s2", "s3", "s9")
	c.Want(ok, "CONFIG", "SET", "max-sessions-per-principal", "2")
	c.Want(full, "EVAL", "return redis.pcall('SESS.CREATE', KEYS[1], 'PRINCIPAL', 'ann')", "1", "x")
	c.Want(servertest.Bulk("x"), "EVAL", "return redis.call('SESS.CREATE', KEYS[1], 'PRINCIPAL', 'bob')", "1", "x")
}

// TestExpiredSessionsAreNotCountedInSteps: whether or not they were taken out yet, and wherever they lie.
func TestExpiredSessionsAreNotCountedInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want(ok, "CONFIG", "SET", "max-sessions-per-principal", "2")
		for i := range 20 {
			who, id := fmt.Sprint("u", i), fmt.Sprint("s", i)
			c.Want(servertest.Bulk(id), "SESS.CREATE", id)
			for _, device := range []string{"a", "b"} {
				c.Want(servertest.Bulk(id+device), "SESS.CREATE", id+device, "PX", "5", "PRINCIPAL", who)
			}
			time.Sleep(6 * time.Millisecond)
			c.Want(ok, "MULTI")
			c.Want("+QUEUED\r\n", "SESS.CREATE", id+"c", "PRINCIPAL", who)
			c.Want("+QUEUED\r\n", "SESS.ROTATE", id, id+"d", "PRINCIPAL", who)
			c.Want("*2\r\n"+servertest.Bulk(id+"c")+servertest.Bulk(id+"d"), "EXEC")
		}
	})
}
