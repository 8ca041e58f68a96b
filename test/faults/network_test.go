package faults

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// saves is how often a conversation saves its session. Each save writes the revision that it makes.
const saves = 30

// conversation is what a client says at once, and what it must hear, in this order.
type conversation struct {
	id                string
	requests, replies strings.Builder
	saved             [saves + 1]int // how many bytes of the replies tell that the session is at a revision
}

func newConversation(id string, random *rand.Rand) *conversation {
	c := &conversation{id: id}
	say := func(reply string, words ...string) {
		c.requests.WriteString(servertest.Request(words...))
		c.replies.WriteString(reply)
	}
	bulk := func(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }
	say(bulk(id), "SESS.CREATE", id)
	c.saved[0] = c.replies.Len()
	for revision := 1; revision <= saves; revision++ {
		n := fmt.Sprint(revision)
		say(":"+n+"\r\n", "SESS.SAVE", id, "revision", n)
		c.saved[revision] = c.replies.Len()
		say("*1\r\n"+bulk(n), "SESS.GET", id, "FIELDS", "1", "revision")
		value := id + ":" + strings.Repeat(n, random.IntN(100))
		say("+OK\r\n", "SET", "string:"+id, value)
		say(bulk(value), "GET", "string:"+id)
		say(bulk(value+n), "PING", value+n)
	}
	return c
}

// hold has the conversation over a connection and returns what was heard, which a cut may have ended.
func (c *conversation) hold(nc net.Conn) string {
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(patience))
	go io.WriteString(nc, c.requests.String()) // all at once; the cut ends it
	heard := make([]byte, c.replies.Len())
	n, _ := io.ReadFull(nc, heard)
	return string(heard[:n])
}

// check asks over a whole connection what the daemon made of the conversation: every save that was acknowledged is there,
// and none was done in part, twice, or before another.
func (c *conversation) check(t *testing.T, asking *servertest.Conn, heard string) {
	t.Helper()
	acknowledged := -1
	for acknowledged < saves && c.saved[acknowledged+1] <= len(heard) {
		acknowledged++
	}
	var revision int
	switch got := asking.Do("SESS.GET", c.id, "WITHREV", "FIELDS", "1", "revision"); {
	case got == "*-1\r\n":
		if acknowledged >= 0 {
			t.Errorf("%s was created, and is not there", c.id)
		}
		return
	case got == "*2\r\n:0\r\n*1\r\n$-1\r\n":
	default:
		if _, err := fmt.Sscanf(got, "*2\r\n:%d\r\n", &revision); err != nil || got != fmt.Sprintf("*2\r\n:%d\r\n*1\r\n$%d\r\n%[1]d\r\n", revision, len(fmt.Sprint(revision))) {
			t.Errorf("%s: got %q", c.id, got)
		}
	}
	if revision < acknowledged || revision > saves {
		t.Errorf("%s is at revision %d; %d was acknowledged, of %d", c.id, revision, acknowledged, saves)
	}
}

// TestNetworkThatCutsAndDelays has conversations through a proxy that carries them in pieces and cuts most of them, at any
// byte, encrypted ones in the middle of a handshake too.
func TestNetworkThatCutsAndDelays(t *testing.T) {
	const clients, each = 8, 40
	d := sessdtest.StartEncrypted(t)
	d.Doors(t, func(t *testing.T, addr string, dial func(string) (net.Conn, error)) {
		asking := d.Dial(t)
		asking.Want("+PONG\r\n", "PING")
		before := d.Figures(asking)
		encrypted := addr == d.TLSAddr
		id := func(n int) string { return fmt.Sprintf("s%d-%t", n, encrypted) }

		// The proxy goes once through all bytes that a conversation has, in steps; every fifth connection is spared.
		size := newConversation(id(0), rand.New(rand.NewPCG(0, 0))).requests.Len() * 11 / 10
		var dialled atomic.Int64
		through := newProxy(t, addr, func() fate {
			n := int(dialled.Add(1))
			at := n * size / (clients * each)
			switch n % 5 {
			case 0:
				return fate{spared, spared}
			case 1, 2:
				return fate{spared, at}
			default:
				return fate{at, spared}
			}
		})

		type result struct {
			conversation *conversation
			heard        string
		}
		results := make(chan result, clients*each)
		var group sync.WaitGroup
		for client := range clients {
			group.Go(func() {
				random := rand.New(rand.NewPCG(uint64(client), 3))
				for n := range each {
					c := newConversation(id(client*each+n), random)
					nc, err := dial(through.Addr().String())
					if err != nil { // cut in the handshake
						continue
					}
					results <- result{c, c.hold(nc)}
				}
			})
		}
		group.Wait()
		close(results)

		whole, held := 0, 0
		for r := range results {
			if want := r.conversation.replies.String(); !strings.HasPrefix(want, r.heard) {
				t.Errorf("%s heard something else than what was to be said: %d bytes, %d of them right", r.conversation.id, len(r.heard), same(r.heard, want))
			} else if r.heard == want {
				whole++
			}
			held++
			r.conversation.check(t, asking, r.heard)
		}
		t.Logf("%d of %d conversations were held, %d to their end", held, clients*each, whole)
		if whole < clients*each/5 || whole == held {
			t.Errorf("%d of %d conversations were not cut; the proxy spares %d, and cuts others", whole, held, clients*each/5)
		}
		through.Close()
		settled(t, d.Daemon, asking, before, 64<<20)
		asking.Close()
	})
}

// same counts the bytes that two texts begin with alike.
func same(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
