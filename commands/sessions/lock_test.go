package sessions_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

func TestSessionLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want(noSession, "SESS.LOCK", "s1", "t", "PX", "10")
		c.Want(zero, "SESS.UNLOCK", "s1", "t")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "a", "1")
		c.Want(ok, "SESS.LOCK", "s1", "t", "EX", "10")
		time.Sleep(4 * time.Second)
		const locked = "-LOCKED session is locked for 6000 ms\r\n"
		for _, request := range []string{
			"SESS.LOCK s1 u PX 5", "SESS.SAVE s1 a 2", "SESS.SAVE s1 LOCK u FIELDS 1 a 2", "SESS.INCR s1 a 1", "SESS.APPEND s1 a x", "SESS.TAKE s1 FIELDS 1 a",
			"SESS.CLEAR s1", "SESS.GET s1 LOCK u PX 5",
		} {
			c.Want(locked, strings.Fields(request)...)
		}
		c.Want("*1\r\n"+servertest.Bulk("1"), "SESS.GET", "s1", "FIELDS", "1", "a")
		c.Want("*1\r\n"+servertest.Bulk("1"), "SESS.GET", "s1", "PX", "20000", "FIELDS", "1", "a", "lock", "t")
		c.Want(one, "SESS.SAVE", "s1", "LOCK", "t", "FIELDS", "1", "a", "2")
		if meta := c.Do("SESS.META", "s1"); !strings.Contains(meta, fmt.Sprintf("locked-until\r\n:%d\r\n", time.Now().Add(20*time.Second).UnixMilli())) {
			t.Errorf("META: %q", meta)
		}
		c.Want(zero, "SESS.UNLOCK", "s1", "u")
		c.Want(":2\r\n", "SESS.SAVE", "s1", "UNLOCK", "FIELDS", "1", "a", "3", "LOCK", "t")
		c.Want("-UNLOCKED session is not locked with this token\r\n", "SESS.SAVE", "s1", "LOCK", "t", "FIELDS", "1", "a", "4")
		c.Want(ok, "MULTI")
		c.Want("+QUEUED\r\n", "SESS.LOCK", "s1", "t", "PX", "1000")
		c.Want("+QUEUED\r\n", "SESS.LOCK", "s1", "u", "PX", "1000", "WAIT", "50")
		c.Want("*2\r\n"+ok+"-LOCKED session is locked for 1000 ms\r\n", "EXEC")
		c.Want(one, "SESS.UNLOCK", "s1", "t")
		const token = "-ERR lock token must be 1 to 512 bytes long\r\n"
		c.Want(token, "SESS.LOCK", "s1", "", "PX", "1")
		c.Want(token, "SESS.UNLOCK", "s1", strings.Repeat("x", 513))
		c.Want(token, "SESS.SAVE", "s1", "LOCK", "", "FIELDS", "1", "a", "1")
		for _, request := range []string{
			"SESS.LOCK s1 t WAIT 5", "SESS.LOCK s1 t PX 5 EX 5", "SESS.LOCK s1 t PX 5 WAIT 5 WAIT 5", "SESS.LOCK s1 t NOSUCH 1", "SESS.GET s1 PX 5", "SESS.GET s1 LOCK t",
			"SESS.GET s1 WAIT 5", "SESS.GET s1 LOCK t LOCK u PX 5", "SESS.SAVE s1 UNLOCK FIELDS 1 a 1", "SESS.SAVE s1 LOCK t LOCK t FIELDS 1 a 1", "SESS.SAVE s1 LOCK t",
		} {
			c.Want(syntax, strings.Fields(request)...)
		}
		c.Want("-ERR invalid expire time in 'sess.lock' command\r\n", "SESS.LOCK", "s1", "t", "PX", "0")
		c.Want("-ERR invalid expire time in 'sess.get' command\r\n", "SESS.GET", "s1", "LOCK", "t", "PX", "5", "WAIT", "0")
		c.Want(zero, "SESS.UNLOCK", "s1", "t")
	})
}

