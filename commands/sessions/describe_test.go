package sessions_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

func TestSessionListWithMeta(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		now := time.Now().UnixMilli()
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PRINCIPAL", "ann", "EX", "60", "FIELDS", "1", "agent", "Firefox")
		time.Sleep(time.Second)
		c.Want(one, "SESS.TOUCH", "s1")
		times := fmt.Sprintf("$10\r\ncreated-at\r\n:%d\r\n$11\r\naccessed-at\r\n:%d\r\n$10\r\nexpires-at\r\n:%d\r\n", now, now+1000, now+61000)
		c.Want("*1\r\n*8\r\n$2\r\nid\r\n"+servertest.Bulk("s1")+times, "SESS.LIST", "ann", "WITHMETA")
		c.Want("*0\r\n", "SESS.LIST", "bob", "WITHMETA", "HANDLES")
		handle := regexp.MustCompile(`^\*1\r\n\$12\r\n([A-Za-z0-9_-]{12})\r\n$`).FindStringSubmatch(c.Do("SESS.LIST", "ann", "HANDLES"))[1]
		c.Do("HELLO", "3")
		c.Want("*1\r\n%5\r\n$6\r\nhandle\r\n"+servertest.Bulk(handle)+times+servertest.Bulk("values")+"*2\r\n"+servertest.Bulk("Firefox")+"_\r\n",
			"SESS.LIST", "ann", "fields", "2", "agent", "none", "handles", "withmeta")
		for _, words := range [][]string{{"NOSUCH"}, {"FIELDS", "1", "a"}, {"WITHMETA", "FIELDS", "2", "a"}, {"WITHMETA", "FIELDS", "1", "a", "FIELDS", "1", "a"}} {
			c.Want(syntax, append([]string{"SESS.LIST", "ann"}, words...)...)
		}

		c.Want(servertest.Bulk("s2"), "SESS.ROTATE", "s1", "s2")
		c.Want(zero, "SESS.DESTROY", "HANDLE", "bob", handle)
		c.Want(zero, "SESS.DESTROY", handle)
		c.Want(servertest.Bulk("HANDLE"), "SESS.CREATE", "HANDLE")
		c.Want(one, "SESS.DESTROY", "HANDLE")
		c.Want(one, "SESS.DESTROY", "handle", "ann", "none", handle)
		c.Want(zero, "EXISTS", "s2")
	})
}

// TestSessionHandleRights: handles lead to any session of the principal, so their use needs the right to change every key.
func TestSessionHandleRights(t *testing.T) {
	s := servertest.Start(t)
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte("user default on nopass ~* &* +@all\nuser app on >secret ~a:* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	c := s.Dial(t)
	c.Want(servertest.Bulk("b:1"), "SESS.CREATE", "b:1", "PRINCIPAL", "ann")
	c.Want(servertest.Bulk("a:1"), "SESS.CREATE", "a:1", "PRINCIPAL", "ann")
	user := s.Dial(t)
	user.Want(ok, "AUTH", "app", "secret")
	user.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", "SESS.DESTROY", "HANDLE", "ann", "x")
	user.Want(one, "SESS.DESTROY", "a:1")
	user.Want("*0\r\n", "SESS.LIST", "ann", "HANDLES")
	c.Want(ok, "MULTI")
	c.Want("+QUEUED\r\n", "SESS.DESTROY", "HANDLE", "ann", "x")
	c.Want("*1\r\n:0\r\n", "EXEC")
}
