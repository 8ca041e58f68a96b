package nethttp

import (
	"context"
	"net/http"
	"regexp"
	"time"
)

type contextKey struct{}

// Session returns the session of a request by its context. It panics where no [Sessions.Handler] is above.
func Session(ctx context.Context) *Sess {
	return ctx.Value(contextKey{}).(*Sess)
}

// What cannot be an id that the server has made is not worth asking for.
var idForm = regexp.MustCompile(`^[\w-]{43}(~[\w-]{6})?$`)

// Handler returns a handler that gives each request its session. It saves what changed before the first byte of the
// response; if that fails, Options.Error answers in place of the handler. What changes later is saved at the end, and if
// that fails the connection is cut, so that the response does not look complete.
func (s *Sessions) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := newSess(s)
		known := ""
		if cookie, err := r.Cookie(s.options.Name); err == nil && idForm.MatchString(cookie.Value) {
			known = cookie.Value
			if err := session.load(r.Context(), known); err != nil {
				s.options.Error(w, r, err)
				return
			}
		}
		r = r.WithContext(context.WithValue(r.Context(), contextKey{}, session))
		out := &response{ResponseWriter: w, request: r, session: session, known: known}
		next.ServeHTTP(out, r)
		if !out.begun {
			out.begin()
			return
		}
		if err := session.Save(r.Context()); err != nil && !out.failed {
			panic(http.ErrAbortHandler)
		}
	})
}

// response saves the session before the headers go out.
type response struct {
	http.ResponseWriter
	request *http.Request
	session *Sess
	known   string // the id that the request came with
	begun   bool
	failed  bool // the handler's own answer is dropped
}

// Unwrap serves http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if !w.begun {
		w.begin()
	}
	if !w.failed {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *response) Write(p []byte) (int, error) {
	if !w.begun {
		w.begin()
	}
	if w.failed {
		return len(p), nil // the client has another answer already
	}
	return w.ResponseWriter.Write(p)
}

// Flush serves handlers that stream.
func (w *response) Flush() {
	if !w.begun {
		w.begin()
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *response) begin() {
	w.begun = true
	if err := w.session.Save(w.request.Context()); err != nil {
		w.failed = true
		for _, header := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Etag", "Location"} {
			w.Header().Del(header)
		}
		w.session.sessions.options.Error(w.ResponseWriter, w.request, err)
		return
	}
	w.setCookie()
}

// setCookie tells the browser a new id, or to forget one. The request that made the id or ended it does so, never one
// that merely found it dead: a late answer to the old id must not take the new one away.
func (w *response) setCookie() {
	s := w.session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
	cookie := s.sessions.options.Cookie
	cookie.Name, cookie.Value, cookie.HttpOnly = s.sessions.options.Name, s.id, true
	cookie.Secure = cookie.Secure || w.request.TLS != nil
	switch {
	case s.id == "" && s.ended:
		cookie.MaxAge = -1
		cookie.Expires = time.Unix(1, 0)
	case s.id == "" || s.id == w.known:
		return
	}
	http.SetCookie(w.ResponseWriter, &cookie)
}
