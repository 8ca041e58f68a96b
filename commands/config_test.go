package commands_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sessd/commands"
	"sessd/server/servertest"
	"sessd/store"
)

func TestConfigGet(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("*4\r\n"+servertest.Bulk("APPENDONLY")+servertest.Bulk("no")+servertest.Bulk("save")+servertest.Bulk(""), "CONFIG", "GET", "save", "APPENDONLY", "sav[e]")
	c.Want("*2\r\n"+servertest.Bulk("MaxMemory")+servertest.Bulk("0"), "CONFIG", "GET", "MaxMemory", "maxmemory")
	c.Want("*2\r\n"+servertest.Bulk("maxmemory")+servertest.Bulk("0"), "CONFIG", "GET", "MAXMEMOR?", "maxmemory")
	c.Want("*0\r\n", "CONFIG", "GET", "nothing")
	c.Want("-ERR wrong number of arguments for 'config|get' command\r\n", "CONFIG", "GET")
	c.Do("HELLO", "3")
	c.Want("%1\r\n"+servertest.Bulk("databases")+servertest.Bulk("16"), "CONFIG", "GET", "data*")
	c.Want("%0\r\n", "CONFIG", "GET", "nothing")
}

// TestConfigThatClientsAskFor holds what libraries and redis-benchmark look for to what is true of the server.
func TestConfigThatClientsAskFor(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	host, port, _ := strings.Cut(s.Addr, ":")
	for name, value := range map[string]string{
		"save": "", "appendonly": "no", "timeout": "0", "databases": "16", "slave-read-only": "yes", "replica-read-only": "yes",
		"notify-keyspace-events": "", "maxmemory": "0", "maxmemory-policy": "noeviction", "maxclients": "10000", "proto-max-bulk-len": "536870912",
		"bind": host, "port": port, "unixsocket": "", "tcp-keepalive": "300", "cluster-enabled": "no", "idle-timeout": "30m", "absolute-timeout": "0", "uninitialized-timeout": "0",
		"client-query-buffer-limit": "1073741824", "client-output-buffer-limit": "normal 1073741824 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		"max-session-fields": "0", "max-session-bytes": "0",
	} {
		c.Want("*2\r\n"+servertest.Bulk(name)+servertest.Bulk(value), "CONFIG", "GET", name)
	}
}

func TestConfigSetErrors(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, test := range []struct{ words, why string }{
		{"maxclients x", "maxclients') - argument couldn't be parsed into an integer"},
		{"MAXCLIENTS 0", "maxclients') - argument must be between 1 and 4294967295 inclusive"},
		{"tcp-keepalive -1", "tcp-keepalive') - argument must be between 0 and 2147483647 inclusive"},
		{"maxclients 4294967296", "maxclients') - argument must be between 1 and 4294967295 inclusive"},
		{"timeout -1", "timeout') - argument must be between 0 and 2147483647 inclusive"},
		{"maxmemory 1x", "maxmemory') - argument must be a memory value"},
		{"proto-max-bulk-len 100", "proto-max-bulk-len') - argument must be between 1048576 and 9223372036854775807 inclusive"},
		{"maxmemory 1 maxmemory 2", "maxmemory') - duplicate parameter"},
		{"databases 2", "databases') - can't set immutable config"},
		{"idle-timeout soon", "idle-timeout') - argument must be a time such as 30m, 12h or 1500ms"},
		{"appendonly yes", "appendonly') - argument must be 'no'"},
		{"notify-keyspace-events Ey", "notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
		{"maxmemory-policy none", "maxmemory-policy') - argument(s) must be one of the following: noeviction, allkeys-lru, allkeys-lfu, " +
			"allkeys-random, volatile-lru, volatile-lfu, volatile-random, volatile-ttl, anonymous-first"},
		{"maxmemory +1", "maxmemory') - argument must be a memory value"},
		{"uninitialized-timeout 10", "uninitialized-timeout') - argument must be a time such as 30m, 12h or 1500ms"},
	} {
		c.Want("-ERR CONFIG SET failed (possibly related to argument '"+test.why+"\r\n", append([]string{"CONFIG", "SET"}, strings.Fields(test.words)...)...)
	}
	c.Want("-ERR Unknown option or number of arguments for CONFIG SET - 'Foo'\r\n", "CONFIG", "SET", "timeout", "9", "Foo", "1")
	c.Want("-ERR syntax error\r\n", "CONFIG", "SET", "timeout", "9", "maxmemory")
	c.Want("-ERR wrong number of arguments for 'config|set' command\r\n", "CONFIG", "SET", "timeout")
	c.Want("-ERR The server is running without a config file\r\n", "CONFIG", "REWRITE")
	c.Want("*2\r\n"+servertest.Bulk("timeout")+servertest.Bulk("0"), "CONFIG", "GET", "timeout")
}

func TestConfigSetIsAllOrNothing(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "100mb", "idle-timeout", "45m", "save", "", "max-session-fields", "7")
	want := "*6\r\n" + servertest.Bulk("idle-timeout") + servertest.Bulk("45m") + servertest.Bulk("max-session-fields") + servertest.Bulk("7") + servertest.Bulk("maxmemory") + servertest.Bulk("104857600")
	names := []string{"CONFIG", "GET", "maxmemory", "idle-timeout", "max-session-fields"}
	c.Want(want, names...)
	c.Want("-ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'no'\r\n",
		"CONFIG", "SET", "maxmemory", "1gb", "idle-timeout", "1h", "max-session-fields", "9", "appendonly", "yes")
	c.Want(want, names...)
}

