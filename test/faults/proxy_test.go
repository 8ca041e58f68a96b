package faults

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// fate is what a proxy does to a connection: how many bytes it lets through in each direction before it cuts both.
type fate struct{ up, down int }

// spared is the direction of a connection in which it is not cut.
const spared = -1

// proxy carries connections to an address in pieces of any size, with pauses between them, until their fate.
type proxy struct {
	net.Listener
	target string
	group  sync.WaitGroup
}

// newProxy starts a proxy, which ends with the test. fates tells what becomes of the connections, in their order.
func newProxy(t *testing.T, target string, fates func() fate) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, target: target}
	p.group.Go(func() {
		for seed := uint64(1); ; seed++ {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			f := fates()
			p.group.Go(func() { p.carry(nc.(*net.TCPConn), f, seed) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.group.Wait()
	})
	return p
}

// carry connects a client to the target until both are done, or the fate is fulfilled.
func (p *proxy) carry(client *net.TCPConn, f fate, seed uint64) {
	defer client.Close()
	nc, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	server := nc.(*net.TCPConn)
	defer server.Close()
	cut := func() {
		if seed%2 == 0 { // by resets
			client.SetLinger(0)
			server.SetLinger(0)
		}
		client.Close()
		server.Close()
	}
	var both sync.WaitGroup
	both.Go(func() { relay(server, client, f.up, rand.New(rand.NewPCG(seed, 1)), cut) })
	both.Go(func() { relay(client, server, f.down, rand.New(rand.NewPCG(seed, 2)), cut) })
	both.Wait()
}

// relay copies from one connection to the other, in pieces, and calls cut once it has let so many bytes through.
func relay(to, from *net.TCPConn, most int, random *rand.Rand, cut func()) {
	to.SetNoDelay(true)
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		for rest := buf[:n]; len(rest) > 0; {
			if most == 0 {
				cut()
				return
			}
			size := 1 + random.IntN(len(rest))
			if random.IntN(4) == 0 {
				size = min(size, 1+random.IntN(8))
			}
			if most != spared {
				size = min(size, most)
				most -= size
			}
			if _, err := to.Write(rest[:size]); err != nil {
				return
			}
			rest = rest[size:]
			if random.IntN(8) == 0 {
				time.Sleep(time.Duration(random.IntN(300)) * time.Microsecond)
			}
		}
		if err != nil {
			to.CloseWrite()
			return
		}
	}
}
