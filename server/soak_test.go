package server_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/server/servertest"
)

// proxy forwards connections to a server in small pieces, with pauses between some of them, and cuts one in ten somewhere.
// It returns the address to dial.
func proxy(t *testing.T, to string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	forward := func(to, from net.Conn, random *rand.Rand, cut int) {
		defer to.(*net.TCPConn).CloseWrite()
		buf := make([]byte, 1+random.IntN(300))
		for {
			n, err := from.Read(buf)
			if cut -= n; cut < 0 {
				from.Close()
				to.Close()
				return
			}
			if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
				return
			}
			if random.IntN(8) == 0 {
				time.Sleep(time.Duration(random.IntN(1000)) * time.Microsecond)
			}
		}
	}
	all.Go(func() {
		for i := uint64(0); ; i++ {
			client, err := l.Accept()
			if err != nil {
				return
			}
			serving, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			cut := 1 << 30
			if i%10 == 0 {
				cut = int(i % 997)
			}
			all.Go(func() {
				var both sync.WaitGroup
				both.Go(func() { forward(serving, client, rand.New(rand.NewPCG(i, 0)), cut) })
				both.Go(func() { forward(client, serving, rand.New(rand.NewPCG(i, 1)), cut) })
				both.Wait()
				client.Close()
				serving.Close()
			})
		}
	})
	return l.Addr().String()
}

// visit is one client's stay: requests in pipelines of different depth on a key that no other visit sets, every reply of which
// is checked. What the visit before was cut in may still be served meanwhile, so only its key is removed. It returns how many
// replies came; a connection that is cut ends the visit.
func visit(addr, key, before string, random *rand.Rand) (replies int, err error) {
	nc, failed := net.Dial("tcp", addr)
	if failed != nil {
		return 0, nil
	}
	defer nc.Close()
	for round := range 1 + random.IntN(6) {
		var requests, want strings.Builder
		requests.WriteString(servertest.Request("SET", before, "", "PX", "1"))
		want.WriteString("+OK\r\n")
		depth := 1 + random.IntN(30)
		for i := range depth {
			value := strings.Repeat(fmt.Sprint(key, round, i, ";"), 1+random.IntN(40))
			requests.WriteString(servertest.Request("SET", key, value) + "GET " + key + "\r\n" + servertest.Request("ECHO", value))
			fmt.Fprintf(&want, "+OK\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(value), value, len(value), value)
		}
		go io.WriteString(nc, requests.String())
		got := make([]byte, want.Len())
		nc.SetReadDeadline(time.Now().Add(time.Minute))
		n, cut := io.ReadFull(nc, got)
		if string(got[:n]) != want.String()[:n] {
			return replies, fmt.Errorf("%s: after %d replies, others came than those asked for: %.200q", key, replies, got[:n])
		}
		if timeout, ok := cut.(net.Error); ok && timeout.Timeout() {
			return replies, fmt.Errorf("%s: no reply for a minute", key)
		}
		if cut != nil {
			return replies, nil
		}
		replies += 1 + 3*depth
	}
	return replies, nil
}

// soakTime in the environment is how long TestSoak lasts; without it, it lasts a moment.
const soakTime = "SESSD_SOAK"

// TestSoak lets clients come and go under load, straight and through a proxy that cuts and delays, and finds every reply in
// its place and descriptors, goroutines and memory where they were.
func TestSoak(t *testing.T) {
	lasts := 300 * time.Millisecond
	if text := os.Getenv(soakTime); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", soakTime, err)
		}
	}
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		addrs := []string{s.Addr, proxy(t, s.Addr)}
		var replies, visits atomic.Int64
		work := func(lasts time.Duration) {
			end := time.Now().Add(lasts)
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					random := rand.New(rand.NewPCG(uint64(i), 0))
					for before := "none"; time.Now().Before(end); {
						key := fmt.Sprintf("key%d.%d", i, visits.Add(1))
						n, err := visit(addrs[i%2], key, before, random)
						before = key
						if err != nil {
							t.Error(err)
							return
						}
						replies.Add(int64(n))
					}
				})
			}
			all.Wait()
			alone(t, s, 0)
		}
		heap := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		work(lasts / 10) // so that what is made once has been made
		before := heap()
		kept(t, func() { work(lasts) })
		if after := heap(); after > before+4<<20 {
			t.Errorf("the heap has grown from %d to %d bytes", before, after)
		}
		t.Logf("%d replies in %d visits", replies.Load(), visits.Load())
	})
}
