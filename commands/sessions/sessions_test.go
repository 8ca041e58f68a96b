package sessions_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
)

const (
	noSession = "-NOSESSION no such session\r\n"
	exists    = "-SESSEXISTS session already exists\r\n"
)

func TestSessionCreate(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, _ string) {
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want(exists, "SESS.CREATE", "s1", "FIELDS", "1", "a", "1")
		c.Want(servertest.Bulk("s2"), "sess.create", "s2", "px", "500000", "fields", "2", "a", "1", "a", "2")
		made := c.Do("SESS.CREATE", "*")
		if !regexp.MustCompile(`^\$43\r\n[A-Za-z0-9_-]{43}\r\n$`).MatchString(made) {
			t.Errorf("a made id: %q", made)
		}
		if again := c.Do("SESS.CREATE", "*"); again == made {
			t.Errorf("the same id twice: %q", again)
		}
		c.Want("-ERR session id must be 1 to 512 bytes long\r\n", "SESS.CREATE", "")
		c.Want("-ERR session id must be 1 to 512 bytes long\r\n", "SESS.CREATE", strings.Repeat("x", 513))
		c.Want(servertest.Bulk(strings.Repeat("x", 512)), "SESS.CREATE", strings.Repeat("x", 512))
		c.Want(servertest.Bulk("\x00\r\n\xff"), "SESS.CREATE", "\x00\r\n\xff")
		for _, words := range [][]string{
			{"EX"}, {"EX", "1", "PX", "1"}, {"MAXAGE", "1", "MAXAGE", "1"}, {"PRINCIPAL"}, {"FIELDS"}, {"FIELDS", "1", "a"}, {"FIELDS", "1", "a", "1", "FIELDS", "1", "a", "1"}, {"COMPONENT", "c"}, {"UNSET", "1", "a"},
			{"NOSUCH"}, {"PRINCIPAL", "a", "PRINCIPAL", "b"}, {"FIELDS", "9223372036854775807", "a", "1"},
		} {
			c.Want(syntax, append([]string{"SESS.CREATE", "new"}, words...)...)
		}
		for _, words := range [][]string{{"EX", "0"}, {"PX", "-1"}, {"MAXAGE", "0"}, {"EX", "9223372036854775807"}} {
			c.Want("-ERR invalid expire time in 'sess.create' command\r\n", append([]string{"SESS.CREATE", "new"}, words...)...)
		}
		c.Want(notInt, "SESS.CREATE", "new", "EX", "1.5")
		c.Want(notInt, "SESS.CREATE", "new", "FIELDS", "x", "a", "1")
		c.Want("-ERR value is out of range, must be positive\r\n", "SESS.CREATE", "new", "FIELDS", "0")
		c.Want(zero, "EXISTS", "new")
	})
}

func TestSessionGet(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		mapOf, nullArray := "%", null
		if null != "_\r\n" {
			mapOf, nullArray = "*", "*-1\r\n"
		}
		count := func(pairs int) string {
			if mapOf == "*" {
				pairs *= 2
			}
			return mapOf + strconv.Itoa(pairs) + "\r\n"
		}
		c.Want(nullArray, "SESS.GET", "s1")
		c.Want(nullArray, "SESS.GET", "s1", "WITHREV", "FIELDS", "1", "a")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "1", "a", "\x00\r\n")
		c.Want(count(1)+servertest.Bulk("a")+servertest.Bulk("\x00\r\n"), "SESS.GET", "s1")
		c.Want("*2\r\n:0\r\n"+count(1)+servertest.Bulk("a")+servertest.Bulk("\x00\r\n"), "SESS.GET", "s1", "WITHREV")
		c.Want("*3\r\n"+null+servertest.Bulk("\x00\r\n")+servertest.Bulk("\x00\r\n"), "SESS.GET", "s1", "FIELDS", "3", "b", "a", "a")
		c.Want("*2\r\n:0\r\n*1\r\n"+null, "SESS.GET", "s1", "withrev", "notouch", "component", "cart", "fields", "1", "a")
		c.Want(count(0), "SESS.GET", "s1", "COMPONENT", "cart")
		for _, words := range [][]string{{"NOSUCH"}, {"COMPONENT"}, {"FIELDS", "2", "a"}, {"FIELDS", "1", "a", "b"}, {"FIELDS", "1", "a", "FIELDS", "1", "a"}, {"COMPONENTS", "COMPONENT", "c"}, {"COMPONENTS", "FIELDS", "1", "a"}} {
			c.Want(syntax, append([]string{"SESS.GET", "s1"}, words...)...)
		}
	})
}

