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

// calls is how often a server ran a command.
func calls(s *redistest.Server, command string) (n int) {
	_, rest, _ := strings.Cut(s.Do("INFO", "commandstats"), "cmdstat_"+command+":calls=")
	number, _, _ := strings.Cut(rest, ",")
	fmt.Sscan(number, &n)
	return n
}

// together makes changes at one time: the gathering is held until all of them wait.
func together(t *testing.T, g *gathering, n int, change func(i int)) {
	t.Helper()
	if g == nil {
		t.Fatal("nothing gathers changes")
	}
	g.mu.Lock()
	g.flights++ // as if a call were under way
	g.mu.Unlock()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { change(i) })
	}
	redistest.Until(t, "the changes wait for each other", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.waiting) == n
	})
	g.land()
	all.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights != 0 || len(g.waiting) != 0 {
		t.Errorf("%d calls are under way, and %d changes wait", g.flights, len(g.waiting))
	}
}

// gatheringFor is what gathers the changes of a session.
func gatheringFor(e *Engine, id string) *gathering {
	return e.link.Load().gatherings.Load().of(e.names.key([]byte(id)))
}

// gatherAll saves in many sessions at one time.
func gatherAll(t *testing.T, e *Engine, n int, value string) {
	t.Helper()
	together(t, gatheringFor(e, "s0"), n, func(i int) {
		if err := save(e, fmt.Sprint("s", i), "x", value); err != nil {
			t.Errorf("save %d: %v", i, err)
		}
	})
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
		gatherAll(t, e, n, fmt.Sprint(round))
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
	gatherAll(t, e, n, "1")
	g := e.link.Load().gatherings.Load().whole
	saves := make([]*gathered, n)
	for i := range saves {
		change := edit{pairs: []string{":x", "2"}}
		k := e.reckon(now(), key(i), &store.SaveOptions{}, change)
		saves[i] = &gathered{key: key(i), args: []string{"2", k.base.state, k.next.state, ":x", "2"}, next: k.next}
	}
	s.Do("DEL", key(1))
	s.Do("DEL", key(2))
	s.Do("SET", key(2), "no session")
	s.Do("HSET", key(3), "@state", "9 9 9 0 1 1 0")
	flags, err := e.askGathered(g, saves)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "which were made", flags, "10x01")
	want(t, "a session that is gone", s.Do("EXISTS", key(1)), "0")
	want(t, "another's value", s.Do("GET", key(2)), "no session")
	want(t, "another's change", s.Do("HGET", key(3), ":x"), "1")
	want(t, "what was made", s.Do("HGET", key(4), ":x"), "2")
}

// TestGatheredChanges makes, saves and ends sessions in one call, and all is as if each were alone.
func TestGatheredChanges(t *testing.T) {
	s := redistest.Serve(t)
	e, other := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, e, other)
	options := store.CreateOptions{IdleTimeout: 600_000, AbsoluteTimeout: 500_000, RenewAfter: 300_000, Fields: words("x", "1", "y", "2", "x", "3")}
	make := func(id string) error { return e.CreateSession(background, now(), []byte(id), options) }
	name := func(i int) string { return fmt.Sprint("s", i) }
	const n = 9
	for i := range n {
		if i%3 > 0 {
			want(t, "create", make(name(i)), nil)
		}
	}
	want(t, "create by another", other.CreateSession(background, now(), []byte(name(6)), options), nil)
	called := calls(s, "evalsha") + calls(s, "eval")
	together(t, gatheringFor(e, "s0"), n, func(i int) {
		switch i % 3 {
		case 0:
			if err := make(name(i)); i == 6 && err != store.ErrSessionExists || i != 6 && err != nil {
				t.Errorf("create %d: %v", i, err)
			}
		case 1:
			if err := save(e, name(i), "x", "4"); err != nil {
				t.Errorf("save %d: %v", i, err)
			}
		case 2:
			if gone, err := destroy(e, name(i)); gone != 1 || err != nil {
				t.Errorf("destroy %d: %d, %v", i, gone, err)
			}
		}
	})
	if more := calls(s, "evalsha") + calls(s, "eval") - called; more > 6 { // of a server that has to learn, and with two for the one that is there
		t.Errorf("%d changes took %d calls", n, more)
	}
	for i := range n {
		want(t, "as another reads it", value(other, name(i), "x"), []string{"3", "4", noSession}[i%3])
		key := e.names.key([]byte(name(i)))
		if i%3 == 2 {
			want(t, "what is destroyed", s.Do("EXISTS", key), "0")
			continue
		}
		if i == 6 {
			continue
		}
		r := e.cache.peek(name(i), e.now(now().Now))
		upstream, _, err := e.ask(background, 0, key)
		if err != nil || r == nil {
			t.Fatalf("session %d: %v, at hand %v", i, err, r != nil)
		}
		want(t, "as the upstream has it", dump(upstream), dump(r))
		want(t, "its end", s.Do("PEXPIRETIME", key), decimal(r.expires))
	}
	for i := 0; i < n; i += 3 {
		want(t, "a save by another", save(other, name(i), "y", "theirs"), nil)
		redistest.Until(t, "a change of what was made is told", func() bool { return value(e, name(i), "y") == "theirs" })
	}
}

