//go:build unix

package upstream

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// connect opens an engine as a daemon has it, but that it waits for long where nothing else is asked for.
func connect(t *testing.T, url string, change ...func(*Options)) *Engine {
	t.Helper()
	e, err := tryToConnect(t, url, change...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func tryToConnect(t *testing.T, url string, change ...func(*Options)) (*Engine, error) {
	t.Helper()
	o := Options{
		URL: url, Timeout: longest, MaxStale: longest, Connections: 2, NearCache: 1 << 20, Replicas: Auto, Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
	}
	for _, one := range change {
		one(&o)
	}
	e, err := New(o)
	if err != nil {
		return nil, err
	}
	if err := e.Connect(); err != nil {
		e.Close()
		return nil, err
	}
	t.Cleanup(func() { e.Close() })
	return e, nil
}

// hasty is for tests in which an upstream does not answer.
func hasty(o *Options) { o.Timeout = 2 * time.Second }

// testLog writes to the log of a test that fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func now() store.Op { return store.Op{Now: time.Now().UnixMilli()} }

// bagMap collects a bag.
type bagMap struct {
	revision int64
	fields   map[string]string
}

func (b *bagMap) Bag(revision int64, _ int) { b.revision, b.fields = revision, map[string]string{} }
func (b *bagMap) Field(name, value []byte, found bool) {
	if found {
		b.fields[string(name)] = string(value)
	}
}

// load returns a session's global bag.
func load(e *Engine, id string) (map[string]string, error) { return loadAt(e, now(), id) }

func loadAt(e *Engine, at store.Op, id string) (map[string]string, error) {
	var b bagMap
	err := e.LoadSession(background, at, []byte(id), store.LoadOptions{}, &b)
	return b.fields, err
}

// value returns a field, or the error.
func value(e *Engine, id, name string) string {
	fields, err := load(e, id)
	if err != nil {
		return "error: " + err.Error()
	}
	return fields[name]
}

func create(t *testing.T, e *Engine, id string, pairs ...string) {
	t.Helper()
	if err := e.CreateSession(background, now(), []byte(id), store.CreateOptions{IdleTimeout: 600_000, AbsoluteTimeout: 3_600_000, Principal: []byte("p"), Fields: words(pairs...)}); err != nil {
		t.Fatal(err)
	}
}

func save(e *Engine, id string, pairs ...string) error {
	_, err := e.SaveSession(background, now(), []byte(id), store.SaveOptions{Fields: words(pairs...)})
	return err
}

func destroy(e *Engine, id string) (int, error) {
	return e.DestroySessions(background, now(), [][]byte{[]byte(id)})
}

func words(texts ...string) [][]byte {
	all := make([][]byte, len(texts))
	for i, text := range texts {
		all[i] = []byte(text)
	}
	return all
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// linked waits until what is cached may be served.
func linked(t *testing.T, engines ...*Engine) {
	t.Helper()
	for _, e := range engines {
		redistest.Until(t, "the engine is linked", func() bool { return e.cache.linked.Load() })
	}
}

// atHand waits until sessions are served from the near cache, and no change of the past can take them out of it any more: a link that
// is checked later has told of all of them before it answers.
func atHand(t *testing.T, e *Engine, ids ...string) {
	t.Helper()
	asked := e.local()
	redistest.Until(t, "the links have told of all changes", func() bool { return e.cache.confirmed.Load() > asked })
	for _, id := range ids {
		redistest.Until(t, id+" is at hand", func() bool {
			load(e, id)
			return e.LoadSession(store.Immediate(), now(), []byte(id), store.LoadOptions{}, nothing{}) == nil
		})
	}
}

func uncertain(err error) bool {
	var u *store.UncertainError
	return errors.As(err, &u)
}

func unavailable(err error) bool {
	var u *store.UnavailableError
	return errors.As(err, &u)
}

const noSession = "error: no such session"

// TestOneServerTwoEngines: each sees its own changes at once, and the other's when it is told.
func TestOneServerTwoEngines(t *testing.T) {
	s := redistest.Serve(t)
	a, b := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, a, b)
	create(t, a, "s", "x", "0")
	for i := range 200 {
		writer, reader := a, b
		if i%2 == 1 {
			writer, reader = b, a
		}
		if err := save(writer, "s", "x", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		want(t, "own write", value(writer, "s", "x"), fmt.Sprint(i))
		redistest.Until(t, "the other sees it", func() bool { return value(reader, "s", "x") == fmt.Sprint(i) })
	}
	var fresh bagMap
	if err := save(a, "s", "x", "fresh"); err != nil {
		t.Fatal(err)
	}
	if err := b.LoadSession(background, now(), []byte("s"), store.LoadOptions{Fresh: true}, &fresh); err != nil || fresh.fields["x"] != "fresh" {
		t.Errorf("asked afresh: %v, %v", fresh.fields, err)
	}
	n, err := destroy(a, "s")
	want(t, "destroyed", fmt.Sprint(n, err), "1 <nil>")
	want(t, "destroyed here", value(a, "s", "x"), noSession)
	redistest.Until(t, "the other sees that it is gone", func() bool { return value(b, "s", "x") == noSession })
	create(t, b, "s", "x", "again")
	want(t, "created again elsewhere", value(a, "s", "x"), "again")
}

// TestCachedReadsDoNotWait: what is at hand is answered to a caller that cannot wait, and nothing else is.
func TestCachedReadsDoNotWait(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address)
	linked(t, e)
	create(t, e, "s", "x", "1")
	create(t, connect(t, "redis://"+s.Address), "other", "x", "1")
	id, op := []byte("s"), now()
	var b bagMap
	if err := e.LoadSession(store.Immediate(), op, []byte("other"), store.LoadOptions{}, &b); err != store.ErrWaits {
		t.Errorf("before it was read: %v", err)
	}
	want(t, "read", value(e, "other", "x"), "1")
	for _, id := range []string{"other", "s"} {
		if err := e.LoadSession(store.Immediate(), op, []byte(id), store.LoadOptions{}, &b); err != nil {
			t.Errorf("%s is at hand: %v", id, err)
		}
	}
	want(t, "read at once", b.fields["x"], "1")
	for name, err := range map[string]error{
		"fresh": e.LoadSession(store.Immediate(), op, id, store.LoadOptions{Fresh: true}, &b),
		"save": func() error {
			_, err := e.SaveSession(store.Immediate(), op, id, store.SaveOptions{Fields: words("x", "2")})
			return err
		}(),
		"create": e.CreateSession(store.Immediate(), op, []byte("t"), store.CreateOptions{}),
		"rotate": e.RotateSession(store.Immediate(), op, id, []byte("t"), store.RotateOptions{}),
		"string": e.GetString(store.Immediate(), op, id, nil),
	} {
		if err != store.ErrWaits {
			t.Errorf("%s: %v", name, err)
		}
	}
	want(t, "nothing was changed", value(e, "s", "x"), "1")
	ctx := store.Immediate()
	if allocs := testing.AllocsPerRun(1000, func() { e.LoadSession(ctx, op, id, store.LoadOptions{}, nothing{}) }); allocs != 0 {
		t.Errorf("a read from the near cache allocates %v times", allocs)
	}
	hashed := connect(t, "redis://"+s.Address, func(o *Options) { o.HashIDs = true })
	linked(t, hashed)
	create(t, hashed, "h", "x", "1")
	if allocs := testing.AllocsPerRun(1000, func() { hashed.LoadSession(ctx, op, []byte("h"), store.LoadOptions{}, nothing{}) }); allocs != 0 {
		t.Errorf("a read where keys carry hashes allocates %v times", allocs)
	}
}

type nothing struct{}

func (nothing) Bag(int64, int)             {}
func (nothing) Field([]byte, []byte, bool) {}

// TestServerStandsStill: changes are uncertain, then refused at once; reads go on for a while; everything comes back by itself.
func TestServerStandsStill(t *testing.T) {
	const served = 9 * time.Minute // which a session of create survives unused, and no machine takes to get there
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address, hasty, func(o *Options) { o.MaxStale, o.StaleIfError = time.Second, served })
	linked(t, e)
	create(t, e, "kept", "x", "1")
	create(t, e, "changed", "x", "1")
	create(t, e, "ended", "x", "1")
	atHand(t, e, "kept", "changed", "ended")
	want(t, "ended", func() string { n, err := destroy(e, "ended"); return fmt.Sprint(n, err) }(), "1 <nil>")
	s.Stop()
	if err := save(e, "changed", "x", "2"); !uncertain(err) {
		t.Errorf("a save without an answer: %v", err)
	}
	redistest.Until(t, "it is known to be gone", func() bool { return e.health.down() != "" })
	if err := save(e, "changed", "x", "2"); !unavailable(err) {
		t.Errorf("a save while it is gone: %v", err)
	}
	want(t, "a cached read", value(e, "kept", "x"), "1")
	if _, err := load(e, "ended"); err == nil {
		t.Error("a session that was destroyed is served")
	}
	if _, err := load(e, "changed"); !unavailable(err) {
		t.Errorf("a session of which nobody knows is served: %v", err)
	}
	if _, err := loadAt(e, store.Op{Now: time.Now().Add(served).UnixMilli()}, "kept"); !unavailable(err) {
		t.Errorf("a session is served that is too old: %v", err)
	}
	s.Continue()
	redistest.Until(t, "it is back", func() bool { return value(e, "kept", "x") == "1" })
	redistest.Until(t, "saves are back", func() bool { return save(e, "changed", "x", "3") == nil })
	linked(t, e)
}

// TestServerForgets its scripts, or everything, or dies and comes back empty.
func TestServerForgets(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address, hasty, func(o *Options) { o.StaleIfError = time.Minute })
	linked(t, e)
	create(t, e, "s", "x", "1")
	s.Do("SCRIPT", "FLUSH")
	if err := save(e, "s", "x", "2"); err != nil {
		t.Errorf("after SCRIPT FLUSH: %v", err)
	}
	want(t, "value", value(e, "s", "x"), "2")
	s.Do("FLUSHALL")
	redistest.Until(t, "FLUSHALL is noticed", func() bool { return value(e, "s", "x") == noSession })
	create(t, e, "t", "x", "1")
	want(t, "value", value(e, "t", "x"), "1")
	atHand(t, e, "t")
	s.Kill()
	want(t, "what is at hand is served on", value(e, "t", "x"), "1")
	redistest.Until(t, "the kill is noticed", func() bool { return unavailable(save(e, "u", "x", "2")) })
	want(t, "what is at hand is served on", value(e, "t", "x"), "1")
	redistest.Until(t, "the loss of the link is noticed", func() bool { return !e.cache.linked.Load() })
	s.Start()
	redistest.Until(t, "a restart that lost all is noticed", func() bool { return value(e, "t", "x") == noSession })
	redistest.Until(t, "it goes on", func() bool {
		return e.CreateSession(background, now(), []byte("u"), store.CreateOptions{Fields: words("x", "1")}) == nil
	})
	want(t, "value", value(e, "u", "x"), "1")
}

