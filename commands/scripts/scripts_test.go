package scripts_test

import (
	"fmt"
	"os"
	"path/filepath"
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
	const noDebugger = "-ERR SCRIPT DEBUG is not supported, this server has no Lua debugger\r\n"
	c.Want(noDebugger, "SCRIPT", "DEBUG", "YES")
	c.Want(noDebugger, eval("return redis.call('set', 'k', 'v')", 0)...) // it would have been debugged
	c.Want(":1\r\n", eval("return 1", 0)...)
	c.Want(noDebugger, "SCRIPT", "DEBUG", "sync")
	c.Want("+OK\r\n", "SCRIPT", "DEBUG", "NO")
	c.Want(":1\r\n", eval("return 1", 0)...)
}

// TestSessions calls the commands on sessions from scripts.
func TestSessions(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(servertest.Bulk("s1"), eval(`return redis.call("SESS.CREATE", KEYS[1], "PRINCIPAL", "ann", "FIELDS", 1, "lang", "en")`, 1, "s1")...)
	c.Want("*2\r\n$4\r\nlang\r\n$2\r\nen\r\n", eval(`return redis.call("SESS.GET", KEYS[1])`, 1, "s1")...)
	c.Want("$2\r\nen\r\n", eval(`redis.setresp(3) return redis.call("SESS.GET", KEYS[1]).map.lang`, 1, "s1")...)
	c.Want("*1\r\n$2\r\ns1\r\n", eval(`return redis.call("SESS.LIST", "ann")`, 0)...)
}