func TestSessionSave(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want(noSession, "SESS.SAVE", "s1", "a", "1")
		c.Want(zero, "EXISTS", "s1")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want(one, "SESS.SAVE", "s1", "a", "1", "b", "2")
		c.Want(":2\r\n", "SESS.SAVE", "s1", "UNSET", "2", "a", "nosuch", "FIELDS", "1", "c", "3")
		c.Want("*3\r\n"+null+servertest.Bulk("2")+servertest.Bulk("3"), "SESS.GET", "s1", "FIELDS", "3", "a", "b", "c")
		c.Want(":3\r\n", "SESS.SAVE", "s1", "COMPONENT", "cart", "FIELDS", "1", "a", "9")
		c.Want("*1\r\n"+null, "SESS.GET", "s1", "FIELDS", "1", "a")
		c.Want("*1\r\n"+servertest.Bulk("9"), "SESS.GET", "s1", "COMPONENT", "cart", "FIELDS", "1", "a")
		c.Want("-REVISION session is at revision 3\r\n", "SESS.SAVE", "s1", "IFREV", "2", "FIELDS", "1", "b", "lost")
		c.Want(":4\r\n", "SESS.SAVE", "s1", "IFREV", "3", "FIELDS", "1", "b", "4")
		c.Want("-ERR wrong number of arguments for 'sess.save' command\r\n", "SESS.SAVE", "s1", "a", "1", "b")
		c.Want("-ERR revision is not an integer or out of range\r\n", "SESS.SAVE", "s1", "IFREV", "-1", "FIELDS", "1", "a", "1")
		c.Want("-ERR revision is not an integer or out of range\r\n", "SESS.SAVE", "s1", "IFREV", "x", "FIELDS", "1", "a", "1")
		c.Want("-ERR invalid expire time in 'sess.save' command\r\n", "SESS.SAVE", "s1", "EX", "0", "FIELDS", "1", "a", "1")
		// A field that happens to have an option's name is an error in the short form, and no field of another name.
		for _, words := range [][]string{
			{"EX", "5", "a", "1"}, {"COMPONENT", "x"}, {"component", "x", "a", "1"}, {"IFREV", "4"}, {"UNSET", "x", "a", "1", "b"}, {"FIELDS", "1", "a", "1", "b", "2"},
			{"UNSET", "1", "a", "COMPONENT", "cart"}, {"UNSET", "1", "a", "UNSET", "1", "b"}, {"FIELDS", "1", "a", "1", "FIELDS", "1", "b", "2"}, {"PX", "5", "EX", "5", "UNSET", "1", "a"},
		} {
			if reply := c.Do(append([]string{"SESS.SAVE", "s1"}, words...)...); reply != syntax && reply != notInt {
				t.Errorf("%q: %q", words, reply)
			}
		}
		c.Want(":5\r\n", "SESS.SAVE", "s1", "FIELDS", "1", "EX", "5")
		c.Want("*1\r\n"+servertest.Bulk("5"), "SESS.GET", "s1", "FIELDS", "1", "EX")
		c.Want(":6\r\n", "SESS.CLEAR", "s1")
		c.Want(":7\r\n", "SESS.CLEAR", "s1", "COMPONENT", "nosuch")
		c.Want(syntax, "SESS.CLEAR", "s1", "cart")
		c.Want(noSession, "SESS.CLEAR", "nosuch")
		if meta := c.Do("SESS.META", "s1"); !strings.Contains(meta, servertest.Bulk("revision")+":7\r\n") || !strings.Contains(meta, servertest.Bulk("components")+"*1\r\n"+servertest.Bulk("cart")) {
			t.Errorf("META: %q", meta)
		}
	})
}

