package sessdtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Encrypted is a daemon that accepts connections over TLS beside those in the clear.
type Encrypted struct {
	*Daemon
	TLSAddr string      // host and port
	Config  *tls.Config // what a client believes
}

// StartEncrypted starts the daemon with a certificate that was made for it, and asks clients for none.
func StartEncrypted(t testing.TB, flags ...string) *Encrypted {
	t.Helper()
	cert, key, config := certificate(t)
	d := Start(t, append([]string{"--tls-port", "0", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"}, flags...)...)
	return &Encrypted{d, d.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0], config}
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

// certificate writes a certificate for the loopback, and its key, and returns the files and who believes it.
func certificate(t testing.TB) (certFile, keyFile string, config *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config = &tls.Config{RootCAs: x509.NewCertPool()}
	dir := t.TempDir()
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(dir, name)
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if kind == "CERTIFICATE" {
			config.RootCAs.AppendCertsFromPEM(text)
		}
		return path
	}
	return write("server.crt", "CERTIFICATE", der), write("server.key", "PRIVATE KEY", private), config
}
