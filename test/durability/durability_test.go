// Package durability kills, stops and starts the real daemon over a folder and compares what it then has with a daemon that
// keeps nothing and never stops.
package durability

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// patience is how long a reply may take before it counts as lost.
const patience = time.Minute

// rounds returns how often a random test tries: the variable SESSD_DURABILITY says it.
func rounds(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("SESSD_DURABILITY")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SESSD_DURABILITY: %v", err)
	}
	return n
}

// random returns numbers whose seed a failure tells; the variable SESSD_SEED repeats them.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("SESSD_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SESSD_SEED: %v", err)
		}
	}
	t.Logf("SESSD_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// start starts the daemon over a folder, and returns once all in it is loaded.
func start(t testing.TB, dir string, flags ...string) *sessdtest.Daemon {
	t.Helper()
	d := sessdtest.Start(t, append([]string{"--dir", dir}, flags...)...)
	loaded(t, d)
	return d
}

// loaded waits until a daemon has loaded its folder.
func loaded(t testing.TB, d *sessdtest.Daemon) {
	t.Helper()
	c := d.Dial(t)
	defer c.Close()
	for late := time.Now().Add(patience); strings.HasPrefix(c.Do("EXISTS", "k"), "-LOADING"); time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("the folder is still loading")
		}
	}
}

// peer is a connection that reports its end, as a daemon that is killed brings it about.
type peer struct {
	nc net.Conn
	r  *bufio.Reader
}

// dial connects to a daemon and selects a keyspace.
func dial(addr string, keyspace int) (*peer, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &peer{nc, bufio.NewReader(nc)}
	if replies, err := p.exchange([][]string{{"SELECT", fmt.Sprint(keyspace)}}); err != nil || replies[0] != "+OK\r\n" {
		return nil, fmt.Errorf("SELECT: %q, %w", replies, err)
	}
	return p, nil
}

// exchange sends a pipeline of requests, and returns the replies that came whole before the connection ended.
func (p *peer) exchange(requests [][]string) (replies []string, err error) {
	var out strings.Builder
	for _, words := range requests {
		out.WriteString(servertest.Request(words...))
	}
	p.nc.SetDeadline(time.Now().Add(patience))
	_, sendErr := io.WriteString(p.nc, out.String()) // when that fails, replies may come all the same
	for range requests {
		var reply strings.Builder
		if err := p.read(&reply, 1); err != nil {
			return replies, errors.Join(err, sendErr)
		}
		replies = append(replies, reply.String())
	}
	return replies, nil
}

// read appends n replies to b.
func (p *peer) read(b *strings.Builder, n int) error {
	for ; n > 0; n-- {
		line, err := p.r.ReadString('\n')
		b.WriteString(line)
		if err != nil {
			return err
		}
		size, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
		switch line[0] {
		case '$':
			if size < 0 {
				continue
			}
			if _, err := io.CopyN(b, p.r, int64(size)+2); err != nil {
				return err
			}
		case '*':
			if err := p.read(b, size); err != nil {
				return err
			}
		}
	}
	return nil
}

// files returns the names of what is in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
