//go:build unix

package upstream

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// impostor is a server that greets as Redis does and answers everything else as a test wants.
type impostor struct {
	address string
	reply   atomic.Pointer[string]
}

func startImpostor(t *testing.T) *impostor {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &impostor{address: listener.Addr().String()}
	nothing := "$-1\r\n"
	s.reply.Store(&nothing)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *impostor) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		words, err := readRequest(in)
		if err != nil || len(words) == 0 {
			return
		}
		if _, err := io.WriteString(conn, s.answer(words)); err != nil {
			return
		}
	}
}

func readRequest(in *bufio.Reader) (words []string, err error) {
	count, err := readCount(in)
	for ; err == nil && count > 0; count-- {
		size, failed := readCount(in)
		word := make([]byte, size+2)
		if _, err = io.ReadFull(in, word); failed != nil {
			err = failed
		}
		words = append(words, string(word[:size]))
	}
	return words, err
}

func readCount(in *bufio.Reader) (int, error) {
	line, err := in.ReadString('\n')
	if err != nil || len(line) < 4 {
		return 0, io.ErrUnexpectedEOF
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

// answer returns what the server says. That of a cluster is one of one server.
func (s *impostor) answer(words []string) string {
	host, port, _ := net.SplitHostPort(s.address)
	switch verb := strings.ToUpper(words[0]); {
	case verb == "HELLO":
		return "%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n"
	case verb == "CLIENT" && strings.EqualFold(words[1], "ID"):
		return ":7\r\n"
	case verb == "CLIENT":
		return "+OK\r\n"
	case verb == "TIME":
		now := time.Now()
		return fmt.Sprintf("*2\r\n:%d\r\n:%d\r\n", now.Unix(), now.Nanosecond()/1000)
	case verb == "MULTI":
		return "+OK\r\n"
	case verb == "EXEC":
		return "*0\r\n"
	case verb == "INFO", verb == "PING":
		return "$2\r\nx\n\r\n"
	case verb == "CONFIG":
		return "%0\r\n"
	case verb == "CLUSTER" && strings.EqualFold(words[1], "SLOTS"):
		return fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$%d\r\n%s\r\n:%s\r\n$1\r\na\r\n", len(host), host, port)
	case verb == "CLUSTER":
		return fmt.Sprintf("*1\r\n%%2\r\n$5\r\nslots\r\n*2\r\n:0\r\n:16383\r\n$5\r\nnodes\r\n*1\r\n%%4\r\n$2\r\nid\r\n$1\r\na\r\n$4\r\nport\r\n:%s\r\n$2\r\nip\r\n$%d\r\n%s\r\n$4\r\nrole\r\n$6\r\nmaster\r\n", port, len(host), host)
	}
	return *s.reply.Load()
}

func bulks(words ...string) string {
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	return text
}

// TestStrangeAnswers of an upstream are errors: nothing panics, and all ends, as this test does.
func TestStrangeAnswers(t *testing.T) {
	s := startImpostor(t)
	meta := "1 1 1 0 1 1 0 1 1 0 0 0 1 h 1 p"
	replies := []string{
		"-OOM command not allowed when used memory > 'maxmemory'.\r\n", "-READONLY You can't write against a read only replica.\r\n",
		"-LOADING Redis is loading the dataset in memory\r\n", "-NOSCRIPT No matching script.\r\n", "-BUSY Redis is busy running a script.\r\n",
		"-CLUSTERDOWN The cluster is down\r\n", "-MOVED 1 " + s.address + "\r\n", "-ASK 1 " + s.address + "\r\n",
		"-TRYAGAIN Multiple keys request during rehashing of slot\r\n", "-ERR\r\n", "-\r\n", "+OK\r\n", ":-5\r\n", "*0\r\n", "*-1\r\n", "$-1\r\n", "_\r\n", ",1.5\r\n", "#t\r\n",
		"%0\r\n", "%1\r\n$6\r\n@state\r\n$1\r\nx\r\n", "~1\r\n:1\r\n", "*1\r\n*0\r\n", bulks(""), bulks("ok"), bulks("ok", ""), bulks("ok", meta),
		bulks("ok", meta, "x"), bulks("ok", "x", "y", "z"), bulks("destroyed"), bulks("destroyed", meta, "x"), bulks("moved"), bulks("moved", "x", "h"),
		bulks("moved", "sess:{000000}:x", "h"), bulks("moving"), bulks("moving", "1:x", "x"), bulks("moving", "99999999999999:x", "1"), bulks("late"), bulks("full"),
		bulks("limit"), bulks("locked"), bulks("revision"), bulks("@state", "1 2 3", "@times", "x"), bulks("@moved", "x", "@expires", "99999999999999"),
		bulks("1 1 1 0 1 1 0", "1 1 0 0 0 1", "h", "1 p"), bulks("1 1 1 0 1 1 0", "1 1 0 0 0 1", "h", "1 p", "99999:x"),
		"*3\r\n$2\r\nok\r\n" + bulks(meta)[4:] + "*0\r\n", "garbage\r\n", "\x00\xff\xfe", "$3\r\nabcd\r\n", "*2\r\n$2\r\nok\r\n", "*1\r\n:1\r\n",
	}
	for _, scheme := range []string{"redis", "redis-cluster"} {
		var e *Engine
		redistest.Until(t, "it is connected", func() (done bool) {
			var err error
			e, err = tryToConnect(t, scheme+"://"+s.address, func(o *Options) { o.Timeout, o.Replicas, o.Connections = 20*time.Millisecond, 0, 1 })
			return err == nil
		})
		for _, reply := range replies {
			s.reply.Store(&reply)
			for _, o := range allOperations() {
				err := o.do(e)
				if err == nil && strings.HasPrefix(reply, "-") && o.name != "unlock" {
					t.Errorf("%s over %s with %q: no error", o.name, scheme, reply)
				}
			}
		}
	}
}

// anyValue takes values of strings.
type anyValue struct{}

func (anyValue) Value([]byte, bool) {}

// namedOperation is an operation of sessions or strings.
type namedOperation struct {
	name string
	do   func(e *Engine) error
}

func allOperations() []namedOperation {
	id, other, fields := []byte("id"), []byte("other"), words("x", "1")
	last := func(_ any, err error) error { return err }
	return []namedOperation{
		{"create", func(e *Engine) error { return login(e, "id", "p", 0, false) }},
		{"create with a limit", func(e *Engine) error { return login(e, "id", "p", 2, false) }},
		{"create that evicts", func(e *Engine) error { return login(e, "id", "p", 2, true) }},
		{"load", func(e *Engine) error { return last(load(e, "id")) }},
		{"load fresh", func(e *Engine) error {
			return e.LoadSession(background, now(), id, store.LoadOptions{Fresh: true}, nothing{})
		}},
		{"load locked", func(e *Engine) error {
			return e.LoadSession(background, now(), id, store.LoadOptions{Token: id, LockFor: 9}, nothing{})
		}},
		{"save", func(e *Engine) error { return save(e, "id", "x", "1") }},
		{"save and unlock", func(e *Engine) error {
			return last(e.SaveSession(background, now(), id, store.SaveOptions{Fields: fields, Token: id, Unlock: true}))
		}},
		{"incr", func(e *Engine) error {
			return last(e.IncrSession(background, now(), id, store.IncrOptions{Field: id, Delta: 1, Max: 9}))
		}},
		{"take", func(e *Engine) error { return e.TakeSession(background, now(), id, nil, fields, nothing{}) }},
		{"append", func(e *Engine) error {
			return last(e.AppendSession(background, now(), id, store.AppendOptions{Field: id, Value: id}))
		}},
		{"clear", func(e *Engine) error { return last(e.ClearSession(background, now(), id, nil)) }},
		{"touch", func(e *Engine) error { return last(e.TouchSession(background, now(), id, 0)) }},
		{"lock", func(e *Engine) error { return lock(e, "id", "t", 9) }},
		{"unlock", func(e *Engine) error { return last(e.UnlockSession(background, now(), id, id)) }},
		{"meta", func(e *Engine) error { return last(e.SessionMeta(background, now(), id)) }},
		{"rotate", func(e *Engine) error { return e.RotateSession(background, now(), id, other, store.RotateOptions{}) }},
		{"rotate in a slot", func(e *Engine) error {
			return e.RotateSession(background, now(), []byte("a~abcdef"), []byte("b~abcdef"), store.RotateOptions{SetPrincipal: true, Principal: id})
		}},
		{"destroy", func(e *Engine) error { return last(destroy(e, "id")) }},
		{"list", func(e *Engine) error { return last(e.DescribeSessions(background, now(), id, fields)) }},
		{"handles", func(e *Engine) error { return last(e.DestroyHandles(background, now(), id, fields)) }},
		{"destroy all", func(e *Engine) error { return last(e.DestroyPrincipal(background, now(), id, nil)) }},
		{"destroy all but one", func(e *Engine) error { return last(e.DestroyPrincipal(background, now(), id, other)) }},
		{"expire", func(e *Engine) error {
			return last(e.Expire(background, now(), id, store.ExpireOptions{At: time.Now().UnixMilli() + 9000}))
		}},
		{"exists", func(e *Engine) error { return last(e.Exists(background, now(), [][]byte{id, other})) }},
		{"type", func(e *Engine) error { return last(e.KeyType(background, now(), id)) }},
		{"delete", func(e *Engine) error { return last(e.Delete(background, now(), [][]byte{id, other})) }},
		{"scan", func(e *Engine) error {
			return last(e.Scan(background, now(), 0, store.ScanOptions{Count: 10}, func([]byte) {}))
		}},
		{"random key", func(e *Engine) error { return last(e.RandomKey(background, now())) }},
		{"get", func(e *Engine) error { return e.GetStrings(background, now(), [][]byte{id, other}, anyValue{}) }},
		{"increase", func(e *Engine) error { return last(e.IncrString(background, now(), id, 1)) }},
		{"bytes", func(e *Engine) error {
			_, _, err := e.KeyBytes(background, now(), id)
			return err
		}},
		{"size", func(e *Engine) error { return last(e.Size(background, now())) }},
	}
}
