//go:build unix

package upstream

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// loginMany logs in so many sessions of a principal without a limit.
func loginMany(t *testing.T, e *Engine, principal string, size int) {
	t.Helper()
	var all sync.WaitGroup
	for client := range 32 {
		all.Go(func() {
			for i := client; i < size; i += 32 {
				if err := login(e, fmt.Sprint(principal, i), principal, 0, false); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// mostPerScript returns how many commands the longest script called, of those that ran meanwhile.
func mostPerScript(t *testing.T, s *redistest.Server, meanwhile func()) (most int) {
	t.Helper()
	lines, stop := s.Monitor()
	meanwhile()
	s.Do("ECHO", "that is all")
	n := 0
	for line := range lines {
		switch {
		case strings.Contains(line, "that is all"):
			stop()
			return most
		case strings.Contains(line, " lua] "):
			n++
			most = max(most, n)
		default:
			n = 0
		}
	}
	t.Error("the server hung up")
	return most
}

// TestNoScriptTakesLong: no script calls more than some hundred commands however many sessions a principal has, and what needs more
// comes to the same.
func TestNoScriptTakesLong(t *testing.T) {
	const size, bound = 3000, 1500
	s := redistest.Serve(t)
	patient := func(o *Options) { o.Timeout = time.Minute } // who looks at thousands on a busy machine
	engines := []*Engine{connect(t, "redis://"+s.Address, patient), connect(t, "redis://"+s.Address, patient)}
	e := engines[0]
	few := func(what string, do func()) {
		t.Helper()
		if n := mostPerScript(t, s, do); n == 0 || n > bound {
			t.Errorf("%s: a script called %d commands", what, n)
		}
	}
	loginMany(t, e, "many", size)
	few("a limit that refuses", func() {
		for _, most := range []int{5, 100, store.MaxPrincipalLimit} {
			if err := login(e, "more", "many", most, false); !full(err) {
				t.Errorf("one more than %d: %v", most, err)
			}
		}
	})
	time.Sleep(5 * time.Millisecond)
	if is, err := e.TouchSession(background, now(), []byte("many7"), 0); !is || err != nil {
		t.Fatal(is, err)
	}
	few("a limit that evicts", func() {
		if err := login(e, "more", "many", 1000, true); err != nil {
			t.Error(err)
		}
	})
	ids := sessionsOf(t, e, "many")
	want(t, "live", len(ids), 1000)
	want(t, "the one that was used, and the last", fmt.Sprint(ids[0], ids[999]), "many7more")
	few("a lower limit", func() {
		if err := e.RotateSession(background, now(), []byte("more"), []byte("other"), store.RotateOptions{SetPrincipal: true, Principal: []byte("few")}); err != nil {
			t.Error(err)
		}
		if err := e.RotateSession(background, now(), []byte("other"), []byte("back"), store.RotateOptions{SetPrincipal: true, Principal: []byte("many"), PrincipalLimit: store.PrincipalLimit{Max: 2, Evict: true}}); err != nil {
			t.Error(err)
		}
	})
	want(t, "live", fmt.Sprint(sessionsOf(t, e, "many")), "[many7 back]")

	loginMany(t, e, "storm", 300)
	few("many logins at once", func() {
		var all sync.WaitGroup
		for client := range 8 {
			all.Go(func() {
				for i := range 20 {
					if err := login(engines[client%2], fmt.Sprint("storm", client, "-", i), "storm", 250, true); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	})
	want(t, "live", len(sessionsOf(t, e, "storm")), 250)

	loginMany(t, e, "ended", size)
	few("all end", func() {
		n, err := e.DestroyPrincipal(background, now(), []byte("ended"), []byte("ended1234"))
		if err != nil {
			t.Error(err)
		}
		want(t, "ended", n, size-1)
	})
	want(t, "spared", fmt.Sprint(sessionsOf(t, e, "ended")), "[ended1234]")

	loginMany(t, e, "lost", size)
	for i := range size {
		e.client.Do(background, e.client.B().Del().Key(e.names.key(fmt.Append(nil, "lost", i))).Build())
	}
	few("an index without sessions", func() {
		if err := login(e, "first", "lost", 1, false); err != nil {
			t.Error(err)
		}
	})
	want(t, "in the index", indexed(t, e, "lost"), 1)
}

// TestClockBehind: the sessions that a principal got from a server whose clock was ahead end with the others.
func TestClockBehind(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	if err := login(e, "a", "p", 0, false); err != nil {
		t.Fatal(err)
	}
	ahead := decimal((time.Now().UnixMilli() + 60_000) * 1000)
	s.Do("HSET", e.names.key([]byte("a")), "@principal", ahead+" p")
	s.Do("ZADD", indexKey([]byte("p")), ahead, e.names.key([]byte("a")))
	if n, err := e.DestroyPrincipal(background, now(), []byte("p"), nil); n != 1 || err != nil {
		t.Errorf("ended: %d, %v", n, err)
	}
	if _, err := load(e, "a"); err != store.ErrNoSession {
		t.Errorf("it is there: %v", err)
	}
	if err := login(e, "b", "p", 0, false); err != nil {
		t.Fatal(err)
	}
	want(t, "listed", fmt.Sprint(sessionsOf(t, e, "p")), "[b]")
}
