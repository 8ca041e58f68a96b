//go:build unix

package upstream

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

const (
	ok   = "+OK\r\n"
	null = "*-1\r\n"
	one  = ":1\r\n"
)

// start starts a daemon that gives no upstream up which only a busy machine keeps from answering, unless flags say otherwise.
func start(t *testing.T, flags ...string) *sessdtest.Daemon {
	t.Helper()
	return sessdtest.Start(t, append([]string{"--upstream-timeout", "30s"}, flags...)...)
}

// TestTwoDaemons over one server are one store.
func TestTwoDaemons(t *testing.T) {
	s := redistest.Serve(t)
	first := sessdtest.Launch(t, nil, "--bind", "127.0.0.1", "--port", "0", "--upstream-timeout", "30s", "--upstream", "redis://"+s.Address)
	a := servertest.Dial(t, "tcp", first.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0])
	b := start(t, "--upstream", "redis://"+s.Address).Dial(t)
	made := regexp.MustCompile(`^\$50\r\n([\w-]{43}~[\w-]{6})\r\n$`).FindStringSubmatch(a.Do("SESS.CREATE", "*", "PRINCIPAL", "ann", "FIELDS", "1", "x", "1"))
	if made == nil {
		t.Fatal("an id that was made has no tag")
	}
	b.Want("*2\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", made[1])
	rotated := b.Do("SESS.ROTATE", made[1], "*", "GRACE", "60000")
	if !strings.HasSuffix(rotated, made[1][43:]+"\r\n") {
		t.Errorf("a new id has another tag: %q after %q", rotated, made[1])
	}
	redistest.Until(t, "the old id leads to the session here too", func() bool { return a.Do("SESS.SAVE", made[1], "x", "2") == one })
	a.Want(one, "SESS.DESTROYALL", "ann")
	redistest.Until(t, "it is destroyed there", func() bool { return b.Do("SESS.GET", made[1]) == null })
	b.Want("-NOSESSION no such session\r\n", "SESS.SAVE", made[1], "x", "3")

	a.Want(ok, "SET", "k", "v", "EX", "100")
	b.Want("$1\r\nv\r\n", "GET", "k")
	b.Want(":2\r\n", "INCRBY", "n", "2")
	a.Want("-ERR value is not an integer or out of range\r\n", "INCR", "k")
	a.Want(one, "DEL", "k")
	for _, request := range []string{"MULTI", "HSET h f v", "LPUSH l v", "EVAL return 0", "SUBSCRIBE"} {
		if reply := a.Do(strings.Fields(request)...); !strings.HasPrefix(reply, "-ERR ") {
			t.Errorf("%s: %q", request, reply)
		}
	}
	if info := a.Do("INFO", "upstream"); !strings.Contains(info, "upstream_up:1\r\n") {
		t.Errorf("INFO: %q", info)
	}

	// A pipeline is answered in its order, though each request waits.
	var pipeline strings.Builder
	a.Want("$1\r\ns\r\n", "SESS.CREATE", "s")
	for range 50 {
		pipeline.WriteString(servertest.Request("SESS.SAVE", "s", "x", "1") + servertest.Request("PING") + servertest.Request("SESS.GET", "s"))
	}
	a.Send(pipeline.String())
	for i := range 50 {
		for _, want := range []string{fmt.Sprintf(":%d\r\n", i+1), "+PONG\r\n", "*2\r\n$1\r\nx\r\n$1\r\n1\r\n"} {
			if reply := a.Reply(); reply != want {
				t.Fatalf("round %d: got %q, want %q", i, reply, want)
			}
		}
	}

	first.Signal(syscall.SIGKILL)
	first.Wait()
	b.Want("*2\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", "s")
	b.Want(":51\r\n", "SESS.SAVE", "s", "x", "2")
}

