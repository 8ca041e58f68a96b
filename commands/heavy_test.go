package commands_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

// large is an engine whose steps over many keys begin, and then wait for a word.
type large struct {
	*memory.Engine
	begun, release chan struct{}
	running, most  atomic.Int64
}

func newLarge() *large {
	return &large{Engine: memory.New(memory.Options{Keyspaces: 1}), begun: make(chan struct{}, 100), release: make(chan struct{})}
}

func (l *large) wait() {
	n := l.running.Add(1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
	l.begun <- struct{}{}
	<-l.release
	l.running.Add(-1)
}

// Scan implements store.Keys.
func (l *large) Scan(ctx context.Context, op store.Op, at uint64, o store.ScanOptions, visit func(key []byte)) (uint64, error) {
	if o.Count > 1000 {
		l.wait()
	}
	return l.Engine.Scan(ctx, op, at, o, visit)
}

// Delete implements store.Keys.
func (l *large) Delete(ctx context.Context, op store.Op, keys [][]byte) (int, error) {
	if len(keys) > 100 {
		l.wait()
	}
	return l.Engine.Delete(ctx, op, keys)
}

// ManySessions implements store.Estimator.
func (l *large) ManySessions(_ store.Op, principal []byte) bool { return string(principal) == "many" }

// PrincipalSessions implements store.Sessions.
func (l *large) PrincipalSessions(ctx context.Context, op store.Op, principal []byte) ([][]byte, error) {
	if string(principal) == "many" {
		l.wait()
	}
	return l.Engine.PrincipalSessions(ctx, op, principal)
}

// onLarge runs a test on a server with one loop over such an engine.
func onLarge(t *testing.T, test func(t *testing.T, s *servertest.Server, l *large)) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		l := newLarge()
		test(t, servertest.Start(t, driver, func(o *commands.Options, so *server.Options) { o.Engine, so.IOThreads = l, 1 }), l)
	})
}

// manyKeys are so many that a request with them runs beside the loop.
func manyKeys() []string {
	words := []string{"DEL"}
	for i := range 600 {
		words = append(words, fmt.Sprint("k", i))
	}
	return words
}

// TestBigRequestsHoldNobodyUp on their loop, and are answered in order.
func TestBigRequestsHoldNobodyUp(t *testing.T) {
	onLarge(t, func(t *testing.T, s *servertest.Server, l *large) {
		c, other := s.Dial(t), s.Dial(t)
		c.Want(ok, "SET", "k1", "v")
		for _, big := range []struct {
			words []string
			want  string
		}{
			{[]string{"KEYS", "*"}, "*1\r\n$2\r\nk1\r\n"},
			{[]string{"SCAN", "0", "COUNT", "1000000"}, "*2\r\n$1\r\n0\r\n*1\r\n$2\r\nk1\r\n"},
			{[]string{"SESS.SCAN", "0", "MATCH", "*", "count", "1000000"}, "*2\r\n$1\r\n0\r\n*0\r\n"},
			{[]string{"SESS.LIST", "many"}, "*0\r\n"},
			{manyKeys(), one},
		} {
			c.Send(servertest.Request("GET", "k1") + servertest.Request(big.words...) + servertest.Request("EXISTS", "k1"))
			<-l.begun
			other.Want("$-1\r\n", "GET", "other")
			l.release <- struct{}{}
			after := one
			if big.words[0] == "DEL" {
				after = ":0\r\n"
			}
			for _, want := range []string{"$1\r\nv\r\n", big.want, after} {
				if got := c.Reply(); got != want {
					t.Errorf("%s: got %q, want %q", big.words[0], got, want)
				}
			}
		}
		c.Send(servertest.Request("CLIENT", "REPLY", "SKIP") + servertest.Request("KEYS", "*") + servertest.Request("PING"))
		<-l.begun
		l.release <- struct{}{}
		if got := c.Reply(); got != "+PONG\r\n" {
			t.Errorf("got %q", got)
		}
	})
}

// TestBigRequestsRunFewAtOnce: the others wait for their turn, and one whose client has reset its connection does not read.
func TestBigRequestsRunFewAtOnce(t *testing.T) {
	onLarge(t, func(t *testing.T, s *servertest.Server, l *large) {
		limit := max(1, runtime.GOMAXPROCS(0)/2)
		var all []*servertest.Conn
		for i := range limit + 4 {
			c := s.Dial(t)
			c.Send(servertest.Request("KEYS", "*"))
			all = append(all, c)
			waitParked(s, i+1)
		}
		for range limit {
			<-l.begun
		}
		all[limit+1].Conn.(*net.TCPConn).SetLinger(0)
		all[limit+1].Close()
		waitParked(s, limit+3)
		s.Dial(t).Want("+PONG\r\n", "PING")
		for range limit + 3 {
			l.release <- struct{}{}
		}
		for i, c := range all {
			if i == limit+1 {
				continue
			}
			if got := c.Reply(); got != "*0\r\n" {
				t.Errorf("got %q", got)
			}
		}
		if most := l.most.Load(); most != int64(limit) {
			t.Errorf("%d ran at once, want %d", most, limit)
		}
		waitParked(s, 0)
	})
}

// TestBigReplyEndsAtTheOutputLimit while it is written, and closes the connection.
func TestBigReplyEndsAtTheOutputLimit(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver, func(_ *commands.Options, so *server.Options) {
			so.Limits.Output = server.OutputLimits{{Hard: 1 << 20}}
		})
		c := s.Dial(t)
		for i := range 3000 {
			c.Want(ok, "SET", fmt.Sprint(strings.Repeat("k", 500), i), "")
		}
		c.Send(servertest.Request("KEYS", "*"))
		c.WantClosed()
	})
}
