package goclients

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

// hours is a server, and a go-redis client that reaches it over a pipe, in fake time that passes while everybody waits.
type hours struct {
	*testing.T
	*goredis.Client
	began time.Time
}

// pass runs a test in fake time.
func pass(t *testing.T, test func(h *hours)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound, func(c *commands.Options, o *server.Options) {
			// A small engine: in a day it looks a million times for what has expired.
			limits := store.Limits{SessionFields: 2}
			c.Engine = memory.New(memory.Options{Shards: 1, Limits: limits, Clock: o.Clock})
		})
		db := goredis.NewClient(&goredis.Options{
			Addr:   "127.0.0.1:6379", // no name that it would look up
			Dialer: func(context.Context, string, string) (net.Conn, error) { return s.Pipe(t).Conn, nil },
		})
		t.Cleanup(func() { db.Close() })
		test(&hours{t, db, time.Now()})
	})
}

// at waits until so much time has passed since the beginning.
func (h *hours) at(d time.Duration) {
	h.Helper()
	left := time.Until(h.began.Add(d))
	if left < 0 {
		h.Fatalf("it is %v later than %v", -left, d)
	}
	time.Sleep(left)
}

// run runs a request, given as words in one string, and returns the reply as text; that of a null is "nil".
func (h *hours) run(request string) (reply string, failed bool) {
	h.Helper()
	var words []any
	for _, word := range strings.Fields(request) {
		words = append(words, word)
	}
	value, err := h.Do(background, words...).Result()
	switch {
	case err == goredis.Nil:
		return "nil", false
	case err != nil:
		return err.Error(), true
	}
	return fmt.Sprint(value), false
}

// want fails the test when the reply is another one.
func (h *hours) want(reply, request string) {
	h.Helper()
	if got, _ := h.run(request); got != reply {
		h.Errorf("%v after the beginning, %s: got %s, want %s", time.Since(h.began), request, got, reply)
	}
}

const (
	ms       = time.Millisecond
	halfHour = 30 * time.Minute // the idle timeout unless a session has its own
)

// TestVisitorOfADay comes just in time for 24 hours, which is as long as the session may live.
func TestVisitorOfADay(t *testing.T) {
	pass(t, func(h *hours) {
		h.want("visitor", "SESS.CREATE visitor MAXAGE 86400 FIELDS 1 visits 0")
		h.want("once", "SESS.CREATE once MAXAGE 86400")
		visits := 0
		for d := halfHour - ms; d < 24*time.Hour; d += halfHour - ms {
			h.at(d)
			visits++
			h.want(fmt.Sprint(visits), fmt.Sprint("SESS.SAVE visitor visits ", visits))
			h.want(fmt.Sprintf("map[visits:%d]", visits), "SESS.GET visitor")
			if visits == 2 {
				h.want("nil", "SESS.GET once")
			}
		}
		if visits != 48 {
			t.Errorf("%d visits", visits)
		}
		h.at(24*time.Hour - ms)
		h.want("1", "PTTL visitor")
		h.want("map[visits:48]", "SESS.GET visitor")
		h.at(24 * time.Hour)
		h.want("nil", "SESS.GET visitor")
		h.want("NOSESSION no such session", "SESS.SAVE visitor visits 49")
		h.want("0", "DBSIZE")
	})
}

func TestIdleTimeoutEndsToTheMillisecond(t *testing.T) {
	pass(t, func(h *hours) {
		h.want("default", "SESS.CREATE default")
		h.want("own", "SESS.CREATE own PX 2500")
		h.want("1800000", "PTTL default")
		h.at(2499 * ms)
		h.want("1", "EXISTS own")
		h.at(2500 * ms)
		h.want("0", "EXISTS own")
		h.at(halfHour - ms)
		h.want("1", "EXISTS default")
		h.at(halfHour)
		h.want("0", "EXISTS default")
	})
}

