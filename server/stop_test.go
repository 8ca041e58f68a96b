package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/store"
)

// value is shown a string.
type value string

func (v *value) Value(bytes []byte, found bool) {
	if found {
		*v = value(bytes)
	}
}

// ran fails the test unless k was incremented so many times.
func ran(t *testing.T, s *servertest.Server, times int) {
	t.Helper()
	last := value("0")
	op := store.Op{Now: time.Now().UnixMilli()}
	if err := s.Engine.(store.Strings).GetString(context.Background(), op, []byte("k"), &last); err != nil {
		t.Fatal(err)
	}
	if string(last) != fmt.Sprint(times) {
		t.Errorf("%d requests were answered, and %s were run", times, last)
	}
}

// TestStopLosesNoReplyOfASlowReader: a client that pipelines more than the kernel holds and takes its replies piece by piece,
// long after the stop, gets one for each request that was run.
func TestStopLosesNoReplyOfASlowReader(t *testing.T) {
	slowly := func(t *testing.T, start func(t *testing.T) (*servertest.Server, net.Conn)) {
		t.Parallel() // nearly all of it is waiting
		const drain = 10 * time.Second
		for range 5 {
			s, nc := start(t)
			stopped, err := readAfterStop(t, s, nc)
			switch took := time.Since(stopped); {
			case err == nil:
				return
			case took < drain:
				t.Fatal(err)
			default:
				t.Logf("the machine was so slow that the stop was over after %v: %v", took, err)
			}
		}
		t.Fatal("no stop was long enough")
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		slowly(t, func(t *testing.T) (*servertest.Server, net.Conn) {
			s := servertest.Start(t, driver)
			return s, s.Dial(t).Conn
		})
	})
	t.Run("tls", func(t *testing.T) {
		slowly(t, func(t *testing.T) (*servertest.Server, net.Conn) {
			a := servertest.NewAuthority(t)
			s, addr := encrypted(t, a, "no")
			nc, err := dialTLS(addr, a.Client(t, ""))
			if err != nil {
				t.Fatal(err)
			}
			return s, nc
		})
	})
}

// readAfterStop fills all buffers between a client and its server, stops that, and reads what was answered. It returns when it stopped.
func readAfterStop(t *testing.T, s *servertest.Server, nc net.Conn) (stopped time.Time, err error) {
	defer nc.Close()
	const padding = 1000
	batch := strings.Repeat(servertest.Request("INCR", "k")+servertest.Request("ECHO", strings.Repeat("v", padding)), 100)
	go func() {
		for range 12 << 20 / len(batch) {
			if _, err := io.WriteString(nc, batch); err != nil {
				return
			}
		}
	}()
	before, idle := uint64(0), 0
	for idle < 5 { // until all buffers between the two are full
		time.Sleep(10 * time.Millisecond)
		sent := s.Server.Stats().OutputBytes
		if idle++; sent > before || sent == 0 {
			before, idle = sent, 0
		}
	}
	stopped = time.Now()
	s.Server.Shutdown()
	r, n := bufio.NewReaderSize(pausing{nc}, 32<<10), 0
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		if n++; err != nil || line != fmt.Sprintf(":%d\r\n", n) {
			return stopped, fmt.Errorf("reply %d is %q, error %v", n, line, err)
		}
		if got, err := io.CopyN(io.Discard, r, padding+9); err == io.EOF && got == 0 {
			break // the stop came between the two
		} else if err != nil {
			return stopped, fmt.Errorf("behind reply %d are %d bytes, error %w", n, got, err)
		}
	}
	ran(t, s, n)
	t.Logf("%d replies", n)
	return stopped, nil
}

// pausing reads a little at a time and rests in between.
type pausing struct{ io.Reader }

func (p pausing) Read(buf []byte) (int, error) {
	time.Sleep(5 * time.Millisecond)
	return p.Reader.Read(buf[:min(len(buf), 32<<10)])
}