// proxy passes connections on to a server, until it is cut.
type proxy struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	silent   bool // what the server says is held back
}

func newProxy(t *testing.T, to string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l}
	t.Cleanup(func() { l.Close(); p.cut() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, server)
			p.mu.Unlock()
			go func() { io.Copy(server, client); server.Close() }()
			go p.back(client, server)
		}
	}()
	return p
}

// back passes on what the server says, but nothing while it is silent.
func (p *proxy) back(client, server net.Conn) {
	defer client.Close()
	buf := make([]byte, 4096)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		for {
			p.mu.Lock()
			silent := p.silent
			p.mu.Unlock()
			if !silent {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) hush(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = on
}

// TestLinkAlone is cut, or falls silent, while requests go on.
func TestLinkAlone(t *testing.T) {
	s := redistest.Serve(t)
	p := newProxy(t, s.Address)
	e := connect(t, "redis://"+s.Address, hasty, func(o *Options) { o.MaxStale, o.linkTo = 2*time.Second, p.listener.Addr().String() })
	other := connect(t, "redis://"+s.Address)
	linked(t, e, other)
	create(t, other, "s", "x", "0")
	for i, disturb := range []func(){p.cut, func() { p.hush(true) }, func() { p.hush(false) }} {
		want(t, "before", value(e, "s", "x"), fmt.Sprint(i))
		disturb()
		if err := save(other, "s", "x", fmt.Sprint(i+1)); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		redistest.Until(t, "the change is seen", func() bool { return value(e, "s", "x") == fmt.Sprint(i+1) })
		if took := time.Since(begun); took > 30*time.Second { // of 2 s, on a machine with much to do
			t.Errorf("the change was seen after %v", took)
		}
		if i != 1 {
			linked(t, e)
		}
	}
}

// TestHashedIDs: nothing upstream has a usable id, and what lists show ends sessions and does nothing else.
func TestHashedIDs(t *testing.T) {
	s := redistest.Serve(t)
	e := connect(t, "redis://"+s.Address, func(o *Options) { o.HashIDs = true })
	linked(t, e)
	create(t, e, "secret-id-1", "x", "1")
	create(t, e, "secret-id-2", "x", "2")
	want(t, "value", value(e, "secret-id-1", "x"), "1")
	want(t, "cached", value(e, "secret-id-1", "x"), "1")
	if all := s.Do("KEYS", "*"); strings.Contains(all, "secret") {
		t.Errorf("keys tell ids: %s", all)
	}
	ids, err := e.PrincipalSessions(background, now(), []byte("p"))
	if err != nil || len(ids) != 2 {
		t.Fatalf("%q, %v", ids, err)
	}
	want(t, "a handle as an id", value(e, string(ids[0]), "x"), noSession)
	if err := save(e, string(ids[0]), "x", "3"); err != store.ErrNoSession {
		t.Errorf("a save under a handle: %v", err)
	}
	n, err := destroy(e, string(ids[0]))
	want(t, "destroyed by its handle", fmt.Sprint(n, err), "1 <nil>")
	ids, _ = e.PrincipalSessions(background, now(), []byte("p"))
	want(t, "left", len(ids), 1)

	own := handleMark + "abcdef:" + strings.Repeat("x", nameBytes) // an id that looks like a handle
	create(t, e, own, "x", "4")
	n, err = destroy(e, own)
	want(t, "destroyed by an id that looks like a handle", fmt.Sprint(n, err, value(e, own, "x")), "1 <nil>"+noSession)
}

// TestPrincipalEndsWhatItsIndexLost, and the index heals.
func TestPrincipalEndsWhatItsIndexLost(t *testing.T) {
	s := redistest.Serve(t)
	a, b := connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)
	linked(t, a, b)
	create(t, a, "lost", "x", "1")
	create(t, a, "known", "x", "1")
	want(t, "cached by the other", value(b, "lost", "x"), "1")
	want(t, "taken out of the index", s.Do("ZREM", string(indexKey([]byte("p"))), a.names.key([]byte("lost"))), "1")
	if _, err := a.DestroyPrincipal(background, now(), []byte("p"), nil); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*Engine{a, b} {
		redistest.Until(t, "what the index lost is dead", func() bool { return value(e, "lost", "x") == noSession })
	}
	want(t, "a late save", fmt.Sprint(save(b, "lost", "x", "2")), "no such session")
	create(t, a, "next", "x", "1")
	want(t, "the next login", value(b, "next", "x"), "1")
	s.Do("ZREM", indexKey([]byte("p")), a.names.key([]byte("next")))
	if ok, err := b.TouchSession(background, now(), []byte("next"), 0); !ok || err != nil {
		t.Fatal(ok, err)
	}
	ids, err := a.PrincipalSessions(background, now(), []byte("p"))
	want(t, "the index after a touch", fmt.Sprintf("%s %v", ids, err), "[next] <nil>")
}