// TestReadOnlyScripts: what its words make a write is refused, and holds off SCRIPT KILL elsewhere.
func TestReadOnlyScripts(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SESS.CREATE", "s1", "FIELDS", "1", "lang", "en")
	const get, lock = `return redis.call("SESS.GET", "s1", "FIELDS", 1, "lang")`, `return redis.pcall("SESS.GET", "s1", "LOCK", "token", "PX", 100000).err`
	const refused = "ERR Write commands are not allowed from read-only scripts."
	c.Want("*1\r\n$2\r\nen\r\n", "EVAL_RO", get, "0")
	c.Want("*1\r\n$2\r\nen\r\n", eval("#!lua flags=no-writes\n"+get, 0)...)
	c.Want(servertest.Bulk(refused), "EVAL_RO", lock, "0")
	c.Want(servertest.Bulk(refused), eval("#!lua flags=no-writes\n"+lock, 0)...)
	c.Want(servertest.Bulk(refused), "EVAL_RO", `return redis.pcall("pfcount", "k").err`, "0")
	c.Want("$-1\r\n", eval(lock, 0)...)
	c.Want(":1\r\n", "SESS.UNLOCK", "s1", "token")
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
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if c.Do("PING") == busy {
			return
		}
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

// TestRights runs scripts as a user who may use some keys, commands and channels.
func TestRights(t *testing.T) {
	s := servertest.Start(t)
	path := filepath.Join(t.TempDir(), "users")
	rules := "user bob on nopass ~k* resetchannels &news +@all -incr\nuser default on nopass ~* &* +@all\n"
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	c := s.Dial(t)
	c.Want(okay, "AUTH", "bob", "x")
	for script, want := range map[string]string{
		`return redis.call("get", "other")`:       "-ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: ",
		`return redis.call("incr", "k")`:          "-ERR The user executing the script can't run this command or subcommand script: ",
		`return redis.call("publish", "c", "m")`:  "-ERR The user executing the script can't publish to the channel mentioned in the command script: ",
		`return redis.call("publish", "news", 1)`: ":0\r\n",
		`return redis.call("set", "k", "v")`:      okay,
		`return {redis.acl_check_cmd("get", "k"), redis.acl_check_cmd("get", "o"), redis.acl_check_cmd("incr", "k")}`: "*3\r\n:1\r\n$-1\r\n$-1\r\n",
		`return redis.call("sess.list", "ann")`:       "*0\r\n",
		`return redis.call("sess.destroyall", "ann")`: "-ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: ",
	} {
		if got := c.Do(eval(script, 0)...); !strings.HasPrefix(got, want) {
			t.Errorf("%s\n got %q\nwant %q", script, got, want)
		}
	}
	c.Want("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n", eval("return 1", 1, "other")...)
	if log := s.Dial(t).Do("ACL", "LOG", "9"); !strings.Contains(log, servertest.Bulk("lua")) {
		t.Errorf("ACL LOG shows no denial in a script: %q", log)
	}
}

// TestMonitor shows scripts and what they call, in this order, without ids, keys and values.
func TestMonitor(t *testing.T) {
	s := servertest.Start(t)
	c, watcher := s.Dial(t), s.Dial(t)
	watcher.Want(okay, "MONITOR")
	c.Want("$-1\r\n", eval(`return redis.call("get", KEYS[1])`, 1, "k")...)
	c.Want("$-1\r\n", eval(`return redis.call("get", "k")`, 0)...)
	for _, want := range []string{`] "EVAL" "(redacted)"`, ` [0 lua] "get" "(redacted)"`, `] "EVAL" "(redacted)"`, ` [0 lua] "get" "(redacted)"`} {
		if line := watcher.Reply(); !strings.Contains(line, want) {
			t.Errorf("MONITOR shows %q, not %q", line, want)
		}
	}
}

// TestStatistics counts what scripts call.
func TestStatistics(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("$-1\r\n", eval(`redis.call("get", "a") redis.pcall("incr", "a", "b") return redis.call("get", "b")`, 0)...)
	info := c.Do("INFO", "commandstats")
	for _, want := range []string{"cmdstat_get:calls=2,", "cmdstat_eval:calls=1,"} {
		if !strings.Contains(info, want) {
			t.Errorf("INFO lacks %s: %s", want, info)
		}
	}
}

// TestMemory runs scripts when memory is used up.
func TestMemory(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(okay, "SET", "k", strings.Repeat("x", 1<<20))
	c.Want(okay, "CONFIG", "SET", "maxmemory", "1mb")
	c.Want(":1\r\n", eval("return 1", 0)...)
	c.Want("-OOM command not allowed when used memory > 'maxmemory'.\r\n", eval("#!lua\nreturn 1", 0)...)
	c.Want(":1\r\n", eval("#!lua flags=allow-oom\nreturn 1", 0)...)
	c.Want(":1\r\n", eval("#!lua flags=no-writes\nreturn 1", 0)...)
	for _, script := range []string{`return redis.call("set", KEYS[1], "v")`, `for i = 1, 1 do return redis.call("set", KEYS[1], "v") end`} {
		if reply := c.Do(eval(script, 1, "l")...); !strings.HasPrefix(reply, "-OOM command not allowed when used memory > 'maxmemory'. script: ") {
			t.Errorf("a script that writes answers %q", reply)
		}
	}
	c.Want(":1\r\n", eval(`return redis.call("del", KEYS[1])`, 1, "k")...)
	c.Want(okay, eval(`return redis.call("set", KEYS[1], "v")`, 1, "l")...)
}

// FuzzEval holds the words of EVAL to what its parser says.
func FuzzEval(f *testing.F) {
	f.Add("return 1", "0 a b")
	f.Add("return KEYS[1]", "1 a b")
	f.Add("return #ARGV", "-1")
	f.Add(unlock, "9223372036854775807 k v")
	s := servertest.Start(f)
	f.Fuzz(func(t *testing.T, script, rest string) {
		c := s.Dial(t)
		if reply := c.Do(append([]string{"EVAL_RO", "return {#KEYS, #ARGV} --" + strings.ReplaceAll(script, "\n", " ")}, strings.Split(rest, " ")...)...); reply == "" {
			t.Error("no reply")
		}
		c.Want("+PONG\r\n", "PING")
	})
}

// TestTracking tells a client that what it has read in scripts has changed.
// A name that a script was answered may be empty, and is one all the same.
func TestEventOfAnEmptyKey(t *testing.T) {
	server := servertest.Start(t)
	c, ear := server.Dial(t), server.Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "Eg")
	ear.Do("SUBSCRIBE", "__keyevent@0__:del")
	c.Want("+OK\r\n", "SET", "", "value")
	c.Want(":1\r\n", eval("return redis.call('del', unpack(redis.call('keys', '*')))", 0)...)
	if got, want := ear.Reply(), "*3\r\n"+servertest.Bulk("message")+servertest.Bulk("__keyevent@0__:del")+servertest.Bulk(""); got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestTracking(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	c.Do("HELLO", "3")
	c.Want(okay, "CLIENT", "TRACKING", "ON")
	for i, script := range []string{`return redis.call("get", KEYS[1])`, `for i = 1, 1 do return redis.call("get", KEYS[1]) end`} {
		other.Want(okay, "SET", "k", fmt.Sprint(i))
		c.Want(servertest.Bulk(fmt.Sprint(i)), eval(script, 1, "k")...)
		other.Want(okay, "SET", "k", "changed")
		c.WantAll(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n")
	}
}

// TestPairsInScripts: the shape of a reply is that of the protocol which the script speaks, whatever the client speaks.
func TestPairsInScripts(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	c.Want(":1\r\n", "ZADD", "z", "1", "m")
	c.Want(":1\r\n", "HSET", "h", "f", "v")
	c.Want(":2\r\n", "EVAL", "return #redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')", "1", "z")
	c.Want(":2\r\n", "EVAL", "return #redis.call('HRANDFIELD', KEYS[1], 1, 'WITHVALUES')", "1", "h")
	c.Want(":1\r\n", "EVAL", "redis.setresp(3); return #redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')", "1", "z")
	c.Want("*2\r\n$1\r\nm\r\n$1\r\n1\r\n", "EVAL", "return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')", "1", "z")
}