func TestSessionLimits(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(ok, "CONFIG", "SET", "max-session-fields", "2", "max-session-bytes", "50")
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "FIELDS", "2", "a", "1", "b", "2")
	c.Want("-LIMIT a session may have at most 2 fields\r\n", "SESS.SAVE", "s1", "c", "3")
	c.Want("-LIMIT a session may have at most 50 bytes\r\n", "SESS.SAVE", "s1", "a", strings.Repeat("x", 100))
	c.Want("*2\r\n"+servertest.Bulk("1")+servertest.Bulk("2"), "SESS.GET", "s1", "FIELDS", "2", "a", "b")
	c.Want("-LIMIT a session may have at most 2 fields\r\n", "SESS.CREATE", "s2", "FIELDS", "3", "a", "1", "b", "2", "c", "3")
	c.Want(zero, "EXISTS", "s2")
}

func TestSessionRotation(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		nullArray := null
		if null != "_\r\n" {
			nullArray = "*-1\r\n"
		}
		c.Want(noSession, "SESS.ROTATE", "s1", "s2")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PRINCIPAL", "ann", "FIELDS", "1", "a", "1")
		c.Want(servertest.Bulk("other"), "SESS.CREATE", "other")
		c.Want(exists, "SESS.ROTATE", "s1", "other")
		c.Want(exists, "SESS.ROTATE", "s1", "s1")
		c.Want(servertest.Bulk("s2"), "SESS.ROTATE", "s1", "s2", "PRINCIPAL", "bob")
		c.Want(nullArray, "SESS.GET", "s1")
		c.Want("*0\r\n", "SESS.LIST", "ann")
		c.Want(servertest.Request("s2"), "SESS.LIST", "bob")
		c.Want(servertest.Bulk("s3"), "SESS.ROTATE", "s2", "s3", "GRACE", "60000")
		c.Want(one, "SESS.SAVE", "s2", "b", "2")
		c.Want("*2\r\n"+servertest.Bulk("1")+servertest.Bulk("2"), "SESS.GET", "s3", "FIELDS", "2", "a", "b")
		c.Want(noSession, "SESS.ROTATE", "s2", "s4")
		c.Want(servertest.Request("s3"), "SESS.LIST", "bob")
		c.Want(one, "SESS.DESTROY", "s2")
		c.Want(zero, "EXISTS", "s3")
		for _, words := range [][]string{{"GRACE"}, {"GRACE", "1", "GRACE", "1"}, {"PRINCIPAL"}, {"NOSUCH", "1"}} {
			c.Want(syntax, append([]string{"SESS.ROTATE", "other", "new"}, words...)...)
		}
		c.Want("-ERR invalid expire time in 'sess.rotate' command\r\n", "SESS.ROTATE", "other", "new", "GRACE", "-1")
		c.Want(fmt.Sprintf("-ERR grace is at most %d milliseconds\r\n", store.MaxGrace), "SESS.ROTATE", "other", "new", "GRACE", fmt.Sprint(store.MaxGrace+1))
		for _, id := range []string{"x", "y", "z"} {
			c.Want(servertest.Bulk(id), "SESS.CREATE", id, "PRINCIPAL", "eve")
		}
		c.Want(":2\r\n", "SESS.DESTROYALL", "eve", "EXCEPT", "y")
		c.Want(servertest.Request("y"), "SESS.LIST", "eve")
		c.Want(syntax, "SESS.DESTROYALL", "eve", "BUT", "y")
		c.Want(one, "SESS.DESTROYALL", "eve")
		c.Want(zero, "SESS.DESTROYALL", "eve")
	})
}

func TestSessionTypes(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(ok, "SET", "text", "1")
	for _, words := range [][]string{
		{"SESS.CREATE", "text"}, {"SESS.GET", "text"}, {"SESS.SAVE", "text", "a", "1"}, {"SESS.CLEAR", "text"}, {"SESS.TOUCH", "text"},
		{"SESS.META", "text"}, {"SESS.DESTROY", "text"}, {"SESS.ROTATE", "text", "new"},
	} {
		c.Want(wrongType, words...)
	}
	c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
	c.Want(wrongType, "SESS.DESTROY", "s1", "text")
	c.Want(wrongType, "SESS.ROTATE", "s1", "text")
	c.Want(":2\r\n", "EXISTS", "s1", "text")
}