// TestStopDuringTheHandshake: whoever finishes the TLS handshake while the server begins to stop gets a reply for each request
// that is run.
func TestStopDuringTheHandshake(t *testing.T) {
	a := servertest.NewAuthority(t)
	a.Issue(t, "server")
	s := servertest.Start(t, servertest.Unbound)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	sent, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		nc, err := l.Accept()
		if err != nil {
			return
		}
		finishing := &finishing{Conn: nc, late: make(chan struct{}), hurry: func() {
			<-sent
			s.Server.Shutdown()
		}}
		s.Server.ServeConn(tls.Server(finishing, &tls.Config{Certificates: []tls.Certificate{a.Pair(t, "server")}}))
	}()
	nc, err := dialTLS(l.Addr().String(), a.Client(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, servertest.Request("INCR", "k"))
	close(sent)
	reply, _ := io.ReadAll(nc)
	nc.Close()
	<-ended
	ran(t, s, strings.Count(string(reply), ":1\r\n"))
}

// finishing is the server's end of a connection. Once the last word of the client's handshake was read, hurry is called, and
// the read returns when the deadline of the connection is over.
type finishing struct {
	net.Conn
	hurry func()
	late  chan struct{}
	wrote bool // the server's part of the handshake
	once  sync.Once
}

func (f *finishing) SetDeadline(at time.Time) error {
	err := f.Conn.SetDeadline(at)
	if !at.IsZero() && at.Before(time.Now()) {
		f.once.Do(func() { close(f.late) })
	}
	return err
}

func (f *finishing) Write(data []byte) (int, error) {
	f.wrote = true
	return f.Conn.Write(data)
}

func (f *finishing) Read(buf []byte) (int, error) {
	n, err := f.Conn.Read(buf)
	if f.wrote && f.hurry != nil {
		f.hurry()
		f.hurry = nil
		<-f.late
	}
	return n, err
}

// TestStopUnderLoad loses no reply to a request that was run: whatever the store counts, the clients were told.
func TestStopUnderLoad(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		const clients = 5
		last := make(chan string, clients)
		for i := range clients {
			c := s.Dial(t)
			c.Want("+PONG\r\n", "PING")
			go func() {
				batch := strings.Repeat(servertest.Request("INCR", fmt.Sprint("k", i)), 10)
				for {
					if _, err := io.WriteString(c.Conn, batch); err != nil {
						return
					}
				}
			}()
			go func() {
				all, _ := io.ReadAll(c.Conn)
				lines := strings.Split(strings.TrimSuffix(string(all), "\r\n"), "\r\n")
				for n, line := range lines {
					if line != fmt.Sprint(":", n+1) {
						last <- fmt.Sprintf("reply %d is %q", n+1, line)
						return
					}
				}
				last <- ""
			}()
		}
		watch := s.Dial(t)
		for watch.Do("GET", "k0") == "$-1\r\n" {
		}
		s.Server.Shutdown()
		for range clients {
			if wrong := <-last; wrong != "" {
				t.Error(wrong)
			}
		}
	})
}

// TestStopWaitsForConnectionsOfOthers: what a connection is owed that somebody else accepted has left before Serve returns,
// after which the engine is closed.
func TestStopWaitsForConnectionsOfOthers(t *testing.T) {
	s := servertest.Start(t)
	c := s.Pipe(t)
	c.Send(servertest.Request("PING")) // whose reply nobody reads yet
	s.Server.Shutdown()
	read := make(chan string)
	go func() {
		select { // a server that does not wait has ended by then
		case <-s.Ended:
		case <-time.After(100 * time.Millisecond):
		}
		read <- c.Reply()
	}()
	<-s.Ended
	if n := s.Server.Stats().Connected; n != 0 {
		t.Errorf("%d connections are served after the end", n)
	}
	if got := <-read; got != "+PONG\r\n" {
		t.Errorf("got %q", got)
	}
}
