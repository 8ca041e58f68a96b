package server

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessd/server/resp"
)

// TestPipelineAnswersAsOneByOne: requests that arrive together are split together, and still each of them meets what those
// before it have changed.
func TestPipelineAnswersAsOneByOne(t *testing.T) {
	many := make([]string, resp.UnauthenticatedWords) // with the command's name too many for who has not authenticated
	vocabulary := [][]string{
		{"PING"}, {"ping"}, {"PING", "x"}, {"ECHO"}, {"NOSUCH", "a"}, {"CLIENT", "GETNAME"}, {"CLIENT", "SETNAME", "n"}, {"CLIENT", "NOSUCH"},
		{"AUTH", "secret"}, {"AUTH", "few", "secret"}, {"RESET"}, {"HELLO", "3"}, {"HELLO", "2"}, {"QUIT"},
		{"SELECT", "1"}, {"SELECT", "0"}, {"CLIENT", "REPLY", "SKIP"}, {"CLIENT", "REPLY", "OFF"}, {"CLIENT", "REPLY", "ON"},
		{"SET", "mine:k", "v"}, {"SET", "k", "v"}, {"GET", "k"}, {"GET", "mine:k"}, {"GET", "id"}, {"DEL", "k"}, {"INCR", "k"}, {"INCR", "n"},
		{"SESS.CREATE", "id", "FIELDS", "1", "f", "v"}, {"SESS.GET", "id"}, {"SESS.GET", "mine:id"}, {"SESS.SAVE", "id", "f", "w"},
		{"SESS.SAVE", "id", "f", "w", "g"}, {"SESS.DESTROY", "id"}, append([]string{"DEL"}, many...), {"COMMAND", "COUNT"},
		{"MULTI"}, {"EXEC"}, {"EXEC"}, {"DISCARD"}, {"WATCH", "k"}, {"WATCH", "mine:k"}, {"UNWATCH"},
	}
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, []byte("user default on >secret ~* +@all\nuser few on >secret ~mine:* +@all -set\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() *served {
		s := newServed(t)
		if err := s.server.dispatcher.Users.LoadFile(users); err != nil {
			t.Fatal(err)
		}
		s.conn = &conn{bytes: &s.server.bytes, stats: s.server.stats[0]}
		s.server.greet(s.conn, testAddr{}, testAddr{})
		return s
	}
	random := rand.New(rand.NewPCG(4, 2))
	for range 100 {
		script := []string{string(request("AUTH", "secret"))}
		for range 40 {
			one := string(request(vocabulary[random.IntN(len(vocabulary))]...))
			script = append(script, slices.Repeat([]string{one}, 1+random.IntN(2)*random.IntN(2*batchSize))...)
		}
		separate, together := start(), start()
		for _, one := range script {
			if separate.conn.closing == notClosing {
				separate.feed(one)
			}
		}
		together.feed(strings.Join(script, ""))
		if want, got := separate.said.String(), together.said.String(); got != want {
			t.Fatalf("%q\n  together %q\none by one %q", script, got, want)
		}
	}
}

// feed serves data as a driver does, which sends the replies whenever the worker stops.
func (s *served) feed(data string) {
	for rest := []byte(data); len(rest) > 0 && s.conn.closing == notClosing; {
		s.attach(s.conn, s.server.clock.Now())
		rest = s.serve(s.conn, rest)
		s.said.Write(s.out.Buf)
		s.endRound()
		if len(rest) > 0 && !s.conn.waiting && s.conn.closing == notClosing {
			s.Fatalf("%q is left", rest)
		}
	}
	if s.conn.closing != notClosing {
		fmt.Fprintln(&s.said, reasonNames[s.conn.closing])
	}
}
