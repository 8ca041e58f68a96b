//go:build unix

package upstream

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sessd/store"
	"sessd/test/redistest"
)

// calls is how often a server ran a command.
func calls(s *redistest.Server, command string) (n int) {
	_, rest, _ := strings.Cut(s.Do("INFO", "commandstats"), "cmdstat_"+command+":calls=")
	number, _, _ := strings.Cut(rest, ",")
	fmt.Sscan(number, &n)
	return n
}

// gatherAll saves in many sessions at one time: the gathering is held until all but the first wait.
func gatherAll(t *testing.T, e *Engine, n int, value string, failing map[int]string) {
	t.Helper()
	g := e.link.Load().gathering
	if g == nil {
		t.Fatal("nothing gathers saves")
	}
	g.mu.Lock()
	g.flights++ // as if a call were under way
	g.mu.Unlock()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if got := fmt.Sprint(save(e, fmt.Sprint("s", i), "x", value)); got != "<nil>" && got != failing[i] || got == "<nil>" && failing[i] != "" {
				t.Errorf("save %d: %s, want %q", i, got, failing[i])
			}
		})
	}
	redistest.Until(t, "the saves wait for each other", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.waiting) == n
	})
	g.land()
	all.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights != 0 || len(g.waiting) != 0 {
		t.Errorf("%d calls are under way, and %d saves wait", g.flights, len(g.waiting))
	}
}

// TestGatheredSaves makes saves of several sessions in one call, each as if it were alone, and is told of later changes by others.
func TestGatheredSaves(t *testing.T) {
	s := redistest.Serve(t)
	e, other := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, e, other)
	e.ended(background, "p", 1<<60) // its stamp is known
	const n = mostGathered - 1
	for i := range n {
		create(t, e, fmt.Sprint("s", i), "x", "0", "y", "0")
	}
	for round := range 3 { // the server has to learn the script in the first
		executed, called := calls(s, "exec"), calls(s, "evalsha")
		gatherAll(t, e, n, fmt.Sprint(round), nil)
		if more := calls(s, "evalsha") - called; more > 1 {
			t.Errorf("%d saves took %d calls", n, more)
		}
		if more := calls(s, "exec") - executed; more > 2 {
			t.Errorf("%d saves took %d transactions", n, more)
		}
		for i := range n {
			want(t, "own read", value(e, fmt.Sprint("s", i), "x"), fmt.Sprint(round))
			want(t, "read by another", value(other, fmt.Sprint("s", i), "x"), fmt.Sprint(round))
		}
	}
	for i := range n {
		if err := save(other, fmt.Sprint("s", i), "y", "theirs"); err != nil {
			t.Fatal(err)
		}
	}
	redistest.Until(t, "another's changes are told", func() bool {
		for i := range n {
			if value(e, fmt.Sprint("s", i), "y") != "theirs" {
				return false
			}
		}
		return true
	})
}

// TestGatheredSavesFail: what stands in the way of one save leaves the others alone.
func TestGatheredSavesFail(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	linked(t, e)
	e.ended(background, "p", 1<<60) // its stamp is known
	const n = 5
	for i := range n {
		create(t, e, fmt.Sprint("s", i), "x", "0")
	}
	key := func(i int) string { return e.names.key([]byte(fmt.Sprint("s", i))) }
	gatherAll(t, e, n, "1", nil)
	g := e.link.Load().gathering
	saves := make([]*gathered, n)
	for i := range saves {
		change := edit{pairs: []string{":x", "2"}}
		saves[i] = &gathered{key: key(i), pairs: change.pairs, known: e.reckon(now(), key(i), &store.SaveOptions{}, change)}
	}
	s.Do("DEL", key(1))
	s.Do("DEL", key(2))
	s.Do("SET", key(2), "no session")
	s.Do("HSET", key(3), "@state", "9 9 9 0 1 1 0")
	flags, err := e.askGathered(g.client, saves)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "which were made", flags, "10001")
	want(t, "a session that is gone", s.Do("EXISTS", key(1)), "0")
	want(t, "another's value", s.Do("GET", key(2)), "no session")
	want(t, "another's change", s.Do("HGET", key(3), ":x"), "1")
	want(t, "what was made", s.Do("HGET", key(4), ":x"), "2")
}

