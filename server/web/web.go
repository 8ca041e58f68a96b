package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"sessd/commands"
)

// Options is what a Server serves.
type Options struct {
	Dispatcher *commands.Dispatcher
	Log        *slog.Logger
	Ready      func() error // why the parts around are not ready; nil: nobody is asked
	Pages      http.Handler // what is at every other path; nil: nothing
}

// Server serves HTTP until it is closed.
type Server struct {
	http      http.Server
	listeners []net.Listener
	serving   sync.WaitGroup // of listeners
	answering sync.WaitGroup // of connections
}

// Bounds of requests, none of which is large, and of what one peer may hold up.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second
	answerTimeout  = 30 * time.Second
	idleTimeout    = time.Minute
	maxHeader      = 16 << 10
	maxConnections = 256
)

// New returns a server that listens nowhere yet.
func New(o Options) (*Server, error) {
	handler, err := Handler(o)
	if err != nil {
		return nil, err
	}
	s := &Server{http: http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}}
	s.http.ConnState = s.follow
	return s, nil
}

// follow counts the connections whose requests may still be answered.
func (s *Server) follow(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.answering.Add(1)
	case http.StateClosed:
		s.answering.Done()
	}
}

// Handler returns what answers requests.
func Handler(o Options) (http.Handler, error) {
	metrics, err := metricsHandler(o.Dispatcher, o.Log)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(&o); err != nil {
			say(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	if o.Pages != nil {
		mux.Handle("/", o.Pages)
	}
	return mux, nil
}

// ready returns why no requests should be sent here.
func ready(o *Options) error {
	if err := o.Dispatcher.Ready(); err != nil || o.Ready == nil {
		return err
	}
	return o.Ready()
}

// say answers with a line of text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}

// Serve serves on listeners, which it closes, and returns at once.
func (s *Server) Serve(listeners []net.Listener) {
	places := make(chan struct{}, maxConnections)
	for _, l := range listeners {
		s.listeners = append(s.listeners, l)
		s.serving.Go(func() { s.http.Serve(&limited{Listener: l, places: places}) }) // it ends with Close alone
	}
}

// Addrs returns where it listens.
func (s *Server) Addrs() []net.Addr {
	var all []net.Addr
	for _, l := range s.listeners {
		all = append(all, l.Addr())
	}
	return all
}

// Close answers what was asked, for a second at most, and closes everything. No request is being answered once it returns.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.serving.Wait()
	s.answering.Wait()
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}

// limited is a listener with a bound on the connections at the same time. One more is closed without a word.
type limited struct {
	net.Listener
	places chan struct{}
}

// Accept is part of net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.places <- struct{}{}:
			return &placed{Conn: c, leave: sync.OnceFunc(func() { <-l.places })}, nil
		default:
			c.Close()
		}
	}
}

// placed is a connection that has a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

// Close is part of net.Conn.
func (p *placed) Close() error {
	p.leave()
	return p.Conn.Close()
}