func TestConfigSetIsInForce(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "max-session-fields", "1", "idle-timeout", "1h", "absolute-timeout", "2h", "maxclients", "1")
	if reply := c.Do("SESS.CREATE", "s1", "FIELDS", "2", "a", "1", "b", "2"); !strings.HasPrefix(reply, "-LIMIT ") {
		t.Errorf("two fields: %q", reply)
	}
	c.Do("SESS.CREATE", "s1")
	meta := c.Do("SESS.META", "s1")
	for _, want := range []string{servertest.Bulk("idle-timeout") + ":3600000\r\n", servertest.Bulk("absolute-timeout") + ":7200000\r\n"} {
		if !strings.Contains(meta, want) {
			t.Errorf("%q is not in %q", want, meta)
		}
	}
	second := s.Dial(t)
	if got := second.Reply(); got != "-ERR max number of clients reached\r\n" {
		t.Errorf("second client: %q", got)
	}
	c.Want("+OK\r\n", "CONFIG", "SET", "proto-max-bulk-len", "1mb")
	if l := s.Engine.(store.Limiter).Limits(); l.StringBytes != 1<<20 {
		t.Errorf("strings are limited to %d bytes", l.StringBytes)
	}
	c.Send("*2\r\n$4\r\nECHO\r\n$1048577\r\n")
	if got := c.Reply(); got != "-ERR Protocol error: invalid bulk length\r\n" {
		t.Errorf("bulk over the limit: %q", got)
	}
}

func TestConfigSetMaxMemory(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
	c.Want("-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SESS.CREATE", "s1")
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1mb", "maxmemory-policy", "Anonymous-First")
	value := strings.Repeat("v", 1<<10)
	for i := range 2000 {
		id := fmt.Sprint("s", i)
		c.Want(servertest.Bulk(id), "SESS.CREATE", id, "FIELDS", "1", "f", value)
	}
	memory, sessions := fields(t, c, "memory"), fields(t, c, "sessions")
	if memory["maxmemory_policy"] != "anonymous-first" || memory["maxmemory"] != "1048576" || sessions["sessions_evicted"] == "0" {
		t.Errorf("policy %s, maxmemory %s, evicted %s", memory["maxmemory_policy"], memory["maxmemory"], sessions["sessions_evicted"])
	}
}

