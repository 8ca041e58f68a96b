package server

import (
	"sync/atomic"
	"time"
)

// limits are the bounds at the door, named as Redis names them. Those that CONFIG SET may change are read anew for
// every use. Bytes unless said otherwise.
type limits struct {
	maxClients       atomic.Int64  // connections
	protoMaxBulkLen  atomic.Int64  // one argument
	maxQueryBuffer   atomic.Int64  // an unfinished request
	maxOutputBuffer  atomic.Int64  // replies that a client does not read
	timeout          atomic.Int64  // seconds for which a client may say nothing; 0: for ever
	protected        atomic.Bool   // without a password only this machine may connect
	writeTimeout     time.Duration // for a client to take some bytes of its replies
	frameTimeout     time.Duration // for a request to arrive whole
	authTimeout      time.Duration // for a client to authenticate
	maxCommandWords  int           // words of one request, its name included
	maxInline        int           // an inline request, or a line that announces a length
	unauthBulkLen    int64         // one argument before AUTH
	unauthWords      int           // words of one request before AUTH
	flushAt          int           // replies are sent when so many bytes of them wait, though more requests do too
	parkedQueryBytes int           // requests that wait behind one that answers later
}

const (
	defaultQueryBuffer  = 1 << 30 // as in Redis
	defaultOutputBuffer = 1 << 30
	minQueryBuffer      = 1 << 20
)

func newLimits(o Options) *limits {
	l := &limits{
		maxCommandWords: 1 << 20, maxInline: 64 << 10, unauthBulkLen: 16 << 10, unauthWords: 10, flushAt: 64 << 10, parkedQueryBytes: 1 << 20,
		writeTimeout: 30 * time.Second, frameTimeout: time.Minute, authTimeout: time.Minute,
	}
	l.protected.Store(!o.Unprotected)
	l.maxClients.Store(int64(o.MaxClients))
	l.protoMaxBulkLen.Store(o.ProtoMaxBulkLen)
	l.maxQueryBuffer.Store(defaultQueryBuffer)
	l.maxOutputBuffer.Store(defaultOutputBuffer)
	return l
}

// resolution returns how often deadlines are looked at, in milliseconds: often enough for the shortest of them.
func (l *limits) resolution() int64 {
	return max(10, min(l.writeTimeout, l.frameTimeout, l.authTimeout, 2*time.Second).Milliseconds()/8)
}
