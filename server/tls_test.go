package server_test

import (
	"crypto/tls"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// encrypted starts a server with TLS and returns the address of that port.
func encrypted(t *testing.T, a *servertest.Authority, clients string, options ...servertest.Option) (*servertest.Server, string) {
	t.Helper()
	a.Issue(t, "server")
	s := servertest.Start(t, append(options, func(_ *commands.Options, o *server.Options) {
		o.TLS = &server.TLSOptions{CertFile: a.File("server.crt"), KeyFile: a.File("server.key"), CAFile: a.File("ca.crt"), AuthClients: clients}
	})...)
	return s, s.Server.Addrs()[1].String()
}

func dialTLS(addr string, config *tls.Config) (net.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", addr, config)
}

func TestTLS(t *testing.T) {
	a := servertest.NewAuthority(t)
	a.Issue(t, "client")
	other := servertest.NewAuthority(t)
	other.Issue(t, "stranger")
	client, stranger := a.Pair(t, "client"), other.Pair(t, "stranger")
	for _, test := range []struct {
		clients string
		certs   []tls.Certificate
		in      bool
	}{
		{"no", nil, true}, {"optional", nil, true}, {"yes", nil, false},
		{"yes", []tls.Certificate{client}, true}, {"optional", []tls.Certificate{client}, true},
		{"yes", []tls.Certificate{stranger}, false}, {"optional", []tls.Certificate{stranger}, false},
	} {
		_, addr := encrypted(t, a, test.clients)
		config := a.Client(t, "")
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if test.certs == nil {
				return &tls.Certificate{}, nil
			}
			return &test.certs[0], nil
		}
		nc, err := dialTLS(addr, config)
		if err != nil {
			t.Fatal(err)
		}
		c := servertest.NewConn(t, nc)
		if test.in {
			c.Want("+PONG\r\n", "PING")
			c.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1", "FIELDS", "1", "big", strings.Repeat("x", 200_000))
			if n := len(c.Do("SESS.GET", "s1")); n < 200_000 {
				t.Errorf("a large reply has %d bytes", n)
			}
			continue
		}
		nc.Write([]byte(servertest.Request("PING")))
		if n, err := nc.Read(make([]byte, 100)); err == nil {
			t.Errorf("clients %s: let in, with a reply of %d bytes", test.clients, n)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	a := servertest.NewAuthority(t)
	_, addr := encrypted(t, a, "no")
	config := a.Client(t, "")
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := dialTLS(addr, config); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestPlainOnTheTLSPort(t *testing.T) {
	_, addr := encrypted(t, servertest.NewAuthority(t), "no")
	c := servertest.Dial(t, "tcp", addr)
	c.Send(servertest.Request("PING"))
	if _, err := c.Read(make([]byte, 100)); err != nil {
		return // the handshake may fail without an alert
	}
	if _, err := c.Read(make([]byte, 100)); err == nil {
		t.Error("the connection goes on")
	}
}

func TestTLSOnThePlainPort(t *testing.T) {
	s := servertest.Start(t)
	if _, err := dialTLS(s.Addr, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("a handshake succeeded without TLS")
	}
	s.Dial(t).Want("+PONG\r\n", "PING")
}

func TestCertificatesAreReadAgain(t *testing.T) {
	a := servertest.NewAuthority(t)
	s, addr := encrypted(t, a, "no")
	before := servedCertificate(t, a, addr)
	a.Issue(t, "server")
	use, err := s.Server.ReadCertificates()
	if err != nil {
		t.Fatal(err)
	}
	use()
	renewed := servedCertificate(t, a, addr)
	if renewed == before {
		t.Error("the certificate before is still in force")
	}
	if err := os.WriteFile(a.File("server.crt"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Server.ReadCertificates(); err == nil || !strings.Contains(err.Error(), a.File("server.crt")) {
		t.Errorf("a broken file: error %v", err)
	}
	if servedCertificate(t, a, addr) != renewed {
		t.Error("a broken file changed the certificate in force")
	}
}

func servedCertificate(t *testing.T, a *servertest.Authority, addr string) string {
	t.Helper()
	nc, err := dialTLS(addr, a.Client(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	return nc.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func TestTLSFilesThatAreWrong(t *testing.T) {
	a := servertest.NewAuthority(t)
	a.Issue(t, "server")
	good := server.TLSOptions{CertFile: a.File("server.crt"), KeyFile: a.File("server.key"), CAFile: a.File("ca.crt"), AuthClients: "yes"}
	for want, change := range map[string]func(*server.TLSOptions){
		"give --tls-cert-file and --tls-key-file": func(o *server.TLSOptions) { o.KeyFile = "" },
		"--tls-cert-file /nowhere":                func(o *server.TLSOptions) { o.CertFile = "/nowhere" },
		"give --tls-ca-cert-file":                 func(o *server.TLSOptions) { o.CAFile = "" },
		"--tls-ca-cert-file: open /nowhere":       func(o *server.TLSOptions) { o.CAFile = "/nowhere" },
		"server.key holds no certificate in PEM":  func(o *server.TLSOptions) { o.CAFile = o.KeyFile },
	} {
		wrong := good
		change(&wrong)
		s := servertest.Start(t)
		srv := server.New(s.Dispatcher, server.Options{Bind: []string{"127.0.0.1"}, TLS: &wrong, MaxClients: 1})
		if err := srv.Listen(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
