package console

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"
)

// callTimeout bounds one command of a page.
const callTimeout = 5 * time.Second

// link is a connection to the server over which commands go one after the other.
type link struct {
	mu   sync.Mutex
	conn redis.Conn
}

// call is one command.
type call []any

// words makes a call of words.
func words(all ...string) call {
	c := make(call, len(all))
	for i, word := range all {
		c[i] = word
	}
	return c
}

// do runs a command.
func (l *link) do(all ...string) (any, error) {
	replies, err := l.pipeline(words(all...))
	if err != nil {
		return nil, err
	}
	if failed, is := replies[0].(redis.Error); is {
		return nil, failed
	}
	return replies[0], nil
}

// pipeline runs commands in one go. Their errors are among the replies; that of pipeline is of the connection.
func (l *link) pipeline(calls ...call) ([]any, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range calls {
		if err := l.conn.Send(c[0].(string), c[1:]...); err != nil {
			return nil, err
		}
	}
	if err := l.conn.Flush(); err != nil {
		return nil, err
	}
	replies := make([]any, len(calls))
	for i := range replies {
		reply, err := l.conn.Receive()
		if failed := redis.Error(""); errors.As(err, &failed) {
			reply, err = failed, nil
		}
		if err != nil {
			return nil, err
		}
		replies[i] = reply
	}
	return replies, nil
}

func (l *link) close() { l.conn.Close() }

// broken reports whether the connection has ended.
func (l *link) broken() bool { return l.conn.Err() != nil }

// pipe is a connection inside the process whose peer is a browser.
type pipe struct {
	net.Conn
	peer net.Addr
}

// RemoteAddr is part of net.Conn.
func (p pipe) RemoteAddr() net.Addr { return p.peer }

// newLink returns a connection that serve answers, as if its peer had dialled.
func newLink(serve func(net.Conn), peer net.Addr) *link {
	ours, theirs := net.Pipe()
	if peer == nil {
		peer = theirs.RemoteAddr()
	}
	go serve(pipe{theirs, peer})
	return &link{conn: redis.NewConn(ours, callTimeout, callTimeout)}
}
