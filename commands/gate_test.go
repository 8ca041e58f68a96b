package commands_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

func TestLoading(t *testing.T) {
	const refused = "-LOADING Redis is loading the dataset in memory\r\n"
	s := servertest.Start(t)
	c := s.Dial(t)
	s.Dispatcher.SetLoading(true)
	c.Want(refused, "GET", "k")
	c.Want(refused, "PING")
	c.Want("$2\r\nhi\r\n", "ECHO", "hi")
	s.Dispatcher.SetLoading(false)
	c.Want("$-1\r\n", "GET", "k")
}

// remote is an engine that is slow to answer for keys whose names begin with slow: it waits for a word.
type remote struct {
	*memory.Engine
	release chan struct{}
}

func isSlow(key []byte) bool { return strings.HasPrefix(string(key), "slow") }

// GetString implements store.Strings.
func (r *remote) GetString(ctx context.Context, op store.Op, key []byte, v store.ValueVisitor) error {
	if isSlow(key) {
		if store.IsImmediate(ctx) {
			return store.ErrWaits
		}
		<-r.release
	}
	if string(key) == "slow panic" {
		panic("as it should")
	}
	return r.Engine.GetString(ctx, op, key, v)
}

func TestEngineThatWaitsHoldsNobodyUp(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		engine := &remote{memory.New(memory.Options{Keyspaces: 1}), make(chan struct{})}
		s := servertest.Start(t, driver, func(o *commands.Options, _ *server.Options) { o.Engine = engine })
		c, other := s.Dial(t), s.Dial(t)
		c.Want(ok, "SET", "slow", "v")
		c.Send(servertest.Request("GET", "slow") + servertest.Request("GET", "quick") + servertest.Request("STRLEN", "slow") + servertest.Request("PING"))
		waitParked(s, 1)
		other.Want("$-1\r\n", "GET", "quick")
		engine.release <- struct{}{}
		engine.release <- struct{}{}
		for _, want := range []string{"$1\r\nv\r\n", "$-1\r\n", one, "+PONG\r\n"} {
			if got := c.Reply(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("GET", "slow") + servertest.Request("INCR", "slow"))
		engine.release <- struct{}{}
		if got := c.Reply(); got != "-ERR value is not an integer or out of range\r\n" {
			t.Errorf("got %q", got)
		}
		c.Send(servertest.Request("GET", "slow panic") + servertest.Request("PING"))
		engine.release <- struct{}{}
		if got := c.Reply(); got != "-ERR internal error\r\n" {
			t.Errorf("got %q", got)
		}
		c.WantClosed()
		gone := s.Dial(t)
		gone.Send(servertest.Request("GET", "slow"))
		waitParked(s, 1)
		gone.Conn.(*net.TCPConn).SetLinger(0)
		gone.Close()
		waitParked(s, 0)
		close(engine.release) // the request runs, or was dropped before it began
		other.Want("+PONG\r\n", "PING")
	})
}
