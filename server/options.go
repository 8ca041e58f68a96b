package server

import (
	"io/fs"
	"log/slog"
	"net"
	"runtime"

	"sessd/server/netio"
	"sessd/store"
)

// The defaults are Redis's.
const (
	DefaultPort            = 6379
	DefaultMaxClients      = 10000
	DefaultProtoMaxBulkLen = 512 << 20
	MinProtoMaxBulkLen     = 1 << 20
)

// PortOff is the port of a server that does not listen for TCP.
const PortOff = -1

// DefaultOptions returns the options of a daemon that was told nothing.
func DefaultOptions() Options {
	return Options{
		Bind: DefaultBind, UnixSocketPerm: DefaultUnixSocketPerm, Port: DefaultPort, MaxClients: DefaultMaxClients, ProtoMaxBulkLen: DefaultProtoMaxBulkLen,
		IOThreads: runtime.GOMAXPROCS(0), IOUring: true, Limits: DefaultLimits, TLS: defaultTLS(),
	}
}

func defaultTLS() *TLSOptions { return &TLSOptions{Port: PortOff, AuthClients: TLSAuthClients[0]} }

// fill gives what options leave out its default.
func (o *Options) fill() {
	o.Limits.fill()
	if o.TLS == nil {
		o.TLS = defaultTLS()
	}
	if o.UnixSocketPerm == 0 {
		o.UnixSocketPerm = DefaultUnixSocketPerm
	}
}

// Sockets are listeners that a service manager opened. Those of a kind take the place of what the options say about it. The
// server closes them when it stops, which ends nothing while the manager has them too.
type Sockets struct {
	Plain []net.Listener // of *net.TCPListener, in place of Bind and Port
	TLS   []net.Listener // of *net.TCPListener, in place of Bind and the port for TLS
	Unix  []net.Listener // in place of UnixSocket
}

// Options is how a Server begins.
type Options struct {
	Bind            []string    // addresses to listen on for TCP, as ParseBind returns them
	Port            int         // 0: one that is free; or PortOff
	TLS             *TLSOptions // nil, or with PortOff: no encrypted connections
	Unprotected     bool        // other machines may connect though no password is asked for
	UnixSocket      string      // path; empty: none
	UnixSocketPerm  fs.FileMode // who may connect to it; 0: DefaultUnixSocketPerm
	Sockets         Sockets     // that are open already
	MaxClients      int64       // connections
	ProtoMaxBulkLen int64       // bytes of one argument
	IOThreads       int         // event loops, where the system has them; 0: GOMAXPROCS
	Limits          Limits      // the others; the zero value is the default
	Streams         bool        // a goroutine for each connection, instead of event loops
	IOUring         bool        // event loops send many replies with one call, where the system lets them

	Log   *slog.Logger // nil: silent
	Clock *store.Clock // nil: a new one

	io      netio.IO // nil: the system's own
	balance *balance // nil: the usual one
}
