package libraries

import (
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// relay passes connections on to a server and notes the requests that the server does not know.
type relay struct {
	network, addr string
	port          int

	mu       sync.Mutex // guards refusals and conns
	refusals []string
	conns    []net.Conn
}

// refusal finds an error of a server that lacks a command, alone or inside a script.
var refusal = regexp.MustCompile(`-[^\r\n]*(?i:unknown (redis )?(sub)?command|cannot be called|not supported)[^\r\n]*\r`)

// newRelay returns a relay on a free port of the loopback, which ends with the test.
func newRelay(t *testing.T, network, addr string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{network: network, addr: addr, port: listener.Addr().(*net.TCPAddr).Port}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { r.serve(client) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		r.mu.Lock()
		for _, nc := range r.conns {
			nc.Close()
		}
		r.mu.Unlock()
		group.Wait()
	})
	return r
}

// serve passes a connection's bytes on, in both directions, until either side ends it.
func (r *relay) serve(client net.Conn) {
	server, err := net.Dial(r.network, r.addr)
	if err != nil {
		client.Close()
		return
	}
	r.mu.Lock()
	r.conns = append(r.conns, client, server)
	r.mu.Unlock()
	var group sync.WaitGroup
	group.Go(func() {
		defer server.Close()
		io.Copy(server, client)
	})
	group.Go(func() {
		defer client.Close()
		io.Copy(client, io.TeeReader(server, r))
	})
	group.Wait()
}

// Write looks at replies for refusals. One that is cut in two between reads goes unseen.
func (r *relay) Write(p []byte) (int, error) {
	for _, found := range refusal.FindAllString(string(p), -1) {
		text, _, _ := strings.Cut(found[1:len(found)-1], ", with args")
		r.mu.Lock()
		if !slices.Contains(r.refusals, text) {
			r.refusals = append(r.refusals, text)
		}
		r.mu.Unlock()
	}
	return len(p), nil
}

// refused returns the first error of a request that this server does not know and another one does.
func (r *relay) refused(other *relay) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range r.refusals {
		if !slices.ContainsFunc(other.refusals, func(theirs string) bool { return strings.EqualFold(text, theirs) }) {
			return text
		}
	}
	return "nothing"
}
