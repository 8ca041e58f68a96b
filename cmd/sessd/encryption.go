package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// encryption is how a client of another server encrypts its connections. A file that is named asks for it too.
type encryption struct {
	on                        bool
	caFile, certFile, keyFile string
}

// config returns nil for connections in the clear. The names are those of the flags, for errors.
func (e *encryption) config(caName, certName, keyName string) (*tls.Config, error) {
	if !e.on && e.caFile == "" && e.certFile == "" && e.keyFile == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.caFile != "" {
		text, err := os.ReadFile(e.caFile)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", caName, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: %s has no certificate", caName, e.caFile)
		}
	}
	if e.certFile == "" && e.keyFile == "" {
		return c, nil
	}
	if e.certFile == "" || e.keyFile == "" {
		return nil, errors.New(certName + " and " + keyName + " belong together: give both")
	}
	pair, err := tls.LoadX509KeyPair(e.certFile, e.keyFile)
	if err != nil {
		return nil, fmt.Errorf("%s %s and %s %s: %w", certName, e.certFile, keyName, e.keyFile, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}
