package server_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// longMSET is a request of n strings, long enough to be prepared beside the loop.
func longMSET(n int) (request, last string) {
	words := []string{"MSET"}
	for i := range n {
		words = append(words, fmt.Sprint("key:", i), fmt.Sprint("value ", i))
	}
	return servertest.Request(words...), words[len(words)-1]
}

// TestLongRequests: requests before, within and behind long ones are answered in their order, however they arrive, also where
// the client says nothing more.
func TestLongRequests(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		many, last := longMSET(20_000)
		value := strings.Repeat("0123456789abcdef", 40_000)
		requests := servertest.Request("PING") + many + servertest.Request("GET", "key:19999") + servertest.Request("SET", "long", value) +
			servertest.Request("STRLEN", "long") + many + many + servertest.Request("PING")
		want := "+PONG\r\n+OK\r\n" + servertest.Bulk(last) + "+OK\r\n" + fmt.Sprintf(":%d\r\n", len(value)) + "+OK\r\n+OK\r\n+PONG\r\n"
		for _, most := range []int{len(requests), 300 << 10, 70 << 10} {
			nc, err := net.Dial("tcp", s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for rest := requests; rest != ""; {
					n := min(len(rest), 1+rand.IntN(most))
					if _, err := io.WriteString(nc, rest[:n]); err != nil {
						t.Error(err)
						return
					}
					rest = rest[n:]
				}
				nc.(*net.TCPConn).CloseWrite()
			}()
			if got, err := io.ReadAll(nc); string(got) != want || err != nil {
				t.Errorf("with at most %d bytes at once: %.200q, %v", most, got, err)
			}
			nc.Close()
		}
	})
}

// TestLongRequestsThatEnd: others are served while long requests are prepared whose clients go, or that are malformed.
func TestLongRequestsThatEnd(t *testing.T) {
	s := servertest.Start(t)
	many, _ := longMSET(20_000)
	other := s.Dial(t)
	for i := range 20 {
		c := s.Dial(t)
		c.Send(many[:len(many)-i%2])
		if i%4 > 1 {
			other.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		}
		other.Want("+PONG\r\n", "PING")
		if i%3 == 0 {
			c.Close()
		}
	}
	c := s.Dial(t)
	c.Send(strings.Replace(many, "$9\r\nkey:19990", "$x\r\nkey:19990", 1))
	if got := c.Reply(); got != "-ERR Protocol error: invalid bulk length\r\n" {
		t.Errorf("a malformed request is answered %q", got)
	}
	c.WantClosed()
}