// TestTimeouts lets a day pass in no time, and shows what renews a timeout.
func TestSessionTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		for command, renews := range map[string]bool{
			"SESS.GET s1": true, "SESS.SAVE s1 a 1": true, "SESS.CLEAR s1": true, "SESS.TOUCH s1": true, "TOUCH s1": true,
			"SESS.GET s1 NOTOUCH": false, "SESS.META s1": false, "EXISTS s1": false, "TTL s1": false, "SESS.LIST ann": false, "SESS.SCAN 0": false, "TYPE s1": false,
		} {
			c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PX", "1000", "PRINCIPAL", "ann")
			time.Sleep(600 * time.Millisecond)
			c.Do(strings.Fields(command)...)
			time.Sleep(399 * time.Millisecond)
			c.Want(one, "EXISTS", "s1")
			time.Sleep(time.Millisecond)
			c.Want(map[bool]string{true: one, false: zero}[renews], "EXISTS", "s1")
			c.Do("SESS.DESTROY", "s1")
		}
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "EX", "3600", "MAXAGE", "86400")
		for range 23 {
			time.Sleep(59 * time.Minute)
			c.Want(one, "SESS.TOUCH", "s1", "EX", "7200")
		}
		c.Want(one, "EXPIRE", "s1", "1000000")
		c.Want(one, "PERSIST", "s1")
		c.Want(one, "SESS.SAVE", "s1", "EX", "1000000", "FIELDS", "1", "a", "1")
		time.Sleep(24*time.Hour - 23*59*time.Minute - time.Millisecond)
		c.Want(one, "PTTL", "s1")
		time.Sleep(time.Millisecond)
		c.Want(noSession, "SESS.SAVE", "s1", "a", "2")
	})
}

func TestSessionDefaultTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound, func(o *commands.Options, _ *server.Options) {
			o.IdleTimeout, o.AbsoluteTimeout = time.Minute, 90*time.Second
		}).Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want(":60\r\n", "TTL", "s1")
		time.Sleep(50 * time.Second)
		c.Want(one, "SESS.TOUCH", "s1")
		c.Want(":40\r\n", "TTL", "s1")
		c.Want(ok, "CONFIG", "SET", "idle-timeout", "10s", "absolute-timeout", "0")
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2")
		c.Want(":10\r\n", "TTL", "s2")
	})
}

func TestSessionTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "EX", "10", "MAXAGE", "15")
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2")
		c.Want(one, "PERSIST", "s2")
		time.Sleep(4 * time.Second)
		c.Want("*2\r\n:6000\r\n*0\r\n", "SESS.GET", "s1", "WITHTTL", "NOTOUCH")
		c.Want("*3\r\n:0\r\n:10000\r\n*0\r\n", "SESS.GET", "s1", "WITHTTL", "WITHREV")
		c.Want("*3\r\n:0\r\n:10000\r\n*2\r\n"+servertest.Bulk("")+"*0\r\n", "SESS.GET", "s1", "COMPONENTS", "WITHTTL", "WITHREV")
		c.Want("*2\r\n:-1\r\n*1\r\n$-1\r\n", "SESS.GET", "s2", "WITHTTL", "FIELDS", "1", "a")
		c.Want("*2\r\n:1\r\n:7000\r\n", "SESS.SAVE", "s1", "WITHTTL", "EX", "7", "FIELDS", "1", "a", "1")
		time.Sleep(5 * time.Second)
		c.Want("*2\r\n:2\r\n:6000\r\n", "SESS.SAVE", "s1", "FIELDS", "1", "a", "2", "WITHTTL")
		c.Want(":2\r\n", "SESS.TOUCH", "s1", "s2", "none")
		c.Want("*4\r\n:2\r\n:6000\r\n:-2\r\n:-1\r\n", "SESS.TOUCH", "s1", "none", "s2", "withttl")
		c.Want("*2\r\n:1\r\n:3000\r\n", "SESS.TOUCH", "s1", "WITHTTL", "EX", "3")
		c.Want("*2\r\n:0\r\n:-2\r\n", "SESS.TOUCH", "none", "WITHTTL")
		c.Want(zero, "SESS.TOUCH", "EX")
		c.Want(syntax, "SESS.TOUCH", "s1", "EX", "3", "s2")
		c.Want(syntax, "SESS.TOUCH", "s1", "EX", "3", "PX", "2")
		c.Want(ok, "SET", "text", "1")
		c.Want(wrongType, "SESS.TOUCH", "s1", "text", "EX", "9")
		c.Want(":3000\r\n", "PTTL", "s1")
	})
}

func TestSessionRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "RENEWAFTER", "60")
		c.Want("*3\r\n:0\r\n*0\r\n:0\r\n", "SESS.GET", "s1", "WITHREV")
		time.Sleep(time.Minute - time.Millisecond)
		c.Want("*4\r\n:0\r\n:1800000\r\n*1\r\n$-1\r\n:0\r\n", "SESS.GET", "s1", "WITHREV", "WITHTTL", "FIELDS", "1", "a")
		time.Sleep(time.Millisecond)
		c.Want("*3\r\n:0\r\n*2\r\n$0\r\n\r\n*0\r\n:1\r\n", "SESS.GET", "s1", "WITHREV", "COMPONENTS")
		c.Want("*0\r\n", "SESS.GET", "s1")
		c.Want(servertest.Bulk("s2"), "SESS.ROTATE", "s1", "s2")
		c.Want("*3\r\n:0\r\n*0\r\n:0\r\n", "SESS.GET", "s2", "WITHREV")
		if meta := c.Do("SESS.META", "s2"); !strings.Contains(meta, servertest.Bulk("renew-after")+":60000\r\n"+servertest.Bulk("renew-at")+":"+strconv.FormatInt(time.Now().UnixMilli()+60000, 10)) {
			t.Errorf("META: %q", meta)
		}
		c.Want(servertest.Bulk("before"), "SESS.CREATE", "before")
		c.Want(ok, "CONFIG", "SET", "renew-after", "1m")
		c.Want(servertest.Bulk("s3"), "SESS.CREATE", "s3")
		time.Sleep(time.Minute)
		c.Want("*3\r\n:0\r\n*0\r\n:1\r\n", "SESS.GET", "s3", "WITHREV")
		c.Want("*3\r\n:0\r\n*0\r\n:1\r\n", "SESS.GET", "s2", "WITHREV")
		c.Want(servertest.Bulk("s4"), "SESS.ROTATE", "s2", "s4", "GRACE", "5000")
		c.Want("*3\r\n:0\r\n*0\r\n:0\r\n", "SESS.GET", "s2", "WITHREV")
		c.Want("*2\r\n:0\r\n*0\r\n", "SESS.GET", "before", "WITHREV")
		c.Want(servertest.Bulk("after"), "SESS.ROTATE", "before", "after")
		c.Want("*2\r\n:0\r\n*0\r\n", "SESS.GET", "after", "WITHREV")
		c.Want("-ERR invalid expire time in 'sess.create' command\r\n", "SESS.CREATE", "x", "RENEWAFTER", "0")
		c.Want(syntax, "SESS.CREATE", "x", "RENEWAFTER", "1", "RENEWAFTER", "1")
	})
}

func TestSessionProfiles(t *testing.T) {
	c := servertest.Start(t, func(o *commands.Options, _ *server.Options) {
		o.IdleTimeout, o.AbsoluteTimeout, o.SessionProfile = 0, 0, "aal2"
	}).Dial(t)
	want := func(id, idle, absolute string) {
		t.Helper()
		c.Want(servertest.Bulk(id), "SESS.CREATE", id)
		if meta := c.Do("SESS.META", id); !strings.Contains(meta, servertest.Bulk("idle-timeout")+":"+idle+"\r\n"+servertest.Bulk("absolute-timeout")+":"+absolute+"\r\n") {
			t.Errorf("%s: %q", id, meta)
		}
	}
	want("two", "3600000", "86400000")
	c.Want(ok, "CONFIG", "SET", "session-profile", "aal1")
	want("one", "0", "2592000000")
	c.Want(ok, "CONFIG", "SET", "session-profile", "AAL3", "idle-timeout", "10m")
	want("three", "600000", "43200000")
	c.Want(ok, "CONFIG", "SET", "session-profile", "custom")
	want("custom", "600000", "0")
	if reply := c.Do("CONFIG", "SET", "session-profile", "aal4"); !strings.HasPrefix(reply, "-ERR CONFIG SET failed") {
		t.Errorf("%q", reply)
	}
}

func TestSessionNoTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1", "PX", "1000")
		c.Want(ok, "CLIENT", "NO-TOUCH", "ON")
		time.Sleep(600 * time.Millisecond)
		c.Want("*0\r\n", "SESS.GET", "s1")
		c.Want(":400\r\n", "PTTL", "s1")
	})
}