// TestLocks of one daemon hold for another's clients, who may wait for them.
func TestLocks(t *testing.T) {
	server := redistest.Serve(t)
	a := start(t, "--upstream", "redis://"+server.Address).Dial(t)
	b := start(t, "--upstream", "redis://"+server.Address).Dial(t)
	a.Want("$4\r\nlock\r\n", "SESS.CREATE", "lock", "FIELDS", "1", "x", "1")
	b.Want("*2\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", "lock", "LOCK", "mine", "PX", "60000")
	if reply := a.Do("SESS.LOCK", "lock", "other", "PX", "1000", "WAIT", "30"); !strings.HasPrefix(reply, "-LOCKED session is locked for ") {
		t.Errorf("a lock of another: %q", reply)
	}
	if reply := a.Do("SESS.SAVE", "lock", "x", "2"); !strings.HasPrefix(reply, "-LOCKED session is locked for ") {
		t.Errorf("a save without the token: %q", reply)
	}
	a.Send(servertest.Request("SESS.LOCK", "lock", "other", "PX", "60000", "WAIT", "60000") + servertest.Request("PING"))
	b.Want(one, "SESS.SAVE", "lock", "LOCK", "mine", "UNLOCK", "FIELDS", "1", "x", "2")
	if got := a.Reply() + a.Reply(); got != ok+"+PONG\r\n" {
		t.Errorf("a lock that was waited for: %q", got)
	}
	if reply := b.Do("SESS.SAVE", "lock", "LOCK", "mine", "FIELDS", "1", "x", "3"); !strings.HasPrefix(reply, "-LOCKED session is locked for ") {
		t.Errorf("a save with the token before: %q", reply)
	}
	a.Want(one, "SESS.UNLOCK", "lock", "other")
	b.Want("-UNLOCKED session is not locked with this token\r\n", "SESS.SAVE", "lock", "LOCK", "mine", "FIELDS", "1", "x", "3")
	a.Want(":2\r\n", "SESS.SAVE", "lock", "FIELDEX", "1", "1", "code", "3")
	redistest.Until(t, "the field ends there too", func() bool { return b.Do("SESS.GET", "lock", "FIELDS", "1", "code") == "*1\r\n$-1\r\n" })
}

// TestUpstreamGone: changes say that they are uncertain or refused, what needs no upstream goes on, and all comes back.
func TestUpstreamGone(t *testing.T) {
	s := redistest.Serve(t, "--appendonly", "yes", "--appendfsync", "always")
	d := start(t, "--upstream", "redis://"+s.Address, "--upstream-timeout", "2s", "--stale-if-error", "10m")
	c := d.Dial(t)
	c.Want("$1\r\ns\r\n", "SESS.CREATE", "s", "FIELDS", "1", "x", "1")
	c.Want("*2\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", "s")
	c.Want("$1\r\nt\r\n", "SESS.CREATE", "t", "FIELDS", "1", "x", "1")
	s.Stop()
	if reply := c.Do("SESS.SAVE", "t", "x", "2"); !strings.HasPrefix(reply, "-UNCERTAIN ") {
		t.Errorf("a save without an answer: %q", reply)
	}
	redistest.Until(t, "it is known to be gone", func() bool { return strings.HasPrefix(c.Do("SESS.SAVE", "t", "x", "2"), "-UPSTREAM unavailable") })
	c.Want("*2\r\n$1\r\nx\r\n$1\r\n1\r\n", "SESS.GET", "s")
	c.Want("+PONG\r\n", "PING")
	if info := c.Do("INFO", "upstream"); !strings.Contains(info, "upstream_up:0\r\n") || !strings.Contains(info, "upstream_outages:1\r\n") {
		t.Errorf("INFO: %q", info)
	}
	s.Continue()
	redistest.Until(t, "it is back", func() bool { return strings.HasPrefix(c.Do("SESS.SAVE", "s", "x", "3"), ":") })
	s.Kill()
	redistest.Until(t, "the kill is noticed", func() bool { return strings.HasPrefix(c.Do("SESS.SAVE", "s", "x", "4"), "-UPSTREAM ") })
	s.Start()
	redistest.Until(t, "it is back", func() bool { return strings.HasPrefix(c.Do("SESS.SAVE", "s", "x", "5"), ":") })
	redistest.Until(t, "it is read", func() bool { return c.Do("SESS.GET", "s") == "*2\r\n$1\r\nx\r\n$1\r\n5\r\n" })
}

// TestNoUpstream: a daemon whose upstream is not there does not start, and says why in a line.
func TestNoUpstream(t *testing.T) {
	p := sessdtest.Launch(t, nil, "--port", "0", "--tls-port", "off", "--upstream", "redis://127.0.0.1:1")
	if code, _ := p.Wait(); code != 1 || !regexp.MustCompile(`^sessd: the upstream cannot be reached: .*\n$`).MatchString(p.Log()) {
		t.Errorf("exit code %d, %q", code, p.Log())
	}
}
