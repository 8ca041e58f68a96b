package nethttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessd/test/nethttp"
	"sessd/test/nethttp/goredis"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// recorder is a connection that remembers what was sent, and fails while it is told to.
type recorder struct {
	nethttp.Conn
	mu   sync.Mutex
	sent []string
	fail error
}

func (r *recorder) note(words []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, strings.Join(words, " "))
	return r.fail
}

func (r *recorder) Int(ctx context.Context, words ...string) (int64, error) {
	if err := r.note(words); err != nil {
		return 0, err
	}
	return r.Conn.Int(ctx, words...)
}

func (r *recorder) Text(ctx context.Context, words ...string) (string, error) {
	if err := r.note(words); err != nil {
		return "", err
	}
	return r.Conn.Text(ctx, words...)
}

func (r *recorder) List(ctx context.Context, words ...string) ([]any, error) {
	if err := r.note(words); err != nil {
		return nil, err
	}
	return r.Conn.List(ctx, words...)
}

// flush returns what was sent since it was last asked.
func (r *recorder) flush() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.sent
	r.sent = nil
	return sent
}

func (r *recorder) failWith(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

// site is an application of one handler, and a browser.
type site struct {
	t       *testing.T
	conn    *recorder
	server  *httptest.Server
	browser *http.Client
	act     func(w http.ResponseWriter, r *http.Request, s *nethttp.Sess) // the handler of the next request
}

func newSite(t *testing.T, options nethttp.Options) *site {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: sessdtest.Start(t).Addr, MaxRetries: -1, ReadTimeout: time.Minute})
	t.Cleanup(func() { client.Close() })
	jar, _ := cookiejar.New(nil)
	s := &site{t: t, conn: &recorder{Conn: goredis.Conn(client)}, browser: &http.Client{Jar: jar}}
	sessions := nethttp.New(s.conn, options)
	s.server = httptest.NewServer(sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.act(w, r, nethttp.Session(r.Context()))
	})))
	t.Cleanup(s.server.Close)
	return s
}

// visit makes a request, and returns the answer's status and body.
func (s *site) visit(act func(w http.ResponseWriter, r *http.Request, session *nethttp.Sess)) (int, string) {
	s.t.Helper()
	s.act = act
	response, err := s.browser.Get(s.server.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// put makes a request that sets a field.
func (s *site) put(field string, value any) {
	s.t.Helper()
	status, body := s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) { session.Put(field, value) })
	if status != http.StatusOK {
		s.t.Fatalf("put answers %d %s", status, body)
	}
}

// cookie returns the id that the browser has, empty for none.
func (s *site) cookie() string {
	request, _ := http.NewRequest("GET", s.server.URL, nil)
	for _, cookie := range s.browser.Jar.Cookies(request.URL) {
		return cookie.Value
	}
	return ""
}

func (s *site) wantSent(want ...string) {
	s.t.Helper()
	sent := s.conn.flush()
	for i := range sent {
		if id := s.cookie(); id != "" {
			sent[i] = strings.ReplaceAll(sent[i], id, "ID")
		}
	}
	if !slices.Equal(sent, want) {
		s.t.Errorf("sent %q, want %q", sent, want)
	}
}

func nothing(http.ResponseWriter, *http.Request, *nethttp.Sess) {}

func TestWhoStoresNothingHasNoSession(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		var value string
		if found, err := session.Get("lang", &value); found || err != nil {
			t.Errorf("a field of no session: %v, %v", found, err)
		}
		if found, err := session.Take(r.Context(), "flash", &value); found || err != nil {
			t.Errorf("a flash message of no session: %v, %v", found, err)
		}
		session.Put("lang", "en")
		session.Remove("lang")
		session.Rotate(r.Context(), "ann")
	})
	s.wantSent()
	if id := s.cookie(); id != "" {
		t.Errorf("the browser has the cookie %q", id)
	}
}

func TestOnlyWhatChangedIsSaved(t *testing.T) {
	s := newSite(t, nethttp.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 90 * time.Minute})
	s.put("lang", "en")
	s.wantSent(`SESS.CREATE * PX 3600000 MAXAGE 5400 FIELDS 1 lang "en"`)
	s.put("cart", map[string]int{"tea": 1})
	s.wantSent("SESS.GET ID WITHREV", `SESS.SAVE ID FIELDS 1 cart {"tea":1}`)
	s.put("lang", "en")
	s.wantSent("SESS.GET ID WITHREV")
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		session.Remove("lang")
		session.Remove("never")
		session.Put("n", 1)
	})
	s.wantSent("SESS.GET ID WITHREV", `SESS.SAVE ID UNSET 1 lang FIELDS 1 n 1`)
}

