// Package nethttp keeps the sessions of net/http applications in sessd, over any Redis client behind [Conn].
//
//	sessions := nethttp.New(goredis.Conn(client), nethttp.Options{})
//	http.ListenAndServe(addr, sessions.Handler(mux))
//
//	s := nethttp.Session(r.Context())
//	err := s.Put("lang", "en")
//
// Each field travels as JSON of its own. The first byte of a response waits for a save of the fields that changed,
// and of no others. Who stores nothing has no session. The package needs the standard library alone and is made to be
// copied: this folder, and the one of the client.
package nethttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Conn sends commands to sessd. Each method sends the words of one command and returns its reply as one kind.
// Every Conn is safe for concurrent use.
type Conn interface {
	Int(ctx context.Context, words ...string) (int64, error)
	Text(ctx context.Context, words ...string) (string, error)
	// List returns an array, or nil for null. An element is nil, a string or []byte, an int64, a nested []any, or a map
	// with string or any keys.
	List(ctx context.Context, words ...string) ([]any, error)
}

// Errors of sessions.
var (
	ErrGone    = errors.New("the session has ended")
	ErrChanged = errors.New("the session was changed meanwhile")
	ErrRange   = errors.New("the number would leave its range")
	errLate    = errors.New("the headers are sent, the browser cannot be told the session id: save before streaming")
)

// Options configure sessions. The zero value is useful.
type Options struct {
	Name            string        // of the cookie; "sid" where empty
	Cookie          http.Cookie   // more of its attributes; Path "/" and SameSite Lax where unset. It is always HttpOnly
	IdleTimeout     time.Duration // 0: the server's own
	AbsoluteTimeout time.Duration // in whole seconds; 0: the server's own
	RenewAfter      time.Duration // in whole seconds; how long an id is used; 0: for as long as its session lives
	MaxPerPrincipal int           // sessions of one principal at once; the oldest make room; 0: any number
	// Grace is how long the old id works after a rotation; 0 means a second, and a negative one not at all. Whoever
	// knows the old id shares that time.
	Grace time.Duration
	// Error answers a request whose session could not be loaded or saved; nil is a plain answer with StatusOf(err).
	Error func(w http.ResponseWriter, r *http.Request, err error)
}

// Sessions are the sessions of one application.
type Sessions struct {
	conn    Conn
	options Options
}

// New returns the sessions behind a connection.
func New(conn Conn, options Options) *Sessions {
	if options.Name == "" {
		options.Name = "sid"
	}
	if options.Cookie.Path == "" {
		options.Cookie.Path = "/"
	}
	if options.Cookie.SameSite == 0 {
		options.Cookie.SameSite = http.SameSiteLaxMode
	}
	if options.Grace == 0 {
		options.Grace = time.Second
	}
	if options.Error == nil {
		options.Error = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), StatusOf(err))
		}
	}
	return &Sessions{conn, options}
}

// StatusOf returns the HTTP status that an error of a session deserves: 401, 409, 422, or 503 for what is between here
// and sessd.
func StatusOf(err error) int {
	switch {
	case errors.Is(err, ErrGone):
		return http.StatusUnauthorized
	case errors.Is(err, ErrChanged):
		return http.StatusConflict
	case errors.Is(err, ErrRange):
		return http.StatusUnprocessableEntity
	}
	return http.StatusServiceUnavailable
}

// List returns the ids of the live sessions of a principal.
func (s *Sessions) List(ctx context.Context, principal string) ([]string, error) {
	reply, err := s.conn.List(ctx, "SESS.LIST", principal)
	ids := make([]string, len(reply))
	for i := range reply {
		ids[i], _ = text(reply[i])
	}
	return ids, err
}

// DestroyAll ends every session of a principal but the one named except, if that is not empty. It returns how many.
func (s *Sessions) DestroyAll(ctx context.Context, principal, except string) (int64, error) {
	words := []string{"SESS.DESTROYALL", principal}
	if except != "" {
		words = append(words, "EXCEPT", except)
	}
	return s.conn.Int(ctx, words...)
}

// explain returns the package's own error for what the server said.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(err.Error(), "NOSESSION"):
		return ErrGone
	case strings.HasPrefix(err.Error(), "REVISION"):
		return ErrChanged
	case strings.Contains(err.Error(), "would overflow"):
		return ErrRange
	}
	return err
}