// TestQuickCreateAndDestroy: a session without a principal is created and ended without the long scripts, and others see the same.
func TestQuickCreateAndDestroy(t *testing.T) {
	s := redistest.Serve(t)
	e, other := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, e, other)
	options := store.CreateOptions{IdleTimeout: 600_000, AbsoluteTimeout: 500_000, UninitializedTimeout: 400_000, RenewAfter: 300_000, Fields: words("x", "1", "y", "2", "x", "3")}
	slow := options
	slow.Principal = []byte("p")
	make := func(id string, o store.CreateOptions) string {
		return fmt.Sprint(e.CreateSession(background, now(), []byte(id), o))
	}
	hmget := calls(s, "hmget")
	want(t, "create", make("s", options), "<nil>")
	want(t, "calls of the long script", calls(s, "hmget")-hmget, 0)
	want(t, "create again", make("s", options), store.ErrSessionExists.Error())
	r := e.cache.peek("s", e.now(now().Now))
	want(t, "as kept", r != nil && r.count == 2 && r.bytes == 4 && r.until-r.created == 500_000 && r.fresh-r.created == 400_000 && r.expires == r.fresh && r.renew == 300_000, true)
	upstream, _, err := e.ask(background, 0, e.names.key([]byte("s")))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "as the upstream has it", dump(upstream), dump(r))
	want(t, "its end", s.Do("PEXPIRETIME", e.names.key([]byte("s"))), decimal(r.expires))
	want(t, "as another reads it", value(other, "s", "x"), "3")

	// One that somebody else has changed takes the long way.
	if err := save(other, "s", "x", "4"); err != nil {
		t.Fatal(err)
	}
	n, err := destroy(e, "s")
	want(t, "destroy", fmt.Sprint(n, err), "1 <nil>")
	want(t, "create with a principal", make("bound", slow), "<nil>")
	n, err = destroy(e, "bound")
	want(t, "destroy with a principal", fmt.Sprint(n, err), "1 <nil>")
	want(t, "sessions of it", s.Do("ZCARD", indexKey([]byte("p"))), "0")

	want(t, "create once more", make("s", options), "<nil>")
	handle := e.cache.peek("s", e.now(now().Now)).handle
	hmget, deleted := calls(s, "hmget"), calls(s, "time")
	n, err = destroy(e, "s")
	want(t, "destroy", fmt.Sprint(n, err), "1 <nil>")
	want(t, "calls of the quick script", calls(s, "hmget")-hmget, 1)
	if more := calls(s, "time") - deleted; more > 1 { // the server is asked each second, too
		t.Errorf("a destroy asked for the time %d times", more)
	}
	want(t, "upstream", s.Do("EXISTS", e.names.key([]byte("s"))), "0")
	want(t, "a tombstone", e.dead.holds(e.names.key([]byte("s")), &record{created: 1 << 60, handle: handle}), true)
	n, err = destroy(e, "s")
	want(t, "destroy again", fmt.Sprint(n, err), "0 <nil>")

	// Aliases end with their session.
	want(t, "create for a rotation", make("s", options), "<nil>")
	if err := e.RotateSession(background, now(), []byte("s"), []byte("t"), store.RotateOptions{Grace: 60_000}); err != nil {
		t.Fatal(err)
	}
	want(t, "by its alias", value(e, "t", "x")+value(e, "s", "x"), "33")
	n, err = destroy(e, "t")
	want(t, "destroy", fmt.Sprint(n, err), "1 <nil>")
	want(t, "the alias", s.Do("EXISTS", e.names.key([]byte("s"))), "0")
}
