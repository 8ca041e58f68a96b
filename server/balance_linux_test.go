package server_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// TestSaturatedLoopGives tells the loops what load they have, and finds out who serves whom then.
func TestSaturatedLoopGives(t *testing.T) {
	for _, test := range []struct {
		name string
		load [][]int64 // of each loop, in one window after the other; the last stays
		idle float64
		want []int64 // sockets
	}{
		{"one that is busy gives all but one", [][]int64{{1000}, {0}, {0}}, 2, []int64{1, 7, 0}},
		{"half of them at first", [][]int64{{1000, 1000, 0}, {0}, {0}}, 1, []int64{4, 4, 0}},
		{"fewer to one that is busy itself", [][]int64{{1000, 1000, 1000, 1000, 0}, {500}}, 1, []int64{3, 5}},
		{"none to one that is busier", [][]int64{{1000}, {501}}, 1, []int64{4, 4}},
		{"no processor is idle", [][]int64{{1000}, {0}}, 0.4, []int64{8, 0}},
		{"it is not all that busy", [][]int64{{899}, {0}}, 2, []int64{8, 0}},
		{"it is not busy for long", [][]int64{{1000, 800, 1000, 800}, {0}}, 2, []int64{8, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			punctual(t, 200*time.Millisecond, func(window time.Duration, tick func()) error {
				var windows atomic.Int64
				s := servertest.Start(t, limited(func(o *server.Options) {
					o.IOThreads = len(test.load)
					gone := make([]int, o.IOThreads) // each is used by its loop
					load := func(loop int) int64 {
						if loop == 0 {
							windows.Add(1)
						}
						figures := test.load[loop]
						gone[loop]++
						return figures[min(gone[loop], len(figures))-1]
					}
					server.Balance(o, window, load, func() float64 { return test.idle }) // in which each client is served
				}))
				var clients []*servertest.Conn
				for range 8 {
					clients = append(clients, s.Dial(t))
				}
				for windows.Load() < 7 {
					for i, c := range clients {
						c.Want("+OK\r\n", "SET", "key", fmt.Sprint(i))
						c.Want(fmt.Sprintf("$1\r\n%d\r\n", i), "GET", "key")
						tick()
					}
				}
				if got := s.Server.Sockets(); !slices.Equal(got, test.want) {
					return fmt.Errorf("the loops serve %d clients, want %d", got, test.want)
				}
				return nil
			})
		})
	}
}

// TestNewClientsGoWhereThereIsRoom while the loop that they would crowd is saturated.
func TestNewClientsGoWhereThereIsRoom(t *testing.T) {
	var windows atomic.Int64
	s := servertest.Start(t, limited(func(o *server.Options) {
		o.IOThreads = 2
		server.Balance(o, time.Millisecond, func(loop int) int64 {
			if loop == 0 {
				windows.Add(1)
				return 1000
			}
			return 600 // takes none of those who are there
		}, func() float64 { return 1 })
	}))
	first := s.Dial(t)
	for windows.Load() < 3 {
		first.Want("+PONG\r\n", "PING")
	}
	for range 5 {
		s.Dial(t).Want("+PONG\r\n", "PING")
	}
	if got := s.Server.Sockets(); !slices.Equal(got, []int64{1, 5}) {
		t.Errorf("the loops serve %d clients, want 1 and 5", got)
	}
}

// wandering is an option by which all loops give sockets to each other all the time.
func wandering(_ *commands.Options, o *server.Options) {
	o.IOThreads = 3
	server.Balance(o, time.Millisecond, func(int) int64 { return rand.Int64N(2) * 1000 }, func() float64 { return 1 })
}

// TestWanderingClients get every reply in its place, whatever else happens to them.
func TestWanderingClients(t *testing.T) {
	s := servertest.Start(t, wandering)
	addrs := []string{s.Addr, proxy(t, s.Addr)}
	var done atomic.Bool
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			before := "none"
			for n := 0; !done.Load(); n++ {
				key := fmt.Sprintf("key%d.%d", i, n)
				if _, err := visit(addrs[i%2], key, before, random); err != nil {
					t.Error(err)
					return
				}
				before = key
			}
		})
	}
	watch := s.Dial(t)
	watch.Want("+OK\r\n", "MONITOR")
	var watched atomic.Int64
	go func() {
		for buf := make([]byte, 64<<10); ; {
			n, err := watch.Conn.Read(buf)
			watched.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	pauses, victims := s.Dial(t), s.Dial(t)
	for end := time.Now().Add(time.Minute); s.Server.Moved() < 200 && time.Now().Before(end); {
		pauses.Want("+OK\r\n", "CLIENT", "PAUSE", "5", "ALL")
		victim := s.Dial(t)
		id := strings.Trim(victim.Do("CLIENT", "ID"), ":\r\n")
		go io.WriteString(victim.Conn, strings.Repeat(servertest.Request("PING"), 1000))
		victims.Want(":1\r\n", "CLIENT", "KILL", "ID", id)
		if got, _ := io.ReadAll(victim.Conn); strings.Trim(string(got), "+PONG\r\n") != "" {
			t.Errorf("the victim was answered %q", got)
		}
	}
	done.Store(true)
	all.Wait()
	if s.Server.Moved() < 200 || watched.Load() == 0 {
		t.Errorf("%d clients went from loop to loop, %d bytes were seen of what they asked", s.Server.Moved(), watched.Load())
	}
	watch.Close()
	alone(t, s, 2)
	total := int64(0)
	for _, n := range s.Server.Sockets() {
		total += n
	}
	if total != 2 {
		t.Errorf("the loops believe to serve %d clients, want 2", total)
	}
}

// TestStopWhileClientsWander answers everything that was run, and ends.
func TestStopWhileClientsWander(t *testing.T) {
	for range 2 {
		s := servertest.Start(t, wandering)
		var all sync.WaitGroup
		for i := range 8 {
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				defer nc.Close()
				var sent sync.WaitGroup
				sent.Go(func() {
					batch := strings.Repeat(servertest.Request("INCR", fmt.Sprint("k", i)), 10)
					for {
						if _, err := io.WriteString(nc, batch); err != nil {
							return
						}
					}
				})
				replies, _ := io.ReadAll(nc)
				nc.Close()
				sent.Wait()
				lines := strings.Split(strings.TrimSuffix(string(replies), "\r\n"), "\r\n")
				for n, line := range lines {
					if line != fmt.Sprint(":", n+1) {
						t.Errorf("reply %d is %q", n+1, line)
						return
					}
				}
			})
		}
		for s.Server.Moved() < 10 {
			time.Sleep(time.Millisecond)
		}
		s.Server.Shutdown()
		all.Wait()
	}
}
