package commands_test

import (
	"regexp"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestSlowLog(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want("+OK\r\n", "CLIENT", "SETNAME", "me")
	c.Want("+OK\r\n", "CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3")
	c.Want("+OK\r\n", "SLOWLOG", "RESET")
	c.Want("$6\r\nsecret\r\n", "SESS.CREATE", "secret", "EX", "60", "FIELDS", "1", "name", "value")
	c.Want("+OK\r\n", append([]string{"MSET"}, strings.Fields(strings.Repeat("k v ", 20))...)...)
	reply := c.Do("SLOWLOG", "GET", "2")
	times := regexp.MustCompile(`(\*6\r\n:\d+\r\n):\d+\r\n:\d+\r\n`)
	const client = `\$\d+\r\n[0-9.:]+\r\n\$2\r\nme\r\n`
	redacted := "$10\r\n(redacted)\r\n"
	want := regexp.QuoteMeta("*2\r\n*6\r\n:3\r\n*32\r\n$4\r\nMSET\r\n"+strings.Repeat(redacted, 30)+"$23\r\n... (10 more arguments)\r\n") + client +
		regexp.QuoteMeta("*6\r\n:2\r\n*8\r\n$11\r\nSESS.CREATE\r\n"+redacted+"$2\r\nEX\r\n"+redacted+"$6\r\nFIELDS\r\n"+strings.Repeat(redacted, 3)) + client
	if got := times.ReplaceAllString(reply, "$1"); !regexp.MustCompile("^" + want + "$").MatchString(got) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	c.Want(":3\r\n", "SLOWLOG", "LEN")
	c.Want("+OK\r\n", "CONFIG", "SET", "slowlog-log-slower-than", "-1")
	c.Want("+OK\r\n", "SLOWLOG", "RESET")
	c.Want("+PONG\r\n", "PING")
	c.Want(":0\r\n", "SLOWLOG", "LEN")
	c.Want("*0\r\n", "SLOWLOG", "GET")
}

// TestSlowLogTellsWhoseRequestItWas, also where many are sent at once, and of scripts that leave their loop.
func TestSlowLogTellsWhoseRequestItWas(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	other.Want("+OK\r\n", "CLIENT", "SETNAME", "other")
	c.Want("+OK\r\n", "CONFIG", "SET", "slowlog-log-slower-than", "1000", "latency-monitor-threshold", "1")
	const loop = "local t = redis.call('TIME') repeat local n = redis.call('TIME') until (n[1]-t[1])*1000000+n[2]-t[2] > 20000 return 1"
	other.Send(servertest.Request("SET", "a", "b") + servertest.Request("EVAL", loop, "0") + servertest.Request("PING"))
	other.WantAll("+OK\r\n:1\r\n+PONG\r\n")
	reply := c.Do("SLOWLOG", "GET")
	if strings.Count(reply, "$4\r\nEVAL\r\n") != 1 || !strings.Contains(reply, "$4\r\nEVAL\r\n$10\r\n(redacted)\r\n$10\r\n(redacted)\r\n") || !strings.Contains(reply, "$5\r\nother\r\n") {
		t.Errorf("got %q", reply)
	}
	if reply := c.Do("LATENCY", "LATEST"); !strings.Contains(reply, "$7\r\ncommand\r\n") {
		t.Errorf("got %q", reply)
	}
	if reply := c.Do("LATENCY", "HISTORY", "command"); strings.HasPrefix(reply, "*0") {
		t.Errorf("got %q", reply)
	}
	if reply := c.Do("LATENCY", "GRAPH", "command"); !strings.Contains(reply, "command - high ") {
		t.Errorf("got %q", reply)
	}
	if reply := c.Do("LATENCY", "DOCTOR"); !strings.Contains(reply, "\n1. command: ") {
		t.Errorf("got %q", reply)
	}
	if stats := c.Do("INFO", "commandstats"); !regexp.MustCompile(`cmdstat_eval:calls=1,usec=([2-9]\d{4}|\d{6,}),`).MatchString(stats) {
		t.Errorf("got %q", stats)
	}
	c.Want("+OK\r\n", "CONFIG", "SET", "latency-monitor-threshold", "0")
	c.Want(":1\r\n", "LATENCY", "RESET", "command", "nosuch")
	c.Want("*0\r\n", "LATENCY", "LATEST")
}

func TestLatencyStats(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	for range 10 {
		c.Want("$-1\r\n", "GET", "k")
	}
	for range 2 {
		c.Want("+OK\r\n", "CONFIG", "SET", "latency-tracking-info-percentiles", "50 99.9 100")
	}
	if stats := c.Do("INFO", "latencystats"); !regexp.MustCompile(`\r\nlatency_percentiles_usec_get:p50=\d+\.\d{3},p99\.9=\d+\.\d{3},p100=\d+\.\d{3}\r\n`).MatchString(stats) {
		t.Errorf("got %q", stats)
	}
	c.Do("HELLO", "3")
	if h := c.Do("LATENCY", "HISTOGRAM", "config", "GET"); !regexp.MustCompile(`(?s)^%2\r\n.*\$3\r\nget\r\n%2\r\n\$5\r\ncalls\r\n:10\r\n\$14\r\nhistogram_usec\r\n%.*:10\r\n`).MatchString(h) || !strings.Contains(h, "config|set") {
		t.Errorf("got %q", h)
	}
	c.Want("+OK\r\n", "CONFIG", "SET", "latency-tracking", "no")
	c.Want("+OK\r\n", "CONFIG", "RESETSTAT")
	c.Want("_\r\n", "GET", "k")
	c.Want("%0\r\n", "LATENCY", "HISTOGRAM", "get")
	c.Want("-ERR CONFIG SET failed (possibly related to argument 'latency-tracking-info-percentiles') - Invalid latency-tracking-info-percentiles parameters\r\n",
		"CONFIG", "SET", "latency-tracking-info-percentiles", "x")
}