func TestAnIDThatNoServerMadeIsNotAskedFor(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	request, _ := http.NewRequest("GET", s.server.URL, nil)
	s.browser.Jar.SetCookies(request.URL, []*http.Cookie{{Name: "sid", Value: "planted"}})
	s.visit(nothing)
	if sent := s.conn.flush(); len(sent) != 0 {
		t.Errorf("sent %q", sent)
	}
}

func TestAFailedSaveAnswersInPlaceOfTheHandler(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("lang", "en")
	fails := func(w http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		s.conn.failWith(errors.New("the network is gone"))
		session.Put("lang", "de")
		w.Header().Set("Location", "/done")
		w.WriteHeader(http.StatusSeeOther)
		io.WriteString(w, "saved")
	}
	status, body := s.visit(fails)
	if status != http.StatusServiceUnavailable || strings.Contains(body, "saved") {
		t.Errorf("an answer %d %q for what was not saved", status, body)
	}
	if status, _ := s.visit(nothing); status != http.StatusServiceUnavailable {
		t.Errorf("an answer %d for a session that was not loaded", status)
	}
	s.conn.failWith(nil)
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		var lang string
		if session.Get("lang", &lang); lang != "en" {
			t.Errorf("lang is %q", lang)
		}
	})
}

func TestASaveToASessionThatEndedMeanwhile(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("lang", "en")
	old := s.cookie()
	status, body := s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		s.conn.Conn.Int(r.Context(), "SESS.DESTROY", session.ID())
		session.Put("lang", "de")
	})
	if status != http.StatusUnauthorized || !strings.Contains(body, nethttp.ErrGone.Error()) {
		t.Errorf("answers %d %q", status, body)
	}
	if id := s.cookie(); id != old {
		t.Errorf("a request that found the session dead has set the cookie to %q", id)
	}
}

func TestWhatIsPutAfterDestroyBeginsAnotherSession(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		session.Rotate(r.Context(), "ann")
		session.Put("user", "ann")
	})
	s.wantSent(`SESS.CREATE * PRINCIPAL ann FIELDS 1 user "ann"`)
	old := s.cookie()
	s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		if err := session.Destroy(r.Context()); err != nil || session.ID() != "" || session.Has("user") {
			t.Errorf("after Destroy: %v, id %q", err, session.ID())
		}
		session.Put("bye", true)
	})
	if sent, want := s.conn.flush(), []string{"SESS.GET " + old + " WITHREV", "SESS.DESTROY " + old, "SESS.CREATE * FIELDS 1 bye true"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if id := s.cookie(); id == "" || id == old {
		t.Errorf("the browser has the cookie %q", id)
	}
	s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) { session.Destroy(r.Context()) })
	if id := s.cookie(); id != "" {
		t.Errorf("the browser keeps the cookie %q", id)
	}
}

func TestADestroyThatFailedSavesNothingMore(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("lang", "en")
	s.conn.flush()
	s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		s.conn.failWith(errors.New("the network is gone"))
		if err := session.Destroy(r.Context()); err == nil {
			t.Error("Destroy succeeds")
		}
		s.conn.failWith(nil)
		session.Put("lang", "de")
	})
	s.wantSent("SESS.GET ID WITHREV", "SESS.DESTROY ID")
	if s.cookie() == "" {
		t.Error("the browser has forgotten a session that lives")
	}
}

func TestAChangeAfterTheHeaders(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("lang", "en")
	stream := func(change func(session *nethttp.Sess)) error {
		s.act = func(w http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
			io.WriteString(w, "a stream ")
			http.NewResponseController(w).Flush()
			change(session)
		}
		response, err := s.browser.Get(s.server.URL)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
		return err
	}
	s.conn.flush()
	if err := stream(func(session *nethttp.Sess) { session.Put("lang", "de") }); err != nil {
		t.Error(err)
	}
	s.wantSent("SESS.GET ID WITHREV", `SESS.SAVE ID FIELDS 1 lang "de"`)
	if err := stream(func(session *nethttp.Sess) {
		session.Destroy(context.Background())
		session.Put("late", true)
	}); err == nil {
		t.Error("a response looks complete though its session could not be told to the browser")
	}
}
