package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// authority signs certificates for a test.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	a := &authority{dir: t.TempDir(), pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = a.sign(t, "ca", template)
	a.pool.AddCert(a.cert)
	return a
}

// sign writes NAME.crt and NAME.key; the first certificate is signed by itself.
func (a *authority) sign(t *testing.T, name string, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(a.dir, name+suffix), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// issue signs a certificate for this machine and returns it as a client has it.
func (a *authority) issue(t *testing.T, name string) tls.Certificate {
	t.Helper()
	a.sign(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	pair, err := tls.LoadX509KeyPair(a.file(name+".crt"), a.file(name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// encrypted starts a server with TLS and returns the address of that port.
func encrypted(t *testing.T, a *authority, clients string) (*servertest.Server, string) {
	t.Helper()
	a.issue(t, "server")
	s := servertest.Start(t, func(_ *commands.Options, o *server.Options) {
		o.TLS = &server.TLSOptions{CertFile: a.file("server.crt"), KeyFile: a.file("server.key"), CAFile: a.file("ca.crt"), AuthClients: clients}
	})
	return s, s.Server.Addrs()[1].String()
}

func dialTLS(addr string, config *tls.Config) (net.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", addr, config)
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	client := a.issue(t, "client")
	stranger := newAuthority(t).issue(t, "stranger")
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
		nc, err := dialTLS(addr, &tls.Config{RootCAs: a.pool, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if test.certs == nil {
				return &tls.Certificate{}, nil
			}
			return &test.certs[0], nil
		}})
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
	a := newAuthority(t)
	_, addr := encrypted(t, a, "no")
	if _, err := dialTLS(addr, &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestPlainOnTheTLSPort(t *testing.T) {
	_, addr := encrypted(t, newAuthority(t), "no")
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
	a := newAuthority(t)
	s, addr := encrypted(t, a, "no")
	before := servedCertificate(t, a, addr)
	a.issue(t, "server")
	if err := s.Server.ReloadCertificates(); err != nil {
		t.Fatal(err)
	}
	renewed := servedCertificate(t, a, addr)
	if renewed == before {
		t.Error("the certificate before is still in force")
	}
	if err := os.WriteFile(a.file("server.crt"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Server.ReloadCertificates(); err == nil || !strings.Contains(err.Error(), a.file("server.crt")) {
		t.Errorf("a broken file: error %v", err)
	}
	if servedCertificate(t, a, addr) != renewed {
		t.Error("a broken file changed the certificate in force")
	}
}

func servedCertificate(t *testing.T, a *authority, addr string) string {
	t.Helper()
	nc, err := dialTLS(addr, &tls.Config{RootCAs: a.pool})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	return nc.(*tls.Conn).ConnectionState().PeerCertificates[0].SerialNumber.String()
}

func TestTLSFilesThatAreWrong(t *testing.T) {
	a := newAuthority(t)
	a.issue(t, "server")
	good := server.TLSOptions{CertFile: a.file("server.crt"), KeyFile: a.file("server.key"), CAFile: a.file("ca.crt"), AuthClients: "yes"}
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
		srv := server.New(s.System, server.Options{Bind: []string{"127.0.0.1"}, TLS: &wrong, MaxClients: 1})
		if err := srv.Listen(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