// TestConfigSetTimeout sets a timeout while a connection waits without one.
func TestConfigSetTimeout(t *testing.T) {
	t.Parallel() // it takes a second
	s := servertest.Start(t)
	idle, c := s.Dial(t), s.Dial(t)
	idle.Want("+PONG\r\n", "PING")
	c.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
	idle.WantClosed()
}

// TestConfigSetLosesNoLimit changes two limits, which the engine keeps together, from two connections.
func TestConfigSetLosesNoLimit(t *testing.T) {
	s := servertest.Start(t)
	var group sync.WaitGroup
	for _, name := range []string{"max-session-fields", "max-session-bytes"} {
		c := s.Dial(t)
		group.Go(func() {
			for range 200 {
				c.Want("+OK\r\n", "CONFIG", "SET", name, "5")
				c.Want("*2\r\n"+servertest.Bulk(name)+servertest.Bulk("5"), "CONFIG", "GET", name)
				c.Want("+OK\r\n", "CONFIG", "SET", name, "6")
				c.Want("*2\r\n"+servertest.Bulk(name)+servertest.Bulk("6"), "CONFIG", "GET", name)
			}
		})
	}
	group.Wait()
}

func TestConfigResetStat(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SESS.SAVE", "gone", "a", "b")
	c.Want("+OK\r\n", "CONFIG", "RESETSTAT")
	stats := fields(t, c, "stats")
	for name, want := range map[string]string{"total_connections_received": "0", "total_error_replies": "0", "total_commands_processed": "1"} {
		if stats[name] != want {
			t.Errorf("%s is %s, want %s", name, stats[name], want)
		}
	}
	if got := fields(t, c, "commandstats"); len(got) != 2 || got["cmdstat_config|resetstat"] == "" || got["cmdstat_info"] == "" {
		t.Errorf("commandstats: %v", got)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12": 12, "1b": 1, "1k": 1000, "1kb": 1024, "2M": 2000000, "2Mb": 2 << 20, "1g": 1000000000, "1GB": 1 << 30, "9223372036854775807": math.MaxInt64,
	} {
		if got, err := commands.ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "b", "kb", "-1", "1 kb", "1kk", "1.5gb", "9223372036854775808", "9223372036854775807kb"} {
		if got, err := commands.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "30m": 30 * time.Minute, "1h30m0s": 90 * time.Minute, "1500ms": 1500 * time.Millisecond} {
		if got, err := commands.ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "30", "-1s", "1us", "1.5ms", "soon"} {
		if got, err := commands.ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestNewSessionTimeoutEndsWithTheFirstSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := servertest.Start(t, servertest.Unbound).Pipe(t)
		c.Want("+OK\r\n", "CONFIG", "SET", "uninitialized-timeout", "1m", "idle-timeout", "1h")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want(servertest.Bulk("s2"), "SESS.CREATE", "s2", "PRINCIPAL", "ann")
		c.Want(":60\r\n", "TTL", "s1")
		c.Want(":3600\r\n", "TTL", "s2")
		c.Want(":1\r\n", "SESS.SAVE", "s1", "a", "1")
		c.Want(":3600\r\n", "TTL", "s1")
	})
}

func TestMaxmemoryPolicyIsInForce(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "200kb")
	create := func(i int) string {
		return c.Do("SESS.CREATE", fmt.Sprint("session", i), "FIELDS", "1", "a", strings.Repeat("x", 1000))
	}
	full := 0
	for ; !strings.HasPrefix(create(full), "-OOM "); full++ {
		if full > 1000 {
			t.Fatal("1000 sessions of 1 kB fit 200 kB")
		}
	}
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "Allkeys-LRU")
	c.Want("*2\r\n"+servertest.Bulk("maxmemory-policy")+servertest.Bulk("allkeys-lru"), "CONFIG", "GET", "maxmemory-policy")
	for i := range 100 {
		if reply := create(full + i); reply != servertest.Bulk(fmt.Sprint("session", full+i)) {
			t.Fatal(reply)
		}
	}
}
