package sessdtest

import (
	"crypto/tls"
	"net"
	"testing"

	"sessd/server/servertest"
)

// Encrypted is a daemon that accepts connections over TLS beside those in the clear.
type Encrypted struct {
	*Daemon
	TLSAddr string // host and port
	CAFile  string
	Config  *tls.Config // what a client believes
}

// StartEncrypted starts the daemon with a certificate that was made for it, and asks clients for none.
func StartEncrypted(t testing.TB, flags ...string) *Encrypted {
	t.Helper()
	a := servertest.NewAuthority(t)
	a.Issue(t, "server")
	d := Start(t, append([]string{"--tls-port", "0", "--tls-cert-file", a.File("server.crt"), "--tls-key-file", a.File("server.key"), "--tls-auth-clients", "no"}, flags...)...)
	return &Encrypted{d, d.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0], a.File("ca.crt"), a.Client(t, "")}
}

// Doors runs a test over each port: the one in the clear, which event loops serve where there are such, and the one for TLS,
// where each connection is a stream. dial opens a connection to what stands at an address, the daemon's or another.
func (e *Encrypted) Doors(t *testing.T, test func(t *testing.T, addr string, dial func(addr string) (net.Conn, error))) {
	t.Run("plain", func(t *testing.T) {
		test(t, e.Addr, func(addr string) (net.Conn, error) { return net.Dial("tcp", addr) })
	})
	t.Run("tls", func(t *testing.T) { test(t, e.TLSAddr, e.DialTLS) })
}

// DialTLS opens an encrypted connection, handshake included, to what stands at an address.
func (e *Encrypted) DialTLS(addr string) (net.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", addr, e.Config)
}
