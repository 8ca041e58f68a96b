package streams_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

const (
	ok     = "+OK\r\n"
	queued = "+QUEUED\r\n"
	null   = "*-1\r\n"
)

// entries is an array of entries, each with the field f and a value, as id=value.
func entries(all ...string) string {
	text := fmt.Sprintf("*%d\r\n", len(all))
	for _, one := range all {
		id, value, _ := strings.Cut(one, "=")
		text += "*2\r\n" + servertest.Bulk(id) + "*2\r\n" + servertest.Bulk("f") + servertest.Bulk(value)
	}
	return text
}

// stream is what XREAD answers of one stream in the second protocol.
func stream(key string, all ...string) string {
	return "*2\r\n" + servertest.Bulk(key) + entries(all...)
}

// talk sends requests, each a line of words, and compares the replies.
func talk(t *testing.T, c *servertest.Conn, lines ...string) {
	t.Helper()
	for i := 0; i < len(lines); i += 2 {
		c.Want(lines[i+1], strings.Fields(lines[i])...)
	}
}

func waitBlocked(t *testing.T, s *servertest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); s.Server.Stats().Parked != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d clients wait, want %d", s.Server.Stats().Parked, n)
		}
	}
}

// TestServed has who waits, what another client does, and what those who wait are answered; "" is for one who waits on.
func TestServed(t *testing.T) {
	one := "*1\r\n"
	for _, row := range []struct {
		name    string
		waiting []string
		then    []string // requests and replies
		want    []string
	}{
		{"all at once", []string{"XREAD BLOCK 0 STREAMS k $", "XREAD BLOCK 0 STREAMS k 0", "XREAD BLOCK 0 STREAMS k 7"}, []string{"XADD k 5-0 f a", servertest.Bulk("5-0")},
			[]string{one + stream("k", "5-0=a"), one + stream("k", "5-0=a"), ""}},
		{"second key", []string{"XREAD BLOCK 0 STREAMS j k $ $"}, []string{"XADD k 5-0 f a", servertest.Bulk("5-0")}, []string{one + stream("k", "5-0=a")}},
		{"a key twice", []string{"XREAD BLOCK 0 STREAMS k k 9 $"}, []string{"XADD k 5-0 f a", servertest.Bulk("5-0")}, []string{one + stream("k", "5-0=a")}},
		{"count", []string{"XREAD COUNT 1 BLOCK 0 STREAMS k $"}, []string{"MULTI", ok, "XADD k 5-0 f a", queued, "XADD k 6-0 f b", queued, "EXEC", "*2\r\n$3\r\n5-0\r\n$3\r\n6-0\r\n"},
			[]string{one + stream("k", "5-0=a")}},
		{"deleted at once", []string{"XREAD BLOCK 0 STREAMS k $"}, []string{"MULTI", ok, "XADD k 5-0 f a", queued, "XDEL k 5-0", queued, "EXEC", "*2\r\n$3\r\n5-0\r\n:1\r\n",
			"XADD k 6-0 f b", servertest.Bulk("6-0")}, []string{one + stream("k", "6-0=b")}},
		{"another type", []string{"XREAD BLOCK 0 STREAMS k $"}, []string{"RPUSH k a", ":1\r\n", "DEL k", ":1\r\n", "XADD k 5-0 f a", servertest.Bulk("5-0")},
			[]string{one + stream("k", "5-0=a")}},
		{"beside a pop", []string{"BLPOP k 0", "XREAD BLOCK 0 STREAMS k $"}, []string{"XADD k 5-0 f a", servertest.Bulk("5-0")}, []string{"", one + stream("k", "5-0=a")}},
		{"rename", []string{"XREAD BLOCK 0 STREAMS k $"}, []string{"XADD l 5-0 f a", servertest.Bulk("5-0"), "RENAME l k", ok}, []string{one + stream("k", "5-0=a")}},
		{"script", []string{"XREAD BLOCK 0 STREAMS k $"}, []string{"EVAL return(redis.call('XADD','k','5-0','f','a')) 1 k", servertest.Bulk("5-0")}, []string{one + stream("k", "5-0=a")}},
		{"another keyspace", []string{"XREAD BLOCK 0 STREAMS k $"}, []string{"SELECT 1", ok, "XADD k 5-0 f a", servertest.Bulk("5-0")}, []string{""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := servertest.Start(t)
			c := s.Dial(t)
			waiting := make([]*servertest.Conn, len(row.waiting))
			for i, request := range row.waiting {
				waiting[i] = s.Dial(t)
				waiting[i].Send(servertest.Request(strings.Fields(request)...))
				waitBlocked(t, s, i+1)
			}
			talk(t, c, row.then...)
			left := 0
			for i, want := range row.want {
				if want == "" {
					left++
				} else {
					waiting[i].WantAll(want)
				}
			}
			waitBlocked(t, s, left)
		})
	}
}

