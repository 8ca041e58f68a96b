package commands

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

func monitorSpecs() []Spec {
	return []Spec{{
		Usage:   "MONITOR",
		Summary: "Shows every request that the server runs, without ids, keys and values.",
		Group:   ServerGroup, Flags: Admin | Dangerous | Loading | Stale | NoScript, Since: "1.0.0", Run: monitor,
		Example: `MONITOR -> "OK"`,
	}}
}

// monitors is the clients that watch what others ask.
type monitors struct {
	mu      sync.Mutex
	clients map[*Client]bool
}

func (m *monitors) add(s *Dispatcher, c *Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.clients == nil {
		m.clients = make(map[*Client]bool)
	}
	m.clients[c] = true
	s.setGate(monitored, true)
}

func (m *monitors) remove(s *Dispatcher, c *Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clients, c)
	if len(m.clients) == 0 {
		s.setGate(monitored, false)
	}
}

// ShowToMonitors shows a call to those who watch, though its command has SkipMonitor: it comes before those that run inside.
func (c *Call) ShowToMonitors() {
	if c.closedGates()&monitored != 0 {
		show(c)
	}
}

// showBefore shows a call to those who watch, unless it is to be shown behind those that it runs.
func showBefore(c *Call) (verdict, error) {
	if c.Command.Flags&Executes == 0 {
		c.show()
	}
	return proceed, nil
}

func showAfter(c *Call) {
	if c.Command != nil && c.Command.Flags&Executes != 0 {
		c.show()
	}
}

// show shows a call to those who watch.
func (c *Call) show() {
	if c.Command.Flags&(Admin|SkipMonitor) != 0 {
		return // as in Redis
	}
	show(c)
}

// show shows any call.
func show(c *Call) {
	line := monitorLine(c)
	message := NewMessage(func(r Reply) { r.Status(line) })
	m := &c.Dispatcher.monitors
	m.mu.Lock()
	defer m.mu.Unlock()
	for client := range m.clients {
		if client == c.Client && !c.InStep() && c.Command.Flags&Executes == 0 { // before the reply, which does not go through the mailbox
			c.Reply.Status(line)
			c.mark = c.Reply.Mark()
			continue
		}
		client.Conn.Push(message)
	}
}

// stopMonitoring makes the client one that does not watch.
func stopMonitoring(s *Dispatcher, client *Client) {
	if client.monitor {
		s.monitors.remove(s, client)
		client.change(func() { client.monitor = false })
	}
}

// monitorLine describes a call as MONITOR does: the time, the keyspace, the client, and the words. Whatever may be an id, a
// value or a password is not shown; what is, are the words that the command's usage line has.
func monitorLine(c *Call) string {
	var b strings.Builder
	ms := c.Op.Now
	b.WriteString(strconv.FormatInt(ms/1000, 10))
	b.WriteByte('.')
	b.WriteString(strconv.FormatInt(1000+ms%1000, 10)[1:])
	b.WriteString("000 [")
	b.WriteString(strconv.Itoa(c.Op.Keyspace))
	b.WriteByte(' ')
	if c.inner {
		b.WriteString("lua")
	} else {
		b.WriteString(c.Client.Addr)
	}
	b.WriteByte(']')
	for i, word := range c.Words {
		if i < c.Command.words || c.Command.says(word) {
			b.WriteByte(' ')
			b.WriteString(strconv.Quote(string(word)))
		} else {
			b.WriteString(` "(redacted)"`)
		}
	}
	return b.String()
}

// says reports whether a word is one of the literal words of the command's usage line.
func (c *Command) says(word []byte) bool {
	return slices.ContainsFunc(c.literals, func(literal string) bool { return Is(word, literal) })
}

// literals returns the words of a usage line that stand for themselves.
func literals(usage string) []string {
	var all []string
	for word := range strings.FieldsSeq(usage) {
		if word = strings.Trim(word, "[]<>.|"); word != "" && word == strings.ToUpper(word) {
			all = append(all, word)
		}
	}
	return all
}

func monitor(c *Call) error {
	if c.InStep() {
		return errMonitorInStep
	}
	c.Dispatcher.monitors.add(c.Dispatcher, c.Client)
	c.Client.change(func() { c.Client.monitor = true })
	c.Reply.Status("OK")
	return nil
}
