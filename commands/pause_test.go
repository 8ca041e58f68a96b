package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// waitParked returns when so many clients wait for their answer.
func waitParked(s *servertest.Server, n int) {
	for s.Server.Stats().Parked != n {
	}
}

func TestClientPauseHoldsWrites(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c, admin := s.Dial(t), s.Dial(t)
		admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
		c.Want("$-1\r\n", "GET", "k")
		c.Send(servertest.Request("SET", "k", "1") + servertest.Request("PING") + servertest.Request("GET", "k"))
		waitParked(s, 1)
		admin.Want("$-1\r\n", "GET", "k")
		admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
		for _, want := range []string{"+OK\r\n", "+PONG\r\n", "$1\r\n1\r\n"} {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		waitParked(s, 0)
	})
}

// TestClientPauseHoldsWhatWordsMakeAWrite holds a read that takes a lock.
func TestClientPauseHoldsWhatWordsMakeAWrite(t *testing.T) {
	s := servertest.Start(t)
	c, admin := s.Dial(t), s.Dial(t)
	c.Do("SESS.CREATE", "s1", "FIELDS", "1", "lang", "en")
	admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
	c.Want("*2\r\n$4\r\nlang\r\n$2\r\nen\r\n", "SESS.GET", "s1")
	c.Send(servertest.Request("SESS.GET", "s1", "LOCK", "token", "PX", "100000"))
	waitParked(s, 1)
	admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
	if got := c.Reply(); got != "*2\r\n$4\r\nlang\r\n$2\r\nen\r\n" {
		t.Errorf("got %q", got)
	}
	admin.Want(":1\r\n", "SESS.UNLOCK", "s1", "token")
}

func TestClientPauseOfAllEndsByItself(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		c.Want("+OK\r\n", "CLIENT", "PAUSE", "20")
		c.Want("+PONG\r\n", "PING")
	})
}

func TestClientPauseTakesTheLongerAndStricter(t *testing.T) {
	s := servertest.Start(t)
	c, admin := s.Dial(t), s.Dial(t)
	admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "ALL")
	c.Send(servertest.Request("PING"))
	waitParked(s, 1)
	s.Dial(t).Send(servertest.Request("CLIENT", "PAUSE", "1", "WRITE"))
	waitParked(s, 2)
	admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
	if got := c.Reply(); got != "+PONG\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestClientPauseErrors(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("-ERR timeout is not an integer or out of range\r\n", "CLIENT", "PAUSE", "x")
	c.Want("-ERR timeout is negative\r\n", "CLIENT", "PAUSE", "-1")
	c.Want("-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n", "CLIENT", "PAUSE", "x", "X")
	c.Want("-ERR unknown subcommand or wrong number of arguments for 'Pause'. Try CLIENT HELP.\r\n", "client", "Pause", "1", "WRITE", "X")
}

// TestParkedClientCanEnd: a client that waits is let go when it hangs up, and when it is killed.
func TestParkedClientCanEnd(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		admin, one, two := s.Dial(t), s.Dial(t), s.Dial(t)
		two.Want("+OK\r\n", "CLIENT", "SETNAME", "two")
		number := id(t, two)
		admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
		one.Send(servertest.Request("SET", "k", "1"))
		two.Send(servertest.Request("SET", "k", "2"))
		waitParked(s, 2)
		one.Close()
		waitParked(s, 1)
		admin.Want(":1\r\n", "CLIENT", "KILL", "ID", number)
		two.WantClosed()
		waitParked(s, 0)
		admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
		admin.Want("$-1\r\n", "GET", "k")
	})
}

func TestParkedClientQueuesNoMoreThanItMay(t *testing.T) {
	s := servertest.Start(t)
	admin, c := s.Dial(t), s.Dial(t)
	admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
	const n = 200
	value := strings.Repeat("v", 64<<10)
	go c.Send(servertest.Request("SET", "k", "1") + strings.Repeat(servertest.Request("ECHO", value), n))
	waitParked(s, 1)
	for s.Server.Stats().QueryBuffers < 1<<20 {
	}
	// The memory behind the buffer may be a quarter more than what waits in it.
	if kept := s.Server.Stats().QueryBuffers; kept > 1<<20+1<<19 {
		t.Errorf("%d bytes wait behind a command that is held", kept)
	}
	admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
	if got := c.Reply(); got != "+OK\r\n" {
		t.Errorf("got %q", got)
	}
	for range n {
		if got := c.Reply(); got != servertest.Bulk(value) {
			t.Fatalf("got %.20q", got)
		}
	}
}

