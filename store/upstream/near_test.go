//go:build unix

package upstream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// dump is all that is known of a session.
func dump(r *record) string {
	if r == nil {
		return "none"
	}
	var b strings.Builder
	b.WriteString(r.meta)
	for i := range r.len() {
		f := r.at(i)
		fmt.Fprintf(&b, " %s.%s=%s", f.component, f.name, f.value)
	}
	return b.String()
}

// TestOwnChangesStayAtHand: after each change what is at hand is what the upstream has, and nobody has to ask for it.
func TestOwnChangesStayAtHand(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address, func(o *Options) { o.Limits = store.Limits{SessionFields: 12, SessionBytes: 300} })
	linked(t, e)
	r := rand.New(rand.NewPCG(1, 2))
	word := func() []byte { return fmt.Append(nil, []string{"a", "b", "c", "n", "m"}[r.IntN(5)]) }
	component := func() []byte { return [][]byte{nil, []byte("shop"), []byte("x:1")}[r.IntN(3)] }
	alive := map[string]bool{}
	for i := range 600 {
		id := []byte([]string{"one", "two", "three"}[r.IntN(3)])
		var err error
		what := []string{"save", "save", "save", "save if", "incr", "append", "take", "clear", "touch", "expire", "persist", "destroy"}[r.IntN(12)]
		if !alive[string(id)] {
			what = "create"
		}
		switch what {
		case "create":
			c := store.CreateOptions{IdleTimeout: int64(r.IntN(2)) * 600_000, AbsoluteTimeout: int64(r.IntN(2)) * 900_000, Fields: [][]byte{word(), word(), word(), word()}}
			if r.IntN(2) == 0 {
				c.Principal = []byte("ann \x00 smith")
			}
			err = e.CreateSession(background, now(), id, c)
		case "save", "save if":
			change := store.SaveOptions{Component: component(), Fields: [][]byte{word(), bytes.Repeat(word(), r.IntN(40))}, Bound: what == "save if", Revision: int64(i % 9)}
			if name := word(); r.IntN(3) == 0 && !slices.ContainsFunc(change.Fields, func(f []byte) bool { return bytes.Equal(f, name) }) {
				change.Unset = [][]byte{name}
			}
			_, err = e.SaveSession(background, now(), id, change)
		case "incr":
			_, err = e.IncrSession(background, now(), id, store.IncrOptions{Component: component(), Field: []byte("number"), Delta: 3, Min: -100, Max: 100})
		case "append":
			_, err = e.AppendSession(background, now(), id, store.AppendOptions{Component: component(), Field: word(), Value: word(), MaxLength: r.IntN(8)})
		case "take":
			err = e.TakeSession(background, now(), id, component(), [][]byte{word(), word()}, nothing{})
		case "clear":
			_, err = e.ClearSession(background, now(), id, component())
		case "touch":
			_, err = e.TouchSession(background, now(), id, int64(r.IntN(2))*700_000)
		case "expire":
			_, err = e.Expire(background, now(), id, store.ExpireOptions{At: now().Now + 500_000})
		case "persist":
			_, err = e.Persist(background, now(), id)
		case "destroy":
			_, err = destroy(e, string(id))
		}
		alive[string(id)] = what != "destroy"
		atHand := dump(e.cache.peek(string(id), e.now(now().Now)))
		r, _, asked := e.ask(background, e.now(now().Now), e.names.key(id))
		if upstream := dump(r); atHand != upstream || asked != nil {
			t.Fatalf("step %d: after %s (%v) of %s at hand and upstream (%v):\n%s\n%s", i, what, err, id, asked, atHand, upstream)
		}
	}
	if !e.cache.linked.Load() || e.cache.era.Load() > 2 {
		t.Error("the link was lost meanwhile")
	}
}

// clock is how often scripts asked for the time: all do but a save of what is at hand.
func clock(s *redistest.Server) (calls int) {
	_, rest, _ := strings.Cut(s.Do("INFO", "commandstats"), "cmdstat_time:calls=")
	fmt.Sscan(strings.ReplaceAll(rest, ",", " "), &calls)
	return calls
}

