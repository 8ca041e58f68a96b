package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// readRequest reads one request: an array of bulks.
func readRequest(r *bufio.Reader) ([]string, error) {
	number := func(kind string) (int, error) {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, err
		}
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\r\n"), kind)
		if !ok {
			return 0, fmt.Errorf("%q does not begin with %q", line, kind)
		}
		return strconv.Atoi(text)
	}
	count, err := number("*")
	if err != nil {
		return nil, err
	}
	request := make([]string, count)
	for i := range request {
		length, err := number("$")
		if err != nil {
			return nil, err
		}
		word := make([]byte, length+2)
		if _, err := io.ReadFull(r, word); err != nil {
			return nil, err
		}
		if string(word[length:]) != "\r\n" {
			return nil, fmt.Errorf("bulk %q does not end in CRLF", word)
		}
		request[i] = string(word[:length])
	}
	return request, nil
}

// stub is a server that keeps strings, hashes and sessions in one map, and knows the commands of the
// workloads alone.
type stub struct {
	mu       sync.Mutex
	entries  map[string]map[string]string
	ends     map[string]time.Time // when entries expire, of those for which PEXPIREAT said so
	commands map[string]int
	answer   func(request []string) string // instead of the stub's own answer when not ""
}

// newStub starts a stub and returns it with its address. It ends with the test.
func newStub(t *testing.T, answer func(request []string) string) (*stub, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stub{entries: map[string]map[string]string{}, ends: map[string]time.Time{}, commands: map[string]int{}, answer: answer}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(t, c) })
		}
	})
	return s, l.Addr().String()
}

func (s *stub) serve(t *testing.T, c net.Conn) {
	defer c.Close()
	r, w := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		request, err := readRequest(r)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("stub: %v", err)
			}
			return
		}
		reply := ""
		if s.answer != nil {
			reply = s.answer(request)
		}
		if reply == "" {
			reply = s.reply(request)
		}
		if reply == "close" {
			return
		}
		w.WriteString(reply)
		if r.Buffered() == 0 {
			w.Flush()
		}
	}
}

// reply does the command and returns its reply.
func (s *stub) reply(request []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands[request[0]]++
	if request[0] == "PING" {
		return "+PONG\r\n"
	}
	for key, end := range s.ends {
		if time.Now().After(end) {
			delete(s.entries, key)
			delete(s.ends, key)
		}
	}
	if request[0] == "DBSIZE" {
		return fmt.Sprintf(":%d\r\n", len(s.entries))
	}
	if request[0] == "INFO" {
		return bulks(fmt.Sprintf("# Memory\r\nused_memory:%d\r\nused_memory_human:1K\r\n", 1000+200*len(s.entries)))
	}
	if request[0] == "HELLO" || request[0] == "AUTH" {
		return "+OK\r\n"
	}
	key := request[1]
	entry, exists := s.entries[key]
	put := func(pairs []string) {
		if entry == nil {
			entry = map[string]string{}
			s.entries[key] = entry
		}
		for i := 0; i < len(pairs); i += 2 {
			entry[pairs[i]] = pairs[i+1]
		}
	}
	switch request[0] {
	case "PUBLISH":
		return ":" + strconv.Itoa(s.commands["SUBSCRIBE"]) + "\r\n"
	case "SUBSCRIBE":
		return "*3\r\n" + bulks("subscribe", key) + ":1\r\n"
	case "SET":
		put([]string{"", request[2]})
		return "+OK\r\n"
	case "GET":
		if !exists {
			return "$-1\r\n"
		}
		return bulks(entry[""])
	case "HSET":
		put(request[2:])
		return ":0\r\n"
	case "SESS.CREATE":
		if exists {
			return "-SESSEXISTS session already exists\r\n"
		}
		put(request[6:])
		return bulks(key)
	case "SESS.SAVE":
		if !exists {
			return "-NOSESSION no such session\r\n"
		}
		put(request[4:])
		return ":1\r\n"
	case "HGETALL", "SESS.GET":
		if !exists && request[0] == "SESS.GET" {
			return "*-1\r\n"
		}
		var flat []string
		for name, value := range entry {
			flat = append(flat, name, value)
		}
		return "*" + strconv.Itoa(len(flat)) + "\r\n" + bulks(flat...)
	case "PEXPIREAT":
		ms, _ := strconv.ParseInt(request[2], 10, 64)
		s.ends[key] = time.UnixMilli(ms)
		return map[bool]string{true: ":1\r\n", false: ":0\r\n"}[exists]
	case "DEL", "SESS.DESTROY":
		delete(s.entries, key)
		fallthrough
	case "EXISTS", "EXPIRE", "PEXPIRE":
		if exists {
			return ":1\r\n"
		}
		return ":0\r\n"
	}
	return "-ERR unknown command '" + request[0] + "'\r\n"
}

func (s *stub) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}

func (s *stub) count(command string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands[command]
}
