package soak

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"sessd/server/servertest"
)

// client is one that comes, says a few pipelines of requests, and goes. Sessions and strings of its own are known to it to
// the byte, so that it can tell each reply before it is there.
type client struct {
	name   string
	random *rand.Rand
	nc     net.Conn
	shared *ledger
	heard  *atomic.Int64 // replies, of all clients

	id       string // of its session; empty: it has none
	revision int
	fields   map[string]string
	text     string // what its string holds; empty: there is none
	rotated  int

	requests strings.Builder // those of the pipeline that is put together
	replies  []expected
}

// expected is a reply to come. One that nobody can tell before is an integer, and goes into the ledger.
type expected struct {
	bytes  string
	ledger bool
}

var (
	// errStopped is what a client ends with when the daemon closed its connection after a whole reply.
	errStopped = errors.New("the daemon closed the connection")
	errWrong   = errors.New("wrong reply")
)

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func (c *client) say(reply string, words ...string) {
	c.requests.WriteString(servertest.Request(words...))
	c.replies = append(c.replies, expected{bytes: reply})
}

// live is what the client does from its first request to its last, after which nothing of it is left.
func (c *client) live() error {
	for range 1 + c.random.IntN(12) {
		for range 1 + c.random.IntN(40) {
			c.step()
		}
		if err := c.exchange(); err != nil {
			return err
		}
	}
	c.leave()
	return c.exchange()
}

// step adds one request, or some that belong together.
func (c *client) step() {
	if c.id == "" {
		c.create()
		return
	}
	field, value := fmt.Sprint("f", c.random.IntN(8)), c.value()
	switch c.random.IntN(16) {
	case 0, 1, 2:
		c.saved()
		c.fields[field] = value
		c.say(fmt.Sprintf(":%d\r\n", c.revision), "SESS.SAVE", c.id, field, value)
	case 3:
		c.saved()
		delete(c.fields, field)
		c.say(fmt.Sprintf(":%d\r\n", c.revision), "SESS.SAVE", c.id, "IFREV", fmt.Sprint(c.revision-1), "UNSET", "1", field)
	case 4:
		c.say(fmt.Sprintf("-REVISION session is at revision %d\r\n", c.revision), "SESS.SAVE", c.id, "IFREV", fmt.Sprint(c.revision+1), "FIELDS", "1", field, value)
	case 5, 6, 7:
		c.say(fmt.Sprintf("*2\r\n:%d\r\n*2\r\n%s%s", c.revision, c.field(field), c.field("f0")), "SESS.GET", c.id, "WITHREV", "FIELDS", "2", field, "f0")
	case 8:
		c.rotate()
	case 9:
		c.say(":1\r\n", "SESS.TOUCH", c.id)
	case 10:
		c.saved()
		clear(c.fields)
		c.say(fmt.Sprintf(":%d\r\n", c.revision), "SESS.CLEAR", c.id)
	case 11:
		c.text = value
		c.say("+OK\r\n", "SET", c.name, value)
		c.say(bulk(c.text), "GET", c.name)
	case 12:
		c.text += "x"
		c.say(fmt.Sprintf(":%d\r\n", len(c.text)), "APPEND", c.name, "x")
	case 13:
		c.say(bulk(c.name+value), "PING", c.name+value)
	case 14:
		c.requests.WriteString(servertest.Request("SESS.SAVE", sharedID, "by", c.name))
		c.replies = append(c.replies, expected{ledger: true})
	case 15:
		c.say("-ERR unknown command '"+c.name+"', with args beginning with: \r\n", c.name)
	}
}

// value is mostly short, sometimes longer than a read of the daemon, and rarely as large as a page of a shop.
func (c *client) value() string {
	size := c.random.IntN(100)
	switch n := c.random.IntN(200); {
	case n == 0:
		size = 100<<10 + c.random.IntN(200<<10)
	case n < 10:
		size = c.random.IntN(20 << 10)
	}
	mark := fmt.Sprintf("%s:%d:", c.name, c.random.Uint32())
	return strings.Repeat(mark, size/len(mark)+1)
}

func (c *client) create() {
	c.rotated++
	c.id, c.revision, c.fields = fmt.Sprintf("%s-%d", c.name, c.rotated), 0, map[string]string{"f0": "new"}
	c.say(bulk(c.id), "SESS.CREATE", c.id, "PRINCIPAL", "of "+c.name, "FIELDS", "1", "f0", "new")
	c.say("-SESSEXISTS session already exists\r\n", "SESS.CREATE", c.id)
}

