package server

import (
	"net"
	"sync/atomic"
	"time"

	"sessd/server/resp"
)

// Limits are the bounds at the door beside Options.MaxClients and Options.ProtoMaxBulkLen. Zero stands for the default.
type Limits struct {
	QueryBuffer  int64         // bytes of an unfinished request
	Output       OutputLimits  // of replies that a client does not read
	ClientMemory ClientMemory  // of all these buffers together; over it the fattest clients are closed
	CommandWords int           // words of one request, its name included
	InlineSize   int64         // bytes of an inline request, or of a line that announces a length
	Timeout      time.Duration // for a client to say something; 0: it need not
	KeepAlive    time.Duration // after which a connection that says nothing is probed; negative: never
	FrameTimeout time.Duration // for a request to arrive whole
	AuthTimeout  time.Duration // for a client to authenticate, where it must
	WriteTimeout time.Duration // for a client to take some bytes of its replies, or to send some

	HandshakeTimeout time.Duration // for a client to finish the TLS handshake
}

// DefaultLimits are Redis's where it has such a limit.
var DefaultLimits = Limits{
	QueryBuffer: 1 << 30,
	Output: OutputLimits{
		{Hard: 1 << 30}, // a reply may be as large as the largest value, and then some
		{256 << 20, 64 << 20, 60}, {32 << 20, 8 << 20, 60},
	},
	ClientMemory: 4 << 30,
	CommandWords: 1 << 20,
	InlineSize:   64 << 10,
	KeepAlive:    300 * time.Second,
	FrameTimeout: time.Minute,
	AuthTimeout:  time.Minute,
	WriteTimeout: 5 * time.Minute,

	HandshakeTimeout: 10 * time.Second,
}

// unauthOutput is how many bytes of replies a client that must authenticate and has not may leave unread, those in the kernel
// included.
const unauthOutput = 4 << 10

// Limits that only share the work out.
const (
	flushAt     = 64 << 10 // replies are sent when so many bytes of them wait, though more requests do too
	parkedQuery = 1 << 20  // bytes of requests that wait behind one that is answered later
)

// minOutput is the smallest effective hard limit in bytes, as in Redis. A smaller one would let nobody in to change it.
const minOutput = 16 << 10

// minQueryBuffer is the least that CONFIG SET takes.
const minQueryBuffer = 1 << 20

// limits are the bounds in force. Those that CONFIG SET may change are read anew for every use.
type limits struct {
	Limits
	maxClients      atomic.Int64
	protoMaxBulkLen atomic.Int64
	queryBuffer     atomic.Int64
	outputs         atomic.Pointer[OutputLimits]
	clientMemory    atomic.Int64 // a ClientMemory
	timeout         atomic.Int64 // seconds
	keepAlive       atomic.Int64 // seconds
	protected       atomic.Bool  // without a password only this machine may connect
}

// fill gives limits that are 0 their default.
func (l *Limits) fill() {
	fallBack(&l.QueryBuffer, DefaultLimits.QueryBuffer)
	fallBack(&l.Output, DefaultLimits.Output)
	fallBack(&l.ClientMemory, DefaultLimits.ClientMemory)
	fallBack(&l.CommandWords, DefaultLimits.CommandWords)
	fallBack(&l.InlineSize, DefaultLimits.InlineSize)
	fallBack(&l.KeepAlive, DefaultLimits.KeepAlive)
	fallBack(&l.FrameTimeout, DefaultLimits.FrameTimeout)
	fallBack(&l.AuthTimeout, DefaultLimits.AuthTimeout)
	fallBack(&l.WriteTimeout, DefaultLimits.WriteTimeout)
	fallBack(&l.HandshakeTimeout, DefaultLimits.HandshakeTimeout)
}

// newLimits returns the limits of options, which it fills.
func newLimits(o *Options) *limits {
	o.fill()
	l := &limits{Limits: o.Limits}
	l.apply(o)
	return l
}

// apply puts in force what CONFIG SET may change.
func (l *limits) apply(o *Options) {
	outputs := o.Limits.Output
	l.maxClients.Store(o.MaxClients)
	l.protoMaxBulkLen.Store(o.ProtoMaxBulkLen)
	l.queryBuffer.Store(o.Limits.QueryBuffer)
	l.outputs.Store(&outputs)
	l.clientMemory.Store(int64(o.Limits.ClientMemory))
	l.protected.Store(!o.Unprotected)
	l.timeout.Store(int64(o.Limits.Timeout / time.Second))
	l.keepAlive.Store(max(0, int64(o.Limits.KeepAlive/time.Second)))
}

func fallBack[T comparable](p *T, otherwise T) {
	if *p == *new(T) {
		*p = otherwise
	}
}

// probes returns how a connection that says nothing is found out to be dead.
func (l *limits) probes() net.KeepAliveConfig {
	const most = 32767 // seconds that the kernel takes
	after := min(l.keepAlive.Load(), most)
	return net.KeepAliveConfig{
		Enable: after > 0, Idle: time.Duration(after) * time.Second, Interval: time.Duration(max(1, after/3)) * time.Second, Count: 3,
	}
}

// request returns the limits on a request.
func (l *limits) request(authenticated bool) resp.Limits {
	r := resp.Limits{Words: l.CommandWords, Bulk: l.protoMaxBulkLen.Load(), Line: int(l.InlineSize), Inline: int(l.InlineSize)}
	if !authenticated {
		r.Unauthenticated, r.Inline = true, min(r.Inline, resp.UnauthenticatedBulk)
	}
	return r
}

// words returns how many words a request may have.
func (l *limits) words(authenticated bool) int {
	if authenticated {
		return l.CommandWords
	}
	return min(l.CommandWords, resp.UnauthenticatedWords)
}

// flush returns how many bytes of replies are gathered before they are sent.
func flush(authenticated bool) int {
	if authenticated {
		return flushAt
	}
	return unauthOutput / 4
}

// resolution returns how often deadlines are looked at, in milliseconds: often enough for the shortest of them.
func (l *limits) resolution() int64 {
	return max(10, min(l.WriteTimeout, l.FrameTimeout, l.AuthTimeout, 2*time.Second).Milliseconds()/8)
}
