package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/store"
)

// value is shown a string.
type value string

func (v *value) Value(bytes []byte, _ bool) { *v = value(bytes) }

// TestStopLosesNoReplyOfASlowReader: a client that pipelines more than the kernel holds and takes its replies piece by piece,
// long after the stop, gets one for each request that was run.
func TestStopLosesNoReplyOfASlowReader(t *testing.T) {
	slowly := func(t *testing.T, s *servertest.Server, nc net.Conn) {
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
			sent := s.Server.Figures().OutputBytes
			if idle++; sent > before || sent == 0 {
				before, idle = sent, 0
			}
		}
		s.Server.Shutdown()
		r, n := bufio.NewReaderSize(pausing{nc}, 16<<10), 0
		for {
			line, err := r.ReadString('\n')
			if err == io.EOF && line == "" {
				break
			}
			if n++; err != nil || line != fmt.Sprintf(":%d\r\n", n) {
				t.Fatalf("reply %d is %q, error %v", n, line, err)
			}
			if got, err := io.CopyN(io.Discard, r, padding+9); err == io.EOF && got == 0 {
				break // the stop came between the two
			} else if err != nil {
				t.Fatalf("behind reply %d are %d bytes, error %v", n, got, err)
			}
		}
		var last value
		op := store.Op{Now: time.Now().UnixMilli()}
		if err := s.Engine.(store.Strings).GetString(context.Background(), op, []byte("k"), &last); err != nil {
			t.Fatal(err)
		}
		if string(last) != fmt.Sprint(n) {
			t.Errorf("%d requests were answered, and %s were run", n, last)
		}
		t.Logf("%d replies", n)
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel() // nearly all of it is waiting
		s := servertest.Start(t, driver)
		slowly(t, s, s.Dial(t).Conn)
	})
	t.Run("tls", func(t *testing.T) {
		t.Parallel()
		a := servertest.NewAuthority(t)
		s, addr := encrypted(t, a, "no")
		nc, err := dialTLS(addr, a.Client(t, ""))
		if err != nil {
			t.Fatal(err)
		}
		slowly(t, s, nc)
	})
}

// pausing reads a little at a time and rests in between.
type pausing struct{ io.Reader }

func (p pausing) Read(buf []byte) (int, error) {
	time.Sleep(5 * time.Millisecond)
	return p.Reader.Read(buf[:min(len(buf), 16<<10)])
}
