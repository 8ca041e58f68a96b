package faults

import (
	"io"
	"net"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// TestHandshakesNeverFinished: a third of the clients says nothing, a third begins a record and stops, and a third sends
// all of a greeting and leaves what the daemon answers to it unread.
func TestHandshakesNeverFinished(t *testing.T) {
	d := sessdtest.StartEncrypted(t, "--tls-handshake-timeout", "1s")
	plain := d.Dial(t)
	nc, err := d.DialTLS(d.TLSAddr)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := servertest.NewConn(t, nc)
	encrypted.Want("+PONG\r\n", "PING")
	before := d.Figures(plain)
	openAndLeave(t, d, plain, encrypted)
	settled(t, d.Daemon, plain, before, 1<<30) // the runtime keeps memory for the next ones
	before = d.Figures(plain)
	openAndLeave(t, d, plain, encrypted)
	settled(t, d.Daemon, plain, before, 256<<20) // with the race detector; it is a small part of that without
}

// openAndLeave opens connections to the TLS port and waits until the daemon has closed each, while two other clients and a
// new one are served.
func openAndLeave(t *testing.T, d *sessdtest.Encrypted, plain, encrypted *servertest.Conn) {
	t.Helper()
	const clients = 1000
	greeting := recordedGreeting(t, d)
	var all []net.Conn
	for i := range clients {
		nc := silent(t, d.TLSAddr)
		all = append(all, nc)
		if _, err := io.WriteString(nc, []string{"", greeting[:10], greeting}[i%3]); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			plain.Want("+PONG\r\n", "PING")
			encrypted.Want("+PONG\r\n", "PING")
		}
	}
	plain.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1", "FIELDS", "1", "lang", "en")
	encrypted.Want("*2\r\n$4\r\nlang\r\n$2\r\nen\r\n", "SESS.GET", "s1")
	late, err := d.DialTLS(d.TLSAddr)
	if err != nil {
		t.Fatal(err)
	}
	servertest.NewConn(t, late).Want(":1\r\n", "SESS.DESTROY", "s1")
	late.Close()

	for i, nc := range all {
		nc.SetReadDeadline(time.Now().Add(patience))
		_, err := io.Copy(io.Discard, nc)
		if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Fatalf("client %d is still connected", i)
		}
	}
	encrypted.Want("+PONG\r\n", "PING")
}

// recordedGreeting returns the first record that a client sends to open an encrypted connection.
func recordedGreeting(t *testing.T, d *sessdtest.Encrypted) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go d.DialTLS(l.Addr().String()) // fails when the connection is closed below
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	header := make([]byte, 5)
	if _, err := io.ReadFull(nc, header); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, int(header[3])<<8|int(header[4]))
	if _, err := io.ReadFull(nc, rest); err != nil {
		t.Fatal(err)
	}
	return string(header) + string(rest)
}