// TestNoWait: who finds something, or is part of a step, does not wait, and who waits long enough gets null.
func TestNoWait(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	talk(t, c, "XREAD BLOCK 1 STREAMS k $", null, "XADD k 5-0 f a", servertest.Bulk("5-0"), "XREAD BLOCK 0 STREAMS k 0", "*1\r\n"+stream("k", "5-0=a"),
		"XREAD BLOCK 1 STREAMS k $", null, "XREAD BLOCK -1 STREAMS k 0", "-ERR timeout is negative\r\n",
		"XREAD BLOCK x STREAMS k 0", "-ERR timeout is not an integer or out of range\r\n",
		"MULTI", ok, "XREAD BLOCK 0 STREAMS k $", queued, "EXEC", "*1\r\n"+null)
	c.Want("-ERR XREAD command is not allowed with BLOCK option from scripts\r\n", "EVAL", "return redis.pcall('XREAD','BLOCK','0','STREAMS','k','$')", "1", "k")
}

// TestThirdProtocol: XREAD and XINFO answer maps.
func TestThirdProtocol(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	talk(t, c, "XADD k 5-0 f a", servertest.Bulk("5-0"), "XREAD STREAMS k 0", "%1\r\n"+servertest.Bulk("k")+entries("5-0=a"), "XREAD STREAMS k 5", "_\r\n",
		"XINFO GROUPS k", "*0\r\n", "XRANGE k - + COUNT 0", "_\r\n", "XADD none NOMKSTREAM * f a", "_\r\n")
	info := c.Do("XINFO", "STREAM", "k", "FULL")
	if !strings.HasPrefix(info, "%9\r\n$6\r\nlength\r\n:1\r\n") || !strings.HasSuffix(info, servertest.Bulk("entries")+entries("5-0=a")+servertest.Bulk("groups")+"*0\r\n") {
		t.Errorf("XINFO STREAM FULL: %q", info)
	}
}

// TestTrims: many entries go at once and in steps, and ~ leaves what is less than a hundred.
func TestTrims(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const n = 20_000
	var requests strings.Builder
	for i := range n {
		requests.WriteString(servertest.Request("XADD", "k", fmt.Sprintf("%d-0", i+1), "f", fmt.Sprint(i)))
	}
	c.Send(requests.String())
	for i := range n {
		c.WantAll(servertest.Bulk(fmt.Sprint(i+1, "-0")))
	}
	talk(t, c, "XLEN k", ":20000\r\n", "OBJECT ENCODING k", servertest.Bulk("stream"), "XTRIM k MAXLEN ~ 15050", ":4900\r\n", "XTRIM k MAXLEN ~ 0 LIMIT 250", ":200\r\n",
		"XTRIM k MINID ~ 5250", ":100\r\n", "XTRIM k MINID 5251", ":50\r\n", "XRANGE k - + COUNT 1", entries("5251-0=5250"),
		"XTRIM k MAXLEN 5000", ":9750\r\n", "XADD k MAXLEN = 10 20001 f x", servertest.Bulk("20001-0"), "XLEN k", ":10\r\n", "XTRIM k MAXLEN 0", ":10\r\n", "XLEN k", ":0\r\n",
		"EXISTS k", ":1\r\n", "XADD k MAXLEN ~ 1000 20002 f x", servertest.Bulk("20002-0"))
}

// TestRefusedGroups: a group cannot be made, and the text says so.
func TestRefusedGroups(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const refused = "-ERR this server has no consumer groups\r\n"
	talk(t, c, "XGROUP CREATE k g 0", "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.\r\n",
		"XGROUP CREATE k g 0 MKSTREAM", refused, "EXISTS k", ":0\r\n", "XADD k 5-0 f a", servertest.Bulk("5-0"), "XGROUP CREATE k g $", refused,
		"XGROUP CREATE k g $ MAKE", "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.\r\n")
}

// TestLongRange: a range of very many entries is answered while the loop serves others.
func TestLongRange(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	const n = 5000
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%d-0=%d", i+1, i))
		c.Send(servertest.Request("XADD", "s", fmt.Sprintf("%d-0", i+1), "f", fmt.Sprint(i)))
	}
	for range n {
		c.Reply()
	}
	c.Send(servertest.Request("XRANGE", "s", "-", "+"))
	other.Want("+PONG\r\n", "PING")
	if got := c.Reply(); got != entries(all...) {
		t.Errorf("a range of %d bytes, want %d", len(got), len(entries(all...)))
	}
	c.Want(ok, "MULTI")
	c.Want(queued, "XRANGE", "s", "-", "+")
	c.Want("*1\r\n"+entries(all...), "EXEC")
}