// TestWhatRenewsTheIdleTimeout: each request comes 600 ms after the creation of a session that lives for 1000 ms unless
// it is renewed.
func TestWhatRenewsTheIdleTimeout(t *testing.T) {
	for _, c := range []struct {
		renews  bool
		request string
		id      string // of the session after the request; empty: a
		refusal string // how the reply begins if it is an error
	}{
		{renews: true, request: "SESS.GET a"},
		{renews: true, request: "SESS.GET a COMPONENT none FIELDS 1 x"},
		{renews: true, request: "SESS.SAVE a x 1"},
		{renews: true, request: "SESS.SAVE a UNSET 1 none"},
		{renews: true, request: "SESS.CLEAR a COMPONENT none"},
		{renews: true, request: "SESS.TOUCH a"},
		{renews: true, request: "TOUCH a"},
		{request: "SESS.GET a NOTOUCH"},
		{request: "SESS.META a"},
		{request: "SESS.LIST ann"},
		{request: "SESS.SCAN 0"},
		{request: "SESS.ROTATE a b", id: "b"},
		{request: "SESS.DESTROYALL ann EXCEPT a"},
		{request: "EXISTS a"},
		{request: "TYPE a"},
		{request: "TTL a"},
		{request: "PTTL a"},
		{request: "EXPIRETIME a"},
		{request: "SCAN 0"},
		{request: "KEYS *"},
		{request: "MEMORY USAGE a"},
		{request: "SESS.CREATE a PX 5000", refusal: "SESSEXISTS "},
		{request: "SESS.SAVE a PX 5000 IFREV 7 FIELDS 1 x 1", refusal: "REVISION "},
		{request: "SESS.SAVE a PX 5000", refusal: "ERR syntax error"},
		{request: "SESS.SAVE a PX 5000 FIELDS 3 x 1 y 1 z 1", refusal: "LIMIT "},
		{request: "GET a", refusal: "WRONGTYPE "},
	} {
		t.Run(c.request, func(t *testing.T) {
			pass(t, func(h *hours) {
				h.want("a", "SESS.CREATE a PX 1000 PRINCIPAL ann")
				h.at(600 * ms)
				if reply, failed := h.run(c.request); failed != (c.refusal != "") || !strings.HasPrefix(reply, c.refusal) {
					h.Fatalf("%s: %s", c.request, reply)
				}
				end, exists := 1000*ms, "EXISTS a"
				if c.renews {
					end = 1600 * ms
				}
				if c.id != "" {
					exists = "EXISTS " + c.id
				}
				h.at(end - ms)
				h.want("1", exists)
				h.at(end)
				h.want("0", exists)
			})
		})
	}
}

// TestNothingOutlivesItsAbsoluteTimeout: the session may live for 100 s, whatever is done to its idle timeout.
func TestNothingOutlivesItsAbsoluteTimeout(t *testing.T) {
	for _, c := range []struct{ request, reply string }{
		{"EXPIRE a 1000", "1"},
		{"PEXPIRE a 1000000 XX", "1"},
		{"EXPIREAT a 4102444800", "1"},
		{"PEXPIREAT a 9223372036854775807", "1"},
		{"PERSIST a", "1"},
		{"SESS.TOUCH a EX 1000", "1"},
		{"SESS.SAVE a EX 1000 FIELDS 1 x 1", "1"},
		{"SESS.ROTATE a a2 GRACE 1000000", "a2"},
	} {
		t.Run(c.request, func(t *testing.T) {
			pass(t, func(h *hours) {
				h.want("a", "SESS.CREATE a EX 60 MAXAGE 100")
				h.at(50 * time.Second)
				h.want(c.reply, c.request)
				h.at(59 * time.Second)
				h.want("1", "TOUCH a")
				h.want("41000", "PTTL a")
				h.at(100*time.Second - ms)
				h.want("1", "EXISTS a")
				h.want("1", "PTTL a")
				h.at(100 * time.Second)
				h.want("0", "EXISTS a")
				h.want("-2", "PTTL a")
				h.want("0", "DBSIZE")
			})
		})
	}
}

// TestExpireSetsTheIdleTimeout: it ends a session no later than that, and is itself renewed by use.
func TestExpireSetsTheIdleTimeout(t *testing.T) {
	pass(t, func(h *hours) {
		h.want("a", "SESS.CREATE a EX 60")
		h.want("1", "EXPIRE a 10")
		h.at(5 * time.Second)
		h.want("map[]", "SESS.GET a")
		h.want("10000", "PTTL a")
		h.want("1", "PERSIST a")
		h.want("-1", "PTTL a")
		h.at(2 * time.Hour)
		h.want("map[]", "SESS.GET a")
		h.want("1", "EXPIRE a 0")
		h.want("nil", "SESS.GET a")
	})
}

func TestGraceOfARotationEnds(t *testing.T) {
	pass(t, func(h *hours) {
		h.want("old", "SESS.CREATE old PRINCIPAL ann FIELDS 1 x 0")
		h.want("new", "SESS.ROTATE old new GRACE 5000")
		h.want("dead", "SESS.ROTATE new dead")
		h.want("new", "SESS.ROTATE dead new GRACE 1")
		h.at(ms)
		h.want("nil", "SESS.GET dead")
		h.at(5000*ms - ms)
		h.want("1", "SESS.SAVE old x 1") // a request that was under way at the login
		h.want("map[x:1]", "SESS.GET new")
		h.want("[new]", "SESS.LIST ann")
		h.at(5000 * ms)
		h.want("NOSESSION no such session", "SESS.SAVE old x 2")
		h.want("nil", "SESS.GET old")
		h.want("0", "EXISTS old")
		h.want("map[x:1]", "SESS.GET new")
		h.want("old", "SESS.CREATE old") // the id is free
	})
}

func TestStringsEndToTheMillisecond(t *testing.T) {
	pass(t, func(h *hours) {
		if err := h.Set(background, "a", "1", 90*time.Minute+ms).Err(); err != nil {
			t.Fatal(err)
		}
		if err := h.Set(background, "b", "1", 2*time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
		h.at(90 * time.Minute)
		h.want("1", "GET a")
		h.at(90*time.Minute + ms)
		h.want("nil", "GET a")
		h.at(2*time.Hour - ms)
		h.want("1", "GET b")
		h.at(2 * time.Hour)
		h.want("nil", "GET b")
	})
}
