package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// dialWhenThere connects to a unix socket as soon as somebody listens on it.
func dialWhenThere(t *testing.T, path string) net.Conn {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		nc, err := net.Dial("unix", path)
		if err == nil {
			return nc
		}
		if time.Since(begin) > time.Minute {
			t.Fatal(err)
		}
	}
}

// Every save of one session answers one more than the save before it, whoever sent it. So the replies that all clients
// together received must be 1, 2, 3 ... without a gap: a gap is a save that was done and whose reply was lost.
func TestStopUnderLoadLosesNoReply(t *testing.T) {
	const clients, pipelined = 8, 20
	d := sessdtest.Start(t)
	d.Dial(t).Want("$2\r\ns1\r\n", "SESS.CREATE", "s1")
	request := strings.Repeat(servertest.Request("SESS.SAVE", "s1", "field", "value"), pipelined)

	var (
		mu        sync.Mutex
		revisions []int
		under     sync.WaitGroup // until every client has had replies
		all       sync.WaitGroup
	)
	under.Add(clients)
	for range clients {
		nc, err := net.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer nc.Close()
			mine, err := saveUntilClosed(nc, request, pipelined, under.Done)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			revisions = append(revisions, mine...)
		})
	}
	under.Wait()
	d.Signal(syscall.SIGTERM)
	all.Wait()
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	slices.Sort(revisions)
	for i, revision := range revisions {
		if revision != i+1 {
			t.Fatalf("of %d replies, number %d is revision %d", len(revisions), i+1, revision)
		}
	}
}

// saveUntilClosed sends requests, as many at a time as pipelined, until the server closes the connection, and returns the
// integers that it answered. started is called after some of them.
func saveUntilClosed(nc net.Conn, request string, pipelined int, started func()) (replies []int, err error) {
	in := bufio.NewReader(nc)
	for {
		io.WriteString(nc, request) // when it fails, there may be replies all the same
		for range pipelined {
			line, err := in.ReadString('\n')
			switch {
			case err == nil:
			case line == "" && (err == io.EOF || errors.Is(err, syscall.ECONNRESET)):
				return replies, nil
			default:
				return replies, fmt.Errorf("the last reply is %q: %w", line, err)
			}
			var revision int
			if _, err := fmt.Sscanf(line, ":%d\r\n", &revision); err != nil {
				return replies, fmt.Errorf("reply %q: %w", line, err)
			}
			if replies = append(replies, revision); len(replies) == 100 {
				started()
			}
		}
	}
}

func TestStopAnswersWhatWasRead(t *testing.T) {
	d, c, replies := owing(t)
	d.Signal(syscall.SIGTERM)
	d.WaitFor("stopping")
	for range replies {
		if reply := c.Reply(); len(reply) < 1<<19 {
			t.Fatalf("reply of %d bytes", len(reply))
		}
	}
	c.WantClosed()
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	d, _, _ := owing(t)
	d.Signal(syscall.SIGTERM)
	d.WaitFor("stopping")
	d.Signal(syscall.SIGINT)
	if code, _ := d.Wait(); code != exitError || !strings.Contains(d.Log(), "ended at once") {
		t.Errorf("exit code %d", code)
	}
}

// TestSecondTerminateChangesNothing: supervisors and timeout(1) send it to a process and again to its group.
func TestSecondTerminateChangesNothing(t *testing.T) {
	d, c, replies := owing(t)
	for range 3 {
		d.Signal(syscall.SIGTERM)
	}
	d.WaitFor("stopping")
	for range replies {
		if reply := c.Reply(); len(reply) < 1<<19 {
			t.Fatalf("reply of %d bytes", len(reply))
		}
	}
	c.WantClosed()
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestStopEndsThoughAClientReadsSlowly: the client takes some bytes again and again, so no other limit ends it.
func TestStopEndsThoughAClientReadsSlowly(t *testing.T) {
	d, c, _ := owing(t)
	d.Signal(syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for buf := make([]byte, 4<<10); ; time.Sleep(20 * time.Millisecond) {
			if _, err := c.Conn.Read(buf); err != nil {
				return
			}
		}
	}()
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	c.Close()
	<-ended
}

// owing returns a daemon that owes a connection more replies than the sockets between them can hold, so that it cannot
// stop before they are read. Of the first reply some bytes have arrived.
func owing(t *testing.T) (d *sessdtest.Process, c *servertest.Conn, replies int) {
	t.Helper()
	p := sessdtest.Launch(t, nil, "--port", "0")
	addr := p.WaitFor(`listening.*addr=([0-9.:]+)`)[0]
	c = servertest.Dial(t, "tcp", addr)
	c.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1", "FIELDS", "1", "large", strings.Repeat("x", 1<<19))
	replies = 64
	c.Send(strings.Repeat(servertest.Request("SESS.GET", "s1"), replies))
	c.Peek()
	return p, c, replies
}

// TestStopWhileLoading is no error, however far the load has come, and leaves what is kept as it is.
func TestStopWhileLoading(t *testing.T) {
	flags := []string{"--bind", "127.0.0.1", "--port", "0", "--dir", t.TempDir()}
	launch := func(msg string) (*sessdtest.Process, string) {
		p := sessdtest.Launch(t, nil, flags...)
		addr := p.WaitFor(`msg=listening.*addr=([0-9.:]+)`)[0]
		if msg != "" {
			p.WaitFor(msg)
		}
		return p, addr
	}
	p, addr := launch("msg=loaded")
	const keys = 20_000
	c := servertest.Dial(t, "tcp", addr)
	var requests strings.Builder
	for i := range keys {
		requests.WriteString(servertest.Request("SET", fmt.Sprint("key", i), strings.Repeat("v", 500)))
	}
	go io.WriteString(c.Conn, requests.String())
	c.WantAll(strings.Repeat("+OK\r\n", keys))
	c.Send(servertest.Request("SHUTDOWN", "NOSAVE")) // so that the log is read again
	p.Wait()
	for range 5 {
		p, _ = launch("")
		p.Signal(syscall.SIGTERM)
		if code, _ := p.Wait(); code != exitOK || strings.Contains(p.Log(), "level=ERROR") {
			t.Errorf("exit code %d", code)
		}
	}
	_, addr = launch("msg=loaded")
	servertest.Dial(t, "tcp", addr).Want(fmt.Sprintf(":%d\r\n", keys), "DBSIZE")
}
