package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// TLSOptions is how connections are encrypted. Files are in PEM.
type TLSOptions struct {
	Port        int    // 0: one that is free
	CertFile    string // the server's certificate, with those between it and the authority's
	KeyFile     string // its private key
	CAFile      string // the authorities whose client certificates are believed
	AuthClients string // whether clients need a certificate: "yes", "no", or "optional", which checks those that are given
}

// TLSAuthClients are the values of TLSOptions.AuthClients.
var TLSAuthClients = []string{"yes", "no", "optional"}

// certificates is the TLS configuration in force, which ReadCertificates renews.
type certificates struct {
	options TLSOptions
	current atomic.Pointer[tls.Config]
}

// newCertificates reads the files. Its errors name the flag and the file.
func newCertificates(o TLSOptions) (*certificates, error) {
	c := &certificates{options: o}
	config, err := o.read()
	c.current.Store(config)
	return c, err
}

// Check reads the files and returns what is wrong with them.
func (o *TLSOptions) Check() error {
	_, err := o.read()
	return err
}

// read reads the files.
func (o *TLSOptions) read() (*tls.Config, error) {
	if o.CertFile == "" || o.KeyFile == "" {
		return nil, errors.New("TLS needs a certificate and its key: give --tls-cert-file and --tls-key-file")
	}
	pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert-file %s and --tls-key-file %s: %w", o.CertFile, o.KeyFile, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	switch o.AuthClients {
	case "yes":
		config.ClientAuth = tls.RequireAndVerifyClientCert
	case "optional":
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if config.ClientAuth != tls.NoClientCert {
		if o.CAFile == "" {
			return nil, errors.New("client certificates need an authority: give --tls-ca-cert-file, or --tls-auth-clients no")
		}
		text, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("--tls-ca-cert-file: %w", err)
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tls-ca-cert-file %s holds no certificate in PEM", o.CAFile)
		}
	}
	return config, nil
}

// encrypt returns a listener whose connections are encrypted.
func (s *Server) encrypt(l net.Listener) net.Listener {
	return &tlsListener{l, s.certificates, s.limits.WriteTimeout}
}

type tlsListener struct {
	net.Listener
	certificates *certificates
	writeTimeout time.Duration
}

// Accept returns a connection that has yet to shake hands.
func (l *tlsListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(newTimedSocket(nc.(*net.TCPConn), l.writeTimeout), l.certificates.current.Load()), nil
}

// shakeHands opens an encrypted connection within HandshakeTimeout; others need nothing. A stop of the server ends it.
func (s *Server) shakeHands(st *stream) error {
	defer st.greeting.Store(false)
	t, ok := st.nc.(*tls.Conn)
	if !ok {
		return nil
	}
	defer s.hurry(t, s.limits.HandshakeTimeout)()
	return t.Handshake()
}

// hurry gives all that a connection reads and writes one deadline, which a stop of the server brings forward. The
// returned function takes the deadline away, also that of a stop: replies may follow.
func (s *Server) hurry(nc net.Conn, most time.Duration) (done func()) {
	nc.SetDeadline(time.Now().Add(most))
	hurried := make(chan struct{})
	stop := context.AfterFunc(s.stopped, func() {
		defer close(hurried)
		nc.SetDeadline(past)
	})
	return func() {
		if !stop() {
			<-hurried
		}
		nc.SetDeadline(time.Time{})
	}
}

// ReadCertificates reads the certificates again and returns what puts them in force for the connections to come; nil
// where no connection is encrypted.
func (s *Server) ReadCertificates() (use func(), err error) {
	if s.certificates == nil {
		return nil, nil
	}
	config, err := s.certificates.options.read()
	if err != nil {
		return nil, err
	}
	return func() { s.certificates.current.Store(config) }, nil
}