func TestClientReply(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		c := servertest.Start(t, driver).Dial(t)
		c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("SET", "k", "1"))
		c.Want("$1\r\n1\r\n", "GET", "k")
		c.Send(servertest.Request("CLIENT", "REPLY", "OFF") + servertest.Request("SET", "k", "2") + servertest.Request("NONSENSE") +
			servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("CLIENT", "REPLY", "ON"))
		if got := c.Reply(); got != "+OK\r\n" {
			t.Errorf("got %q", got)
		}
		c.Want("$1\r\n2\r\n", "GET", "k")
		c.Want("-ERR syntax error\r\n", "CLIENT", "REPLY", "MAYBE")
	})
}

func TestClientReplySkipsOneThatComesLater(t *testing.T) {
	s := servertest.Start(t)
	c, admin := s.Dial(t), s.Dial(t)
	admin.Want("+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
	c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("SET", "k", "1") + servertest.Request("GET", "k"))
	waitParked(s, 1)
	admin.Want("+OK\r\n", "CLIENT", "UNPAUSE")
	if got := c.Reply(); got != "$1\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
}

func TestMonitor(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		watch, c := s.Dial(t), s.Dial(t)
		c.Want("+OK\r\n", "SELECT", "3")
		watch.Want("+OK\r\n", "MONITOR")
		if line := watch.Do("CLIENT", "INFO"); !strings.HasSuffix(line, ` "CLIENT" "INFO"`+"\r\n") {
			t.Errorf("MONITOR of itself: %q", line)
		}
		if line := watch.Reply(); !strings.Contains(line, " flags=O ") {
			t.Errorf("CLIENT INFO: %q", line)
		}
		addr := c.LocalAddr().String()
		for _, test := range []struct{ words, shown string }{
			{"SESS.CREATE very-secret-id ex 600 FIELDS 1 name secret", `"SESS.CREATE" "(redacted)" "ex" "(redacted)" "FIELDS" "(redacted)" "(redacted)" "(redacted)"`},
			{"sess.get very-secret-id", `"sess.get" "(redacted)"`},
			{"CLIENT SETNAME web", `"CLIENT" "SETNAME" "(redacted)"`},
			{"HELLO 2 AUTH default password", `"HELLO" "(redacted)" "AUTH" "(redacted)" "(redacted)"`},
			{"PING", `"PING"`},
		} {
			c.Do(strings.Fields(test.words)...)
			got := watch.Reply()
			time, rest, _ := strings.Cut(got, " ")
			if want := fmt.Sprintf("[3 %s] %s\r\n", addr, test.shown); rest != want || len(time) != len("+1339518083.107412") {
				t.Errorf("%s: got %q, want %q", test.words, got, want)
			}
		}
		watch.Close()
		c.Want("+PONG\r\n", "PING")
	})
}

// TestMonitorOfPipeline shows each request in the keyspace in which it was run, however many arrive together.
func TestMonitorOfPipeline(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		watch, c := s.Dial(t), s.Dial(t)
		watch.Want("+OK\r\n", "MONITOR")
		sel, reset := `"SELECT" "(redacted)"`, `"RESET"`
		c.Send("SELECT 1\r\nPING\r\n" + servertest.Request("SELECT", "2") + servertest.Request("SELECT", "3") +
			servertest.Request("RESET") + servertest.Request("RESET"))
		for _, test := range []struct {
			keyspace int
			shown    string
		}{{0, sel}, {1, `"PING"`}, {1, sel}, {2, sel}, {3, reset}, {0, reset}} {
			if got, want := watch.Reply(), fmt.Sprintf(" [%d %s] %s\r\n", test.keyspace, c.LocalAddr(), test.shown); !strings.HasSuffix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestMonitorEndsWithReset(t *testing.T) {
	s := servertest.Start(t)
	watch, c := s.Dial(t), s.Dial(t)
	watch.Want("+OK\r\n", "MONITOR")
	watch.Send(servertest.Request("RESET"))
	watch.Reply()
	if got := watch.Reply(); got != "+RESET\r\n" {
		t.Errorf("got %q", got)
	}
	c.Want("+PONG\r\n", "PING")
	watch.Want("+PONG\r\n", "PING")
}

// TestMonitorThatIsNotRead is closed when too many lines wait for it; those whose requests it was shown go on.
func TestMonitorThatIsNotRead(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, func(_ *commands.Options, o *server.Options) { o.Limits.Output = server.OutputLimits{{Hard: 256 << 10}} })
		watch, c := s.Dial(t), s.Dial(t)
		watch.Want("+OK\r\n", "MONITOR")
		batch := strings.Repeat(servertest.Request("PING"), 1000)
		for s.Server.Stats().Closed["output_buffer_limit"] == 0 {
			c.Send(batch)
			for range 1000 {
				c.Reply()
			}
		}
		c.Want("+PONG\r\n", "PING")
	})
}
