package durability

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sessd/test/sessdtest"
)

// client says the same to the daemon that is tried and to one that keeps nothing and never stops, its twin.
type client struct {
	author
	keyspace    int
	tried, twin *peer

	open     [][]string // requests whose replies did not all come
	answered []string   // the replies that came
}

// crowd is clients of a daemon and of its twin.
type crowd struct {
	twin    *sessdtest.Daemon
	clients []*client
}

func newCrowd(t *testing.T, random *rand.Rand, n int) *crowd {
	t.Helper()
	c := &crowd{twin: sessdtest.Start(t)}
	for i := range n {
		a := author{name: fmt.Sprint("c", i), random: rand.New(rand.NewPCG(random.Uint64(), 0))}
		c.clients = append(c.clients, &client{author: a, keyspace: i % 5})
	}
	return c
}

// connect connects all clients anew.
func (c *crowd) connect(t *testing.T, d *sessdtest.Daemon) {
	t.Helper()
	for _, one := range c.clients {
		for _, p := range []struct {
			peer **peer
			addr string
		}{{&one.tried, d.Addr}, {&one.twin, c.twin.Addr}} {
			if *p.peer != nil {
				(*p.peer).nc.Close()
			}
			var err error
			if *p.peer, err = dial(p.addr, one.keyspace); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var errDiffer = errors.New("the daemon and its twin differ")

// work sends a batch to the daemon that is tried, then to its twin, and compares the replies. Where the connection to the first
// ends, it keeps the batch open.
func (c *client) work() error {
	batch := c.batch()
	replies, err := c.tried.exchange(batch)
	if err != nil {
		c.open, c.answered = batch, replies
		return err
	}
	return c.follow(batch, replies)
}

// follow has the twin do what the tried daemon has answered.
func (c *client) follow(requests [][]string, replies []string) error {
	twins, err := c.twin.exchange(requests[:len(replies)])
	if err != nil {
		return fmt.Errorf("%w: the twin: %w", errDiffer, err)
	}
	for i, reply := range replies {
		if reply != twins[i] {
			return fmt.Errorf("%w: client %s, %.200q: got %.300q, twin %.300q", errDiffer, c.name, requests[i], reply, twins[i])
		}
	}
	return nil
}

// settle finds out which of the requests that were not answered were done: a first part of them, which may be none. All that
// were answered have to be. The twin has done as much after it.
func (c *client) settle() error {
	if err := c.follow(c.open, c.answered); err != nil {
		return err
	}
	open := c.open[len(c.answered):]
	c.open, c.answered = nil, nil
	ask, err := dial(c.twin.nc.RemoteAddr().String(), c.keyspace) // the other may be inside MULTI
	if err != nil {
		return err
	}
	defer ask.nc.Close()
	got, err := c.state(c.tried)
	if err != nil {
		return err
	}
	var first string
	for i := 0; ; i++ {
		want, err := c.state(ask)
		if err != nil {
			return err
		}
		if slices.Equal(got, want) {
			return nil
		}
		if first == "" {
			first = difference(got, want)
		}
		if i == len(open) {
			return fmt.Errorf("%w: client %s has a state after the restart that was never there. %d requests were not answered: %.2000q. Beside what was: %s",
				errDiffer, c.name, len(open), open, first)
		}
		if _, err := c.twin.exchange(open[i : i+1]); err != nil {
			return err
		}
	}
}

// difference tells the answers that differ.
func difference(got, want []string) string {
	var b strings.Builder
	for i := range got {
		if got[i] != want[i] {
			fmt.Fprintf(&b, "\n got  %.600q\n want %.600q", got[i], want[i])
		}
	}
	return b.String()
}

// settle settles every client, and compares what there is in all.
func (c *crowd) settle(t *testing.T, d *sessdtest.Daemon) {
	t.Helper()
	c.connect(t, d)
	for _, one := range c.clients {
		if err := one.settle(); err != nil {
			t.Fatal(err)
		}
	}
	c.connect(t, d) // some may be inside MULTI
	for keyspace := range sharedKeyspace {
		if got, want := everything(t, d, keyspace), everything(t, c.twin, keyspace); !slices.Equal(got, want) {
			t.Fatalf("keyspace %d has %q, want %q", keyspace, got, want)
		}
	}
}

// everything returns the names of all keys and sessions of a keyspace.
func everything(t *testing.T, d *sessdtest.Daemon, keyspace int) []string {
	t.Helper()
	p, err := dial(d.Addr, keyspace)
	if err != nil {
		t.Fatal(err)
	}
	defer p.nc.Close()
	replies, err := p.exchange([][]string{{"KEYS", "*"}, {"SESS.SCAN", "0", "COUNT", "100000"}, {"DBSIZE"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.Join(replies, ""), "\r\n")
	slices.Sort(lines)
	return lines
}