// everySecond is how often two engines may have asked for the time because they do each second.
func everySecond(since time.Time) int { return 2 * (1 + int(time.Since(since)/time.Second)) }

// TestSaveOfWhatIsAtHand leaves the work to this side, unless somebody else changed the session or its principal was ended.
func TestSaveOfWhatIsAtHand(t *testing.T) {
	s := redistest.Serve(t)
	e, other := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, e, other)
	create(t, e, "s", "x", "0")
	e.ended(background, "p", 1<<60) // its stamp is known
	before, begun := clock(s), time.Now()
	for i := range 20 {
		if err := save(e, "s", "x", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		want(t, "value", value(e, "s", "x"), fmt.Sprint(i))
	}
	if asked, most := clock(s)-before, 3+everySecond(begun); asked > most {
		t.Errorf("20 saves asked for the time %d times, want %d at most", asked, most)
	}
	want(t, "as another reads it", value(other, "s", "x"), "19")
	known := e.reckon(now(), e.names.key([]byte("s")), &store.SaveOptions{}, edit{pairs: []string{":x", "late"}})
	if known.base.state == "" {
		t.Fatal("a save of what is at hand is not reckoned")
	}
	if _, err := other.DestroyPrincipal(background, now(), []byte("p"), nil); err != nil {
		t.Fatal(err)
	}
	s.Do(append([]string{"HSET", e.names.key([]byte("s"))}, known.base.metaPairs()...)...) // as if it had come back
	want(t, "a save of a session that was ended", fmt.Sprint(save(e, "s", "x", "late")), store.ErrNoSession.Error())
	want(t, "upstream", s.Do("EXISTS", e.names.key([]byte("s"))), "0")
}

// TestChangeRightBehindOwn: a change by another that the server makes together with one of ours, before it or behind it, is told, though
// ours are not.
func TestChangeRightBehindOwn(t *testing.T) {
	s := redistest.Serve(t)
	p := newProxy(t, s.Address)
	e := connect(t, "redis://"+s.Address, func(o *Options) { o.linkTo = p.listener.Addr().String() })
	other := connect(t, "redis://"+s.Address, func(o *Options) { o.NearCache = 0 })
	linked(t, e)
	create(t, e, "s", "x", "0")
	if err := save(e, "s", "x", "1"); err != nil { // the server has the script now
		t.Fatal(err)
	}
	era := e.cache.era.Load()
	for i := range 20 {
		own, foreign := fmt.Sprint("own ", i), fmt.Sprint("foreign ", i)
		ownFirst := i%2 == 0
		if !ownFirst {
			p.hush(true)
			if err := save(other, "s", "y", foreign); err != nil {
				t.Fatal(err)
			}
		}
		p.hush(true)
		saved := make(chan error)
		go func() { saved <- save(e, "s", "x", own) }()
		redistest.Until(t, "the server has our change", func() bool { return value(other, "s", "x") == own })
		if ownFirst {
			if err := save(other, "s", "y", foreign); err != nil {
				t.Fatal(err)
			}
		}
		p.hush(false)
		if err := <-saved; err != nil {
			t.Fatal(err)
		}
		want(t, "our own change", value(e, "s", "x"), own)
		redistest.Until(t, "the other's change is seen", func() bool { return value(e, "s", "y") == foreign })
		want(t, "our own change beside it", value(e, "s", "x"), own)
	}
	want(t, "eras", e.cache.era.Load(), era)
}

// TestEvicted: a server does not tell of keys that it evicts to make room for our own write. They are noticed all the same.
func TestEvicted(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	linked(t, e)
	create(t, e, "victim", "x", "1")
	s.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	s.Do("CONFIG", "SET", "maxmemory", "3mb")
	for i := 0; s.Do("EXISTS", e.names.key([]byte("victim"))) == "1"; i++ {
		if i == 1000 {
			t.Fatal("it is not evicted")
		}
		create(t, e, fmt.Sprint("other ", i), "x", strings.Repeat("x", 20_000))
	}
	redistest.Until(t, "what was evicted is not served", func() bool { return value(e, "victim", "x") == noSession })
}
