package importer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"

	"sessd/commands/dump/rdb"
)

// Server is a target that speaks the protocol of Redis.
type Server struct {
	conn     redis.Conn
	replace  bool
	database int
	waiting  []func(error)
	bytes    int
}

// What is sent before answers are read.
const (
	batchKeys  = 1000
	batchBytes = 1 << 20
)

// Login is how a client makes itself known.
type Login struct {
	User, Password string
	TLS            *tls.Config // nil: in the clear
}

// Dial connects to HOST:PORT or unix:PATH.
func Dial(addr string, l Login, replace bool) (*Server, error) {
	network, addr := "tcp", addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	var options []redis.DialOption
	if l.User != "" {
		options = append(options, redis.DialUsername(l.User))
	}
	if l.Password != "" {
		options = append(options, redis.DialPassword(l.Password))
	}
	if l.TLS != nil {
		options = append(options, redis.DialUseTLS(true), redis.DialTLSConfig(l.TLS))
	}
	conn, err := redis.Dial(network, addr, options...)
	if err == nil {
		_, err = conn.Do("PING")
	}
	if err != nil {
		return nil, err
	}
	return &Server{conn: conn, replace: replace}, nil
}

// Close ends the connection.
func (s *Server) Close() error { return s.conn.Close() }

// Put is part of Target. Where the server is a Redis whose fields cannot expire, the key is there without that, and an error.
func (s *Server) Put(e *rdb.Entry, done func(error)) error {
	if e.Database != s.database {
		if err := s.Flush(); err != nil {
			return err
		}
		if _, err := s.conn.Do("SELECT", e.Database); err != nil {
			done(err)
			return alive(err)
		}
		s.database = e.Database
	}
	payload := rdb.Encode(e.Value)
	words := redis.Args{e.Key, e.Expiry, payload, "ABSTTL"}
	if s.replace {
		words = words.Add("REPLACE")
	}
	restored := error(nil)
	ends := fieldEnds(e.Value)
	last := func(err error) {
		if restored != nil {
			err = restored
		}
		done(err)
	}
	if len(ends) == 0 {
		s.send(last, len(payload), "RESTORE", words)
	} else {
		s.send(func(err error) { restored = err }, len(payload), "RESTORE", words)
	}
	for i, end := range ends {
		then := last
		if i < len(ends)-1 {
			then = func(err error) { restored = errors.Join(restored, err) }
		}
		s.send(then, len(end.field), "HPEXPIREAT", redis.Args{e.Key, end.at, "FIELDS", 1, end.field})
	}
	if len(s.waiting) >= batchKeys || s.bytes >= batchBytes {
		return s.Flush()
	}
	return nil
}

// send adds a request, whose answer done is told.
func (s *Server) send(done func(error), size int, name string, words redis.Args) {
	s.waiting = append(s.waiting, done)
	s.bytes += size
	_ = s.conn.Send(name, words...) // the connection keeps the error
}

// Flush is part of Target.
func (s *Server) Flush() error {
	if len(s.waiting) == 0 {
		return nil
	}
	if err := s.conn.Flush(); err != nil {
		return err
	}
	waiting := slices.Clone(s.waiting)
	s.waiting, s.bytes = s.waiting[:0], 0
	for _, done := range waiting {
		_, err := s.conn.Receive()
		if fatal := alive(err); fatal != nil {
			return fatal
		}
		if err != nil && strings.HasPrefix(err.Error(), "BUSYKEY") {
			err = ErrExists
		}
		done(err)
	}
	return nil
}

// alive returns an error unless it is what the server has answered.
func alive(err error) error {
	if answer := redis.Error(""); err == nil || errors.As(err, &answer) {
		return nil
	}
	return fmt.Errorf("the connection to the server failed: %w", err)
}

// fieldEnd is when a field of a hash ends.
type fieldEnd struct {
	field []byte
	at    int64
}

// fieldEnds returns the fields of a hash that end.
func fieldEnds(v *rdb.Value) (ends []fieldEnd) {
	for i, at := range v.Expiries {
		if at > 0 {
			ends = append(ends, fieldEnd{v.Texts[2*i], at})
		}
	}
	return ends
}
