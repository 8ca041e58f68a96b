package nethttp_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/test/nethttp"
)

var (
	cart  = nethttp.Field[map[string]int]("cart")
	flash = nethttp.Field[string]("flash")
)

// atOnce runs a function in so many goroutines, each with the session of a request of its own.
func (s *site) atOnce(n int, run func(session *nethttp.Sess)) {
	s.t.Helper()
	var requests sync.WaitGroup
	s.act = func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) { run(session) }
	for range n {
		requests.Go(func() {
			response, err := s.browser.Get(s.server.URL)
			if err != nil {
				s.t.Error(err)
				return
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				s.t.Errorf("answers %d", response.StatusCode)
			}
		})
	}
	requests.Wait()
}

func TestUpdatesAtOnceAllCount(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("cart", map[string]int{"tea": 1})
	s.atOnce(8, func(session *nethttp.Sess) {
		if _, err := cart.Update(context.Background(), session, func(items map[string]int) map[string]int {
			items["tea"]++
			return items
		}); err != nil {
			t.Error(err)
		}
	})
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		if items, found, err := cart.Get(session); !found || err != nil || items["tea"] != 9 {
			t.Errorf("the cart is %v, %v, %v", items, found, err)
		}
	})
}

// TestAFailedUpdateLeavesNothing: what its change put is not saved with the response, where it could undo what others saved.
func TestAFailedUpdateLeavesNothing(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("cart", map[string]int{"tea": 1})
	unknown := errors.New("the price is unknown")
	for _, c := range []struct{ own, sent error }{
		{unknown, nil},
		{nil, errors.New("UNCERTAIN done, and 0 of 1 replicas have it")},
		{nil, errors.New("REVISION session is at revision 7")}, // and the next read fails
	} {
		s.visit(func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
			err := session.Update(r.Context(), func() error {
				s.conn.failWith(c.sent)
				return errors.Join(session.Put("cart", map[string]int{"tea": 2}), c.own)
			})
			s.conn.failWith(nil)
			if err == nil {
				t.Errorf("%v: the update succeeds", c)
			}
			if err := session.Put("seen", true); err != nil {
				t.Error(err)
			}
		})
		s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
			items, _, err := cart.Get(session)
			seen, _, _ := nethttp.Field[bool]("seen").Get(session)
			if err != nil || items["tea"] != 1 || !seen {
				t.Errorf("%v: the cart is %v, %v, and what is put later is there: %t", c, items, err, seen)
			}
		})
	}
}

func TestOneRequestTakesAValue(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	s.put("flash", "saved")
	taken := make(chan string, 8)
	s.atOnce(8, func(session *nethttp.Sess) {
		text, found, err := flash.Take(context.Background(), session)
		if err != nil {
			t.Error(err)
		}
		if found {
			taken <- text
		}
	})
	if close(taken); len(taken) != 1 || <-taken != "saved" {
		t.Errorf("%d requests took the message", len(taken))
	}
}

func TestIncrBeginsASessionAndKeepsToItsRange(t *testing.T) {
	s := newSite(t, nethttp.Options{})
	ctx := context.Background()
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		for want := int64(1); want <= 3; want++ {
			if got, err := session.IncrIn(ctx, "attempts", 1, 0, 3); got != want || err != nil {
				t.Errorf("attempt %d: %d, %v", want, got, err)
			}
		}
		if _, err := session.IncrIn(ctx, "attempts", 1, 0, 3); !errors.Is(err, nethttp.ErrRange) {
			t.Errorf("attempt 4: %v", err)
		}
		session.Put("name", "ann")
		if _, err := session.Incr(ctx, "name", 1); err == nil {
			t.Error("a name was counted")
		}
	})
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		if all := session.Fields(); string(all["attempts"]) != "3" || string(all["name"]) != `"ann"` {
			t.Errorf("the session is %s", all)
		}
	})
}

func TestAnIDThatIsDueIsRenewed(t *testing.T) {
	s := newSite(t, nethttp.Options{RenewAfter: time.Second})
	s.put("lang", "en")
	old := s.cookie()
	for end := time.Now().Add(2 * time.Minute); s.cookie() == old; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the id is not renewed")
		}
		s.visit(nothing)
	}
	s.visit(func(_ http.ResponseWriter, _ *http.Request, session *nethttp.Sess) {
		if !session.Has("lang") {
			t.Error("the renewed session lacks a field")
		}
	})
}

func TestSessionsOfAPrincipal(t *testing.T) {
	s := newSite(t, nethttp.Options{MaxPerPrincipal: 2})
	sessions := nethttp.New(s.conn, nethttp.Options{})
	login := func(_ http.ResponseWriter, r *http.Request, session *nethttp.Sess) {
		session.Destroy(r.Context()) // forgets the cookie's, as another browser would
		if err := session.Rotate(r.Context(), "ann"); err != nil {
			t.Error(err)
		}
		session.Put("user", "ann")
	}
	s.visit(login)
	for range 3 {
		s.browser.Jar = nil
		s.visit(login)
	}
	s.conn.flush()
	ctx := context.Background()
	ids, err := sessions.List(ctx, "ann")
	if len(ids) != 2 || err != nil {
		t.Fatalf("ann has %d sessions, %v", len(ids), err)
	}
	if n, err := sessions.DestroyAll(ctx, "ann", ids[0]); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	if n, err := sessions.DestroyAll(ctx, "ann", ""); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	if sent := s.conn.flush(); !strings.HasSuffix(sent[1], " EXCEPT "+ids[0]) {
		t.Errorf("sent %q", sent)
	}
}