// TestSessionLockWaits: who waits is served in the order of arrival, when the lock is ended or its time is over.
func TestSessionLockWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c := s.Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PX", "100000", "FIELDS", "1", "n", "0")
		c.Want(ok, "SESS.LOCK", "s1", "first", "PX", "1000")
		wait := func(request string) *servertest.Conn {
			w := s.Pipe(t)
			w.Send(servertest.Request(strings.Fields(request)...))
			synctest.Wait()
			return w
		}
		a := wait("SESS.GET s1 LOCK a PX 1000 WAIT 5000 FIELDS 1 n")
		b := wait("SESS.LOCK s1 b PX 1000 WAIT 5000")
		late := wait("SESS.LOCK s1 late PX 1000 WAIT 300")
		d := wait("SESS.LOCK s1 d PX 1000 WAIT 5000")
		gone := wait("SESS.LOCK s1 gone PX 5000 WAIT 5000")
		e := wait("SESS.GET s1 LOCK e PX 1000 WAIT 5000")
		time.Sleep(100 * time.Millisecond)
		c.Want(one, "SESS.SAVE", "s1", "LOCK", "first", "UNLOCK", "FIELDS", "1", "n", "1")
		a.WantAll("*1\r\n" + servertest.Bulk("1")) // until 1100
		time.Sleep(200 * time.Millisecond)
		late.WantAll("-LOCKED session is locked for 800 ms\r\n")
		time.Sleep(799 * time.Millisecond)
		c.Want("-LOCKED session is locked for 1 ms\r\n", "SESS.LOCK", "s1", "x", "PX", "1")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		b.WantAll(ok) // a never unlocked
		b.Want(one, "SESS.UNLOCK", "s1", "b")
		d.WantAll(ok)
		gone.Close()
		synctest.Wait()
		c.Want(one, "SESS.DESTROY", "s1")
		e.WantAll("*-1\r\n")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PX", "500")
		c.Want(ok, "SESS.LOCK", "s1", "t", "PX", "100000")
		f := wait("SESS.LOCK s1 f PX 1000 WAIT 100000")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		f.WantAll(noSession)
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2")
		c.Want(ok, "SESS.LOCK", "s2", "t", "PX", "100000")
		g := wait("SESS.LOCK s2 g PX 1000 WAIT 100000")
		c.Want(servertest.Bulk("s3"), "SESS.ROTATE", "s2", "s3")
		g.WantAll(noSession)
		h := wait("SESS.LOCK s3 h PX 1000 WAIT 100000")
		c.Want(ok, "FLUSHALL")
		h.WantAll(noSession)
	})
}

// TestALockTakesTheRightToWrite, in a command that only reads too.
func TestALockTakesTheRightToWrite(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "LOCK", "1")
	c.Want(ok, "ACL", "SETUSER", "reader", "on", "nopass", "%R~*", "+@all")
	c.Want(ok, "AUTH", "reader", "any")
	c.Want("*1\r\n"+servertest.Bulk("1"), "SESS.GET", "s1", "NOTOUCH", "FIELDS", "1", "LOCK")
	c.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.GET", "s1", "LOCK", "t", "EX", "5")
	c.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.LOCK", "s1", "t", "EX", "5")
}

// TestWhoWaitsUnderAnOldIDIsServedInTurn: those who came before a rotation, those after it, and those with the new id. All are
// served as the lock is ended, not as its time is over.
func TestWhoWaitsUnderAnOldIDIsServedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c := s.Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "a", "1")
		c.Want(ok, "SESS.LOCK", "s1", "t", "EX", "1000")
		var waiting []*servertest.Conn
		wait := func(id string) {
			conn := s.Pipe(t)
			conn.Send(servertest.Request("SESS.GET", id, "LOCK", fmt.Sprint("t", len(waiting)), "EX", "1000", "WAIT", "1000000"))
			waiting = append(waiting, conn)
			synctest.Wait()
		}
		wait("s1")
		wait("s1")
		gone := s.Pipe(t)
		gone.Send(servertest.Request("SESS.LOCK", "s1", "g", "EX", "1000", "WAIT", "2000"))
		synctest.Wait()
		c.Want(servertest.Bulk("s2"), "SESS.ROTATE", "s1", "s2", "GRACE", "600000")
		wait("s2")
		wait("s1")
		c.Want(servertest.Bulk("s3"), "SESS.ROTATE", "s2", "s3", "GRACE", "600000")
		wait("s1")
		wait("s3")
		time.Sleep(3 * time.Second)
		gone.WantAll("-LOCKED session is locked for 998000 ms\r\n")
		c.Want(one, "SESS.UNLOCK", "s1", "t")
		for i, conn := range waiting {
			conn.WantAll("*2\r\n$1\r\na\r\n$1\r\n1\r\n")
			if i < len(waiting)-1 {
				c.Want("-LOCKED session is locked for 1000000 ms\r\n", "SESS.SAVE", "s3", "a", "2")
			}
			c.Want(one, "SESS.UNLOCK", "s3", fmt.Sprint("t", i))
		}
		c.Want(ok, "SESS.LOCK", "s3", "t", "EX", "1000")
		waiting = nil
		wait("s2")
		c.Want(servertest.Bulk("s4"), "SESS.ROTATE", "s3", "s4") // s2 leads to it still
		c.Want(one, "SESS.DESTROY", "s4")
		waiting[0].WantAll("*-1\r\n")
	})
}

// TestManyWaitForALock: thousands are served in order, and each once.
func TestManyWaitForALock(t *testing.T) {
	const waiting = 200
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
	c.Want(ok, "SESS.LOCK", "s1", "t", "EX", "1000")
	conns := make([]*servertest.Conn, waiting)
	for i := range conns {
		conns[i] = s.Dial(t)
		conns[i].Send(servertest.Request("SESS.LOCK", "s1", fmt.Sprint("t", i), "EX", "1000", "WAIT", "1000000"))
		for !strings.Contains(c.Do("INFO", "clients"), fmt.Sprintf("blocked_clients:%d\r\n", i+1)) {
		}
	}
	c.Want(one, "SESS.UNLOCK", "s1", "t")
	for i, w := range conns {
		w.WantAll(ok)
		c.Want(zero, "SESS.UNLOCK", "s1", fmt.Sprint("t", i+1))
		w.Want(one, "SESS.UNLOCK", "s1", fmt.Sprint("t", i))
	}
}
