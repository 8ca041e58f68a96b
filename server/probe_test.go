package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// hanging adds HANG, which keeps its loop until the test lets it go.
func hanging(entered, leave chan struct{}) servertest.Option {
	return func(o *commands.Options, _ *server.Options) {
		o.Families = append(o.Families, commands.Family{Group: "tests", Specs: []commands.Spec{{
			Usage: "HANG", Summary: "Is for tests.", Since: "1.0.0", Run: func(c *commands.Call) error {
				entered <- struct{}{}
				<-leave
				c.Reply.Status("OK")
				return nil
			},
		}}})
	}
}

// prober returns a user who may ask for the size of the keyspace and for nothing else.
func prober(t *testing.T, s *servertest.Server) *commands.User {
	t.Helper()
	user, err := s.Dispatcher.Users.Service("probe", "+dbsize")
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// probe probes a server that has so long to answer.
func probe(t *testing.T, s *servertest.Server, within time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return s.Server.Probe(ctx, prober(t, s), "DBSIZE")
}

func TestProbeFindsTheLoopThatHangs(t *testing.T) {
	entered, leave := make(chan struct{}, 1), make(chan struct{})
	s := servertest.Start(t, hanging(entered, leave))
	if err := probe(t, s, time.Minute); err != nil {
		t.Fatal(err)
	}
	if s.Server.Stats().Loops == nil {
		return // every connection has a goroutine of its own
	}
	c := s.Dial(t)
	c.Send(servertest.Request("HANG"))
	<-entered
	err := probe(t, s, 300*time.Millisecond)
	for end := time.Now().Add(time.Minute); err != nil && strings.Contains(err.Error(), "\n") && time.Now().Before(end); {
		err = probe(t, s, 300*time.Millisecond) // a loop that does not hang had no processor
	}
	if err == nil || err.Error() != "event loop 0: no answer" {
		t.Errorf("with a loop that hangs: %v", err)
	}
	close(leave)
	if got := c.Reply(); got != "+OK\r\n" {
		t.Errorf("HANG answers %q", got)
	}
	if err := probe(t, s, time.Minute); err != nil {
		t.Errorf("after it went on: %v", err)
	}
}

// TestProbeIsContentWithWhatWaits, since a pause is what somebody asked for. It finds a place where no client does, needs no
// password, and leaves no connection.
func TestProbeIsContentWithWhatWaits(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel() // nearly all of it is waiting
		s := servertest.Start(t, driver, func(_ *commands.Options, o *server.Options) { o.MaxClients = 1 })
		c := s.Dial(t)
		c.Want("+PONG\r\n", "PING")
		s.Dispatcher.Users.RequirePassword("secret")
		if err := probe(t, s, time.Minute); err != nil {
			t.Error(err)
		}
		c.Want("+OK\r\n", "CLIENT", "PAUSE", "600000", "ALL")
		if err := probe(t, s, 4*time.Second); err != nil {
			t.Errorf("in a pause: %v", err)
		}
		c.Want("+OK\r\n", "CLIENT", "UNPAUSE")
		for begin := time.Now(); s.Server.Stats().Connected > 1; time.Sleep(time.Millisecond) {
			if time.Since(begin) > time.Minute {
				t.Fatal("the connections of the probes are still there")
			}
		}
	})
}
