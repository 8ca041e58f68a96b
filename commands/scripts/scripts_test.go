package scripts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

// eval is the words of EVAL.
func eval(script string, keys int, words ...string) []string {
	return append([]string{"EVAL", script, fmt.Sprint(keys)}, words...)
}

const (
	okay     = "+OK\r\n"
	busy     = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
	noScript = "-NOSCRIPT No matching script. Please use EVAL.\r\n"
	notBusy  = "-NOTBUSY No scripts in execution right now.\r\n"
)

const unlock = `if redis.call("get",KEYS[1]) == ARGV[1] then return redis.call("del",KEYS[1]) else return 0 end`

func TestUnlock(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(okay, "SET", "lock", "mine")
	c.Want(":0\r\n", eval(unlock, 1, "lock", "other")...)
	c.Want(":1\r\n", eval(unlock, 1, "lock", "mine")...)
	c.Want(":0\r\n", eval(unlock, 1, "lock", "mine")...)
}

func TestLoadedScripts(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const sha = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
	c.Want(noScript, "EVALSHA", sha, "0")
	c.Want(servertest.Bulk(sha), "SCRIPT", "LOAD", "return 1")
	c.Want(":1\r\n", "EVALSHA", strings.ToUpper(sha), "0")
	c.Want("*2\r\n:1\r\n:0\r\n", "SCRIPT", "EXISTS", sha, "x")
	c.Want(okay, "SCRIPT", "FLUSH", "async")
	c.Want(noScript, "EVALSHA", sha, "0")
	c.Want("*1\r\n:0\r\n", "SCRIPT", "EXISTS", sha)
	c.Want(":1\r\n", eval("return 1", 0)...)
	c.Want(":1\r\n", "EVALSHA_RO", sha, "0")
	c.Want(notBusy, "SCRIPT", "KILL")
	c.Want("-ERR SCRIPT DEBUG is not supported, this server has no Lua debugger\r\n", "SCRIPT", "DEBUG", "YES")
}

// TestSessions calls the commands on sessions from scripts.
func TestSessions(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(servertest.Bulk("s1"), eval(`return redis.call("SESS.CREATE", KEYS[1], "PRINCIPAL", "ann", "FIELDS", 1, "lang", "en")`, 1, "s1")...)
	c.Want("*2\r\n$4\r\nlang\r\n$2\r\nen\r\n", eval(`return redis.call("SESS.GET", KEYS[1])`, 1, "s1")...)
	c.Want("$2\r\nen\r\n", eval(`redis.setresp(3) return redis.call("SESS.GET", KEYS[1]).map.lang`, 1, "s1")...)
	c.Want("*1\r\n$2\r\ns1\r\n", eval(`return redis.call("SESS.LIST", "ann")`, 0)...)
}

// TestSelect takes a SELECT back with the end of the script.
func TestSelect(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(okay, eval(`redis.call("select", 3) return redis.call("set", "k", "v")`, 0)...)
	c.Want("$-1\r\n", "GET", "k")
	c.Want(okay, "SELECT", "3")
	c.Want("$1\r\nv\r\n", "GET", "k")
}

// TestBusy lets a script run for longer than it may.
func TestBusy(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c, other := s.Dial(t), s.Dial(t)
		other.Want(okay, "CONFIG", "SET", "busy-reply-threshold", "1")
		c.Send(servertest.Request(eval("while true do end", 0)...))
		awaitBusy(t, other)
		for _, request := range []string{"GET k", "SESS.GET s", "INFO", "DBSIZE", "EVAL x 0", "SCRIPT LOAD x", "CONFIG GET x"} {
			other.Want(busy, strings.Fields(request)...)
		}
		other.Want(okay, "SCRIPT", "KILL")
		if reply := c.Reply(); !strings.HasPrefix(reply, "-ERR Script killed by user with SCRIPT KILL... script: ") {
			t.Errorf("the script ended with %q", reply)
		}
		other.Want("$-1\r\n", "GET", "k")
		c.Want(":7\r\n", eval("return 7", 0)...)
	})
}

// awaitBusy waits until the server refuses others.
func awaitBusy(t *testing.T, c *servertest.Conn) {
	t.Helper()
	for range 1000 {
		if c.Do("PING") == busy {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the server is not busy")
}

// TestUnkillable runs a script that has written, which ends with the server.
func TestUnkillable(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	other.Want(okay, "CONFIG", "SET", "lua-time-limit", "1")
	c.Send(servertest.Request(eval(`redis.call("set", "k", "v") while true do end`, 0)...))
	awaitBusy(t, other)
	if reply := other.Do("SCRIPT", "KILL"); !strings.HasPrefix(reply, "-UNKILLABLE ") {
		t.Errorf("SCRIPT KILL answers %q", reply)
	}
	other.Send(servertest.Request("SHUTDOWN", "NOSAVE"))
	if reply := c.Reply(); !strings.HasPrefix(reply, "-ERR Script killed") {
		t.Errorf("the script ended with %q", reply)
	}
}

// TestWaiting lets others wait for a script that takes a while, and go on behind it.
func TestWaiting(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	script := `redis.call("set", KEYS[1], 1) for i = 1, 3e6 do end return redis.call("incr", KEYS[1])`
	for range 3 {
		c.Send(servertest.Request(eval(script, 1, "n")...))
		other.Send(servertest.Request("PING") + servertest.Request("GET", "n"))
		c.WantAll(":2\r\n")
		other.WantAll("+PONG\r\n")
		if reply := other.Reply(); reply != "$1\r\n2\r\n" && reply != "$-1\r\n" {
			t.Errorf("GET answers %q in the middle of the script", reply)
		}
	}
}

// TestBounds runs scripts that ask for too much.
func TestBounds(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, script := range []string{
		`local function f() return f() + 1 end return f()`,
		`return string.rep("x", 1e10)`,
		`local t = {} for i = 1, 1e9 do t[i] = string.rep("x", 1e6) .. i end`,
		`error({err = "MY error"})`,
		`return redis.call("eval", "return 1", 0)`,
		`return redis.call({})`,
		`return redis.call()`,
		`x = 1`,
	} {
		if reply := c.Do(eval(script, 0)...); reply[0] != '-' {
			t.Errorf("%s answers %q", script, reply)
		}
	}
	c.Want("+PONG\r\n", "PING")
}

// TestManyScripts evaluates many different scripts, of which the server keeps so many as fit.
func TestManyScripts(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	padding := strings.Repeat(" ", 4000)
	for i := range 2000 {
		c.Want(fmt.Sprintf(":%d\r\n", i), eval(fmt.Sprint("return ", i, padding), 0)...)
	}
	info := c.Do("INFO", "memory")
	_, after, _ := strings.Cut(info, "used_memory_scripts:")
	var bytes int
	fmt.Sscan(after, &bytes)
	if bytes == 0 || bytes > 17<<20 {
		t.Errorf("the scripts take %d bytes", bytes)
	}
}
