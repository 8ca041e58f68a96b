package security

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// encrypted starts the daemon with a port for TLS and returns that port's address.
func encrypted(t *testing.T, a *servertest.Authority, flags ...string) (d *sessdtest.Daemon, addr string) {
	t.Helper()
	d = sessdtest.Start(t, append([]string{
		"--tls-port", "0", "--tls-cert-file", a.File("server.crt"), "--tls-key-file", a.File("server.key"), "--tls-ca-cert-file", a.File("ca.crt"),
	}, flags...)...)
	return d, d.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0]
}

func TestRedisCLIWithAClientCertificate(t *testing.T) {
	a, stranger := servertest.NewAuthority(t), servertest.NewAuthority(t)
	a.Issue(t, "server")
	a.Issue(t, "client")
	stranger.Issue(t, "client")
	d, addr := encrypted(t, a)
	cli := func(certificate *servertest.Authority, words ...string) string {
		flags := []string{"--tls", "--cacert", a.File("ca.crt")}
		if certificate != nil {
			flags = append(flags, "--cert", certificate.File("client.crt"), "--key", certificate.File("client.key"))
		}
		return redisCLI(t, addr, append(flags, words...)...)
	}
	wantLine(t, cli(a, "SESS.CREATE", "s1", "FIELDS", "1", "lang", "en"), "s1")
	wantLine(t, cli(a, "-3", "--json", "SESS.GET", "s1"), `{"lang":"en"}`)
	for _, certificate := range []*servertest.Authority{nil, stranger} {
		if got := cli(certificate, "SESS.GET", "s1"); got == "" || got == "lang\nen" {
			t.Errorf("without a certificate of the authority redis-cli printed %q", got)
		}
	}
	d.Dial(t).Want("*2\r\n$4\r\nlang\r\n$2\r\nen\r\n", "SESS.GET", "s1") // the plain port is another door to the same
}

// dialTLS opens a connection and returns the certificate that the daemon shows.
func dialTLS(t *testing.T, addr string, config *tls.Config) (*servertest.Conn, *x509.Certificate) {
	t.Helper()
	nc, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	return servertest.NewConn(t, nc), nc.ConnectionState().PeerCertificates[0]
}

func TestHangupReadsCertificatesAgain(t *testing.T) {
	a := servertest.NewAuthority(t)
	first := a.Issue(t, "server")
	a.Issue(t, "client")
	d, addr := encrypted(t, a)
	early, shown := dialTLS(t, addr, a.Client(t, "client"))
	if !shown.Equal(first) {
		t.Error("the daemon shows another certificate than its file holds")
	}

	second := a.Issue(t, "server")
	d.Signal(syscall.SIGHUP)
	d.WaitFor("read again.*certificates=true")
	late, shown := dialTLS(t, addr, a.Client(t, "client"))
	if !shown.Equal(second) {
		t.Error("after SIGHUP the daemon shows the certificate before")
	}
	late.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1")
	early.Want(":1\r\n", "EXISTS", "s1") // connections stay

	if err := os.WriteFile(a.File("server.crt"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Signal(syscall.SIGHUP)
	d.WaitFor("nothing read again.*" + a.File("server.crt"))
	if _, shown = dialTLS(t, addr, a.Client(t, "client")); !shown.Equal(second) {
		t.Error("a file that holds no certificate changed the one in force")
	}
}

func TestPlainPortCanBeOff(t *testing.T) {
	a := servertest.NewAuthority(t)
	a.Issue(t, "server")
	p := sessdtest.Launch(t, nil, "--port", "off", "--tls-port", "0", "--tls-cert-file", a.File("server.crt"), "--tls-key-file", a.File("server.key"), "--tls-auth-clients", "no")
	addr := p.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0]
	conn, _ := dialTLS(t, addr, a.Client(t, ""))
	conn.Want("*2\r\n$4\r\nport\r\n$1\r\n0\r\n", "CONFIG", "GET", "port")
	_, port, _ := net.SplitHostPort(addr)
	if info := conn.Do("INFO", "server"); !strings.Contains(info, "\r\ntcp_port:"+port+"\r\n") {
		t.Errorf("want tcp_port %s in %s", port, info)
	}
}

func TestTLSFilesThatAreMissing(t *testing.T) {
	p := sessdtest.Launch(t, nil, "--port", "0", "--tls-port", "0")
	if code, _ := p.Wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	p.WaitFor("TLS needs a certificate and its key: give --tls-cert-file and --tls-key-file")
}
