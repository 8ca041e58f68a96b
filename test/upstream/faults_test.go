//go:build unix

package upstream

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// bag is the reply that has one field x.
func bag(value int) string {
	text := fmt.Sprint(value)
	return fmt.Sprintf("*2\r\n$1\r\nx\r\n$%d\r\n%s\r\n", len(text), text)
}

// linked waits until a daemon serves from its near cache.
func linked(t *testing.T, all ...*servertest.Conn) {
	t.Helper()
	for _, c := range all {
		redistest.Until(t, "the near cache is linked", func() bool { return strings.Contains(c.Do("INFO", "upstream"), "upstream_linked:1\r\n") })
	}
}

// hits is how many reads the near cache of a daemon has answered, as text.
func hits(c *servertest.Conn) string {
	_, rest, _ := strings.Cut(c.Do("INFO", "upstream"), "near_cache_hits:")
	n, _, _ := strings.Cut(rest, "\r\n")
	return n
}

// again repeats a request until its reply is no error of an upstream, and logs how long there were such.
func again(t *testing.T, c *servertest.Conn, words ...string) (reply string) {
	t.Helper()
	begun := time.Now()
	redistest.Until(t, "there is service again", func() bool {
		reply = c.Do(words...)
		return !strings.HasPrefix(reply, "-U")
	})
	t.Logf("without service for %v", time.Since(begun).Round(time.Millisecond))
	return reply
}

// TestDaemonStandsStill: the other goes on. The one that stood still serves nothing that is older than --max-stale, not even to
// requests that came meanwhile.
func TestDaemonStandsStill(t *testing.T) {
	s := redistest.Serve(t)
	flags := []string{"--upstream", "redis://" + s.Address, "--max-stale", "1s"}
	first, second := start(t, flags...), start(t, flags...)
	a, b, waits := first.Dial(t), second.Dial(t), first.Dial(t)
	linked(t, a, b)
	for _, id := range []string{"changed", "ended", "rotated"} {
		a.Want(fmt.Sprintf("$%d\r\n%s\r\n", len(id), id), "SESS.CREATE", id, "PRINCIPAL", id, "FIELDS", "1", "x", "1")
		redistest.Until(t, "it is in the near cache", func() bool {
			before := hits(a)
			a.Want(bag(1), "SESS.GET", id)
			return hits(a) != before
		})
	}
	first.Signal(syscall.SIGSTOP)
	t.Cleanup(func() { first.Signal(syscall.SIGCONT) })
	b.Want(one, "SESS.SAVE", "changed", "x", "2")
	b.Want(one, "SESS.DESTROY", "ended")
	b.Want("$3\r\nnew\r\n", "SESS.ROTATE", "rotated", "new")
	for i := range 10 {
		b.Want(fmt.Sprintf(":%d\r\n", i+2), "SESS.SAVE", "changed", "x", fmt.Sprint(i+3))
	}
	waits.Send(servertest.Request("SESS.GET", "changed") + servertest.Request("SESS.GET", "ended") + servertest.Request("SESS.GET", "rotated"))
	time.Sleep(1500 * time.Millisecond) // more than --max-stale
	first.Signal(syscall.SIGCONT)
	for i, want := range []string{bag(12), null, null} {
		if got := waits.Reply(); got != want {
			t.Errorf("reply %d to one that waited: %q, want %q", i, got, want)
		}
	}
	a.Want(bag(12), "SESS.GET", "changed")
	a.Want("-NOSESSION no such session\r\n", "SESS.SAVE", "ended", "x", "3")
	a.Want(":12\r\n", "SESS.SAVE", "changed", "x", "13")
	redistest.Until(t, "the other reads it", func() bool { return b.Do("SESS.GET", "changed") == bag(13) })
}

// TestPrimaryStandsStill behind Sentinel: another takes over, and what it acknowledged stays when the former one goes on.
func TestPrimaryStandsStill(t *testing.T) {
	s := redistest.StartSentinels(t, 2)
	url := "redis-sentinel://" + s.Addresses + "/" + redistest.MasterName
	flags := []string{"--upstream", url, "--upstream-timeout", "3s"} // which the save below waits for
	first, second := start(t, flags...), start(t, flags...)
	a, b := first.Dial(t), second.Dial(t)
	linked(t, a, b)
	a.Want("$1\r\ns\r\n", "SESS.CREATE", "s", "FIELDS", "1", "x", "0")
	a.Want("$5\r\nended\r\n", "SESS.CREATE", "ended", "FIELDS", "1", "x", "0")
	b.Want(bag(0), "SESS.GET", "ended")
	primary := s.Primary()
	primary.Stop()
	if reply := a.Do("SESS.SAVE", "s", "x", "1"); !strings.HasPrefix(reply, "-UNCERTAIN ") && !strings.HasPrefix(reply, "-UPSTREAM ") {
		t.Errorf("a save while the primary stands still: %q", reply)
	}
	s.Hasty()
	again(t, a, "SESS.SAVE", "s", "x", "2")
	again(t, a, "SESS.DESTROY", "ended")
	s.Calm()
	primary.Continue()
	for i := range 20 {
		value := 10 + i
		redistest.Until(t, "a save is taken", func() bool { return strings.HasPrefix(a.Do("SESS.SAVE", "s", "x", fmt.Sprint(value)), ":") })
		redistest.Until(t, "the other reads it", func() bool { return b.Do("SESS.GET", "s") == bag(value) })
		time.Sleep(20 * time.Millisecond)
	}
	a.Want(null, "SESS.GET", "ended")
	redistest.Until(t, "the former primary follows", func() bool { return strings.Contains(primary.Do("INFO", "replication"), "role:slave") })
	for _, c := range []*servertest.Conn{a, b} {
		if got := again(t, c, "SESS.GET", "s", "FRESH"); got != bag(29) {
			t.Errorf("the last save is not there: %q", got)
		}
	}
	redistest.Until(t, "it is ended for the other too", func() bool { return b.Do("SESS.GET", "ended") == null })
}