// TestGatheredInCluster gathers by server, whatever the slots are. A key that lies on another server is left alone, and what another
// has changed behind a save is not taken for the save's.
func TestGatheredInCluster(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	a, b := connect(t, "redis-cluster://"+c.Addresses), connect(t, "redis-cluster://"+c.Addresses)
	linked(t, a, b)
	for _, tag := range []string{"bench0", "aaaaaa", "-_09zZ", "123456"} {
		id := "x~" + tag
		slot := c.Servers[0].Do("CLUSTER", "KEYSLOT", a.names.key([]byte(id)))
		want(t, "slot", fmt.Sprint(slotOf(a.names.key([]byte(id)))), slot)
	}
	g := gatheringFor(a, "s0")
	var ids []string
	away := ""
	for i := 0; len(ids) < 12 || away == ""; i++ {
		id := fmt.Sprint("s", i)
		if gatheringFor(a, id) == g {
			ids = append(ids, id)
		} else {
			away = id
		}
	}
	make := func(id string) error {
		return a.CreateSession(background, now(), []byte(id), store.CreateOptions{IdleTimeout: 600_000, Fields: words("x", "0")})
	}
	together(t, g, len(ids), func(i int) { want(t, "create", make(ids[i]), nil) })
	want(t, "create", make(away), nil)
	for round := range 2 {
		together(t, g, len(ids), func(i int) { want(t, "save", save(a, ids[i], "x", fmt.Sprint(round)), nil) })
		for _, id := range ids {
			want(t, "at hand", a.cache.peek(id, a.now(now().Now)) != nil, true)
			want(t, "own read", value(a, id, "x"), fmt.Sprint(round))
			redistest.Until(t, "another is told", func() bool { return value(b, id, "x") == fmt.Sprint(round) })
		}
	}
	for _, id := range ids {
		want(t, "a save by another", save(b, id, "x", "theirs"), nil)
		redistest.Until(t, "another's change is told", func() bool { return value(a, id, "x") == "theirs" })
	}

	changeOf := func(id string) *gathered {
		key := a.names.key([]byte(id))
		k := a.reckon(now(), key, &store.SaveOptions{}, edit{pairs: []string{":x", "9"}})
		return &gathered{key: key, args: []string{"2", k.base.state, k.next.state, ":x", "9"}, next: k.next}
	}
	changes := []*gathered{changeOf(ids[0]), changeOf(away), changeOf(ids[1])}
	made, err := a.askGathered(g, changes)
	want(t, "which were made", fmt.Sprint(made, err), "1x1<nil>")
	want(t, "what lies on another server", value(b, away, "x"), "0")
	redistest.Until(t, "another is told of what was made", func() bool { return value(b, ids[1], "x") == "9" })

	_, err = a.askPartly(g, changeOf(ids[2]), "of another")
	want(t, "what another changed behind it", fmt.Sprint(a.cache.peek(ids[2], a.now(now().Now)) == nil, err), "true <nil>")

	if _, err := a.askGathered(g, changes[1:2]); err != nil {
		t.Error(err)
	}
	want(t, "a server that refuses all of a call", g.offUntil.Load() > 0, true)
	want(t, "a save then", save(a, ids[3], "x", "alone"), nil)
	redistest.Until(t, "another is told", func() bool { return value(b, ids[3], "x") == "alone" })
}