func (c *client) rotate() {
	c.rotated++
	before := c.id
	c.id = fmt.Sprintf("%s-%d", c.name, c.rotated)
	c.say(bulk(c.id), "SESS.ROTATE", before, c.id)
	c.say("-NOSESSION no such session\r\n", "SESS.SAVE", before, "late", "save")
	c.say("*1\r\n"+bulk(c.id), "SESS.LIST", "of "+c.name)
}

// saved counts a save. The session's size stays below the daemon's limit: there are eight fields at most.
func (c *client) saved() {
	var size int
	for _, value := range c.fields {
		size += len(value)
	}
	c.revision++
	if size > 500<<10 {
		clear(c.fields)
		c.say(fmt.Sprintf(":%d\r\n", c.revision), "SESS.CLEAR", c.id)
		c.revision++
	}
}

func (c *client) field(name string) string {
	if value, there := c.fields[name]; there {
		return bulk(value)
	}
	return "$-1\r\n"
}

// leave removes all that the client made.
func (c *client) leave() {
	if c.id != "" {
		c.say(":1\r\n", "SESS.DESTROYALL", "of "+c.name)
		c.say("*-1\r\n", "SESS.GET", c.id)
	}
	there := 0
	if c.text != "" {
		there = 1
	}
	c.say(fmt.Sprintf(":%d\r\n", there), "DEL", c.name)
	c.say("$-1\r\n", "GET", c.name)
	c.id, c.text = "", ""
}

// exchange sends the pipeline while it reads and compares the replies.
func (c *client) exchange() error {
	requests, replies := c.requests.String(), c.replies
	c.requests.Reset()
	c.replies = nil
	c.nc.SetDeadline(time.Now().Add(patience))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		io.WriteString(c.nc, requests) // when that fails, replies may come all the same
	}()
	for i, reply := range replies {
		if err := c.hear(reply); err != nil {
			c.nc.Close()
			<-sent
			return fmt.Errorf("client %s, reply %d of %d in a pipeline: %w", c.name, i+1, len(replies), err)
		}
		c.heard.Add(1)
	}
	<-sent
	return nil
}

// hear reads one reply.
func (c *client) hear(reply expected) error {
	if reply.ledger {
		line, err := c.line()
		if err != nil {
			return err
		}
		var revision int
		if _, err := fmt.Sscanf(line, ":%d\r\n", &revision); err != nil {
			return fmt.Errorf("%w: %q for the shared session", errWrong, line)
		}
		return c.shared.enter(revision)
	}
	heard := make([]byte, len(reply.bytes))
	n, err := io.ReadFull(c.nc, heard)
	switch {
	case n > 0 && string(heard[:n]) != reply.bytes[:n]:
		return fmt.Errorf("%w: %.200q instead of %.200q", errWrong, heard[:n], reply.bytes)
	case err != nil && n > 0:
		return fmt.Errorf("%w: it ends after %d of %d bytes: %w", errWrong, n, len(heard), err)
	case err != nil:
		return fmt.Errorf("%w: %w", errStopped, err)
	}
	return nil
}

// line reads up to the end of a line, byte by byte: what follows is for other replies.
func (c *client) line() (string, error) {
	var line []byte
	for b := make([]byte, 1); len(line) == 0 || line[len(line)-1] != '\n'; line = append(line, b[0]) {
		if _, err := io.ReadFull(c.nc, b); err != nil && len(line) > 0 {
			return "", fmt.Errorf("%w: it ends after %q: %w", errWrong, line, err)
		} else if err != nil {
			return "", fmt.Errorf("%w: %w", errStopped, err)
		}
	}
	return string(line), nil
}

// abandon sends requests that change nothing, and goes without a word in the middle of them.
func (c *client) abandon() {
	request := strings.Repeat(servertest.Request("PING", c.value()), 1+c.random.IntN(50)) + servertest.Request("GET", c.name)
	if tcp, ok := c.nc.(*net.TCPConn); ok && c.random.IntN(2) == 0 {
		tcp.SetLinger(0) // by a reset
	}
	c.nc.SetDeadline(time.Now().Add(time.Millisecond))
	io.WriteString(c.nc, request[:c.random.IntN(len(request))])
}
