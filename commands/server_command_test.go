package commands_test

import (
	"net"
	"strconv"
	"testing"
	"time"

	"sessd/server/servertest"
)

func TestTime(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	before := time.Now().Truncate(time.Microsecond)
	got := words(t, c.Do("TIME"))
	after := time.Now()
	if len(got) != 2 {
		t.Fatalf("TIME answered %q", got)
	}
	seconds, err1 := strconv.ParseInt(got[0], 10, 64)
	micros, err2 := strconv.ParseInt(got[1], 10, 64)
	if err1 != nil || err2 != nil || micros < 0 || micros > 999_999 {
		t.Fatalf("TIME answered %q", got)
	}
	if now := time.UnixMicro(seconds*1_000_000 + micros); now.Before(before) || now.After(after) {
		t.Errorf("TIME is %v, between %v and %v", now, before, after)
	}
}

func TestClusterIsDisabled(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const disabled = "-ERR This instance has cluster support disabled\r\n"
	for _, sub := range []string{"SLOTS", "nodes", "INFO", "SHARDS", "HELP"} {
		c.Want(disabled, "CLUSTER", sub)
	}
	c.Want(disabled, "CLUSTER", "KEYSLOT", "key")
	c.Want(disabled, "READONLY")
	c.Want(disabled, "ASKING")
	c.Want(disabled, "READWRITE")
	c.Want("-ERR wrong number of arguments for 'cluster' command\r\n", "CLUSTER")
}

func TestShutdownThatIsRefused(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("-ERR No shutdown in progress.\r\n", "SHUTDOWN", "abort")
	c.Want("-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN", "SAVE")
	c.Want(syntax, "SHUTDOWN", "SAVE", "NOSAVE")
	c.Want(syntax, "SHUTDOWN", "NOSAVE", "ABORT")
	c.Want(syntax, "SHUTDOWN", "later")
	c.Want("+PONG\r\n", "PING")
}

// TestShutdown ends every connection: the one that asked without an answer, another one after what it had asked.
func TestShutdown(t *testing.T) {
	for _, how := range [][]string{{"SHUTDOWN"}, {"SHUTDOWN", "NOSAVE"}, {"shutdown", "save", "now", "force"}} {
		s := servertest.Start(t)
		one, two := s.Dial(t), s.Dial(t)
		two.Want("+PONG\r\n", "PING")
		one.Send(servertest.Request("ECHO", "first") + servertest.Request(how...) + servertest.Request("PING"))
		if got := one.Reply(); got != servertest.Bulk("first") {
			t.Errorf("%q: got %q", how, got)
		}
		one.WantClosed()
		two.WantClosed()
		if nc, err := net.Dial("tcp", s.Addr); err == nil {
			nc.Close()
			t.Errorf("%q: the server still listens", how)
		}
	}
}

// The texts are those of Redis 7.2 without a log.
func TestWaitForTheLog(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for request, want := range map[[3]string]string{
		{"0", "0", "0"}:  "*2\r\n:0\r\n:0\r\n",
		{"1", "0", "0"}:  "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n",
		{"2", "0", "0"}:  "-ERR value is out of range, value must between 0 and 1\r\n",
		{"x", "0", "0"}:  "-ERR value is not an integer or out of range\r\n",
		{"0", "x", "0"}:  "-ERR value is out of range, must be positive\r\n",
		{"0", "-1", "0"}: "-ERR value is out of range, must be positive\r\n",
		{"0", "0", "x"}:  "-ERR timeout is not an integer or out of range\r\n",
		{"0", "0", "-1"}: "-ERR timeout is negative\r\n",
	} {
		c.Want(want, append([]string{"WAITAOF"}, request[:]...)...)
	}
}