// askPartly has the words of a server read that has made a save, and has the session in a state by now.
func (e *Engine) askPartly(g *gathering, change *gathered, state string) (string, error) {
	answer, err := g.client.Do(background, g.client.B().Eval().Script("return '1'").Numkeys(0).Build()).ToMessage()
	if err != nil {
		return "", err
	}
	changes := []*gathered{change}
	return e.readGathered(g, changes, changes, answer, []string{state})
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
	hmget, deleted, begun := calls(s, "hmget"), calls(s, "time"), time.Now()
	n, err = destroy(e, "s")
	want(t, "destroy", fmt.Sprint(n, err), "1 <nil>")
	want(t, "calls of the quick script", calls(s, "hmget")-hmget, 1)
	if more := calls(s, "time") - deleted; more > everySecond(begun) {
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

// TestGatheredEnds: ends that wait for replicas share one WAIT, and all of them are uncertain where the replica has none.
func TestGatheredEnds(t *testing.T) {
	s := redistest.StartSentinels(t, 1)
	url := "redis-sentinel://" + s.Addresses + "/" + redistest.MasterName
	engines := []*Engine{connect(t, url), connect(t, url, hasty)}
	linked(t, engines...)
	primary, replica := s.Servers[0], s.Servers[1]
	const n = 7
	name := func(i int) string { return fmt.Sprint("s", i) }
	key := func(i int) string { return engines[0].names.key([]byte(name(i))) }
	for round, e := range engines {
		g := gatheringFor(e, "s0").ends
		for i := range n {
			want(t, "create", e.CreateSession(background, now(), []byte(name(i)), store.CreateOptions{Fields: words("x", "1")}), nil)
		}
		if round == 1 {
			redistest.Until(t, "the replica has it all", func() bool {
				return offset(primary, "master_repl_offset") == offset(replica, "slave_repl_offset")
			})
			replica.Stop()
		}
		waited := calls(primary, "wait")
		together(t, g, n, func(i int) {
			ended, err := destroy(e, name(i))
			if round == 0 && !(ended == 1 && err == nil) || round == 1 && !uncertain(err) {
				t.Errorf("round %d, destroy %d: %d, %v", round, i, ended, err)
			}
		})
		if more := calls(primary, "wait") - waited; more > 4 { // of a server that has to learn the script, and a replica that takes longer than a glance
			t.Errorf("%d ends waited %d times", n, more)
		}
		for i := range n {
			want(t, "upstream", primary.Do("EXISTS", key(i)), "0")
			want(t, "here", value(e, name(i), "x"), noSession)
		}
	}
	replica.Continue()

	// One that is another by now stays, and the others end.
	e := engines[0]
	g := gatheringFor(e, "s0").ends
	changes := make([]*gathered, 2)
	for i := range changes {
		redistest.Until(t, "it is made", func() bool {
			create(t, e, name(i), "x", "2")
			return e.cache.peek(name(i), e.now(now().Now)) != nil
		})
		changes[i] = &gathered{key: key(i), args: []string{"destroy", e.cache.peek(name(i), e.now(now().Now)).state}}
	}
	changes[0].args[1] += "0"
	flags := ""
	redistest.Until(t, "the replica follows again", func() (done bool) {
		words, err := e.askGathered(g, changes)
		flags += words + ";"
		return err == nil
	})
	want(t, "which ended", strings.HasPrefix(flags, "01;"), true)
	want(t, "upstream", primary.Do("EXISTS", key(0))+primary.Do("EXISTS", key(1)), "10")
}

// TestBusyEnds: an end that waits for replicas goes at once where it is alone, and with others where there were others lately.
func TestBusyEnds(t *testing.T) {
	g := &gathering{replicas: 1}
	want(t, "alone", len(g.join(&gathered{})), 1)
	g.land()
	g.departed = time.Now().Add(time.Hour) // so that the pause takes long
	want(t, "alone again", len(g.join(&gathered{})), 1)
	g.land()
	g.departed, g.busy = time.Now().Add(time.Hour), time.Now().Add(time.Hour)
	first, second := &gathered{}, &gathered{}
	want(t, "with others lately", len(g.join(first)), 0)
	want(t, "with it", len(g.join(second)), 0)
	g.resume()
	want(t, "behind the pause", len((<-first.told).leads), 2)
	g.land()
	want(t, "calls under way", g.flights, 0)
}
