package commands

import "strings"

// Tracker is told what a client reads, so that the client can be told when that changes. Answered is for the connection's
// loop, the rest may be called by any goroutine.
type Tracker interface {
	// Read notes the keys that a command is about to read. It reports whether the client may keep what it reads.
	Read(keys []Key) bool
	// Forget tells the client that it may not keep what it has read of some keys, since their changes are not reported.
	Forget(keys []Key)
	// Answered ends a call of any command but those on clients, or a transaction. It reports whether messages that it has
	// caused follow its reply at once.
	Answered() bool
	State() Tracking
}

// Tracking is how a client's reads are tracked.
type Tracking struct {
	On        bool
	Broadcast bool  // it is told of all changes of keys with some prefixes
	Broken    bool  // the client that is told in its place is gone
	Redirect  int64 // id of the client that is told in its place; 0: none
}

// SetTracker makes a tracker learn what the client reads, or with nil none. It is for the connection's loop.
func (c *Client) SetTracker(t Tracker) {
	c.change(func() { c.tracker = t })
	c.setGate(tracked, t != nil)
}

// noteReads notes the keys of a command before it reads them: a change that comes between is not lost.
func noteReads(c *Call) (verdict, error) {
	c.noteReads(c.Client.tracker)
	return proceed, nil
}

func (c *Call) noteReads(t Tracker) {
	c.reading, c.aliased = nil, false
	if !c.Command.reads() {
		return
	}
	c.keys, _ = c.Command.appendKeys(c.keys[:0], c.Words)
	if t.Read(c.keys) {
		c.reading = t
		c.Op.May = c.may
	}
}

// reads reports whether clients may keep what the command returns of its keys.
func (c *Command) reads() bool { return c.Flags&(ReadOnly|PubSub) == ReadOnly && c.hasKeys() }

// endReads ends what noteReads has begun. A session that was read under an old id changes under its own, so the client
// may not keep it.
func (c *Call) endReads() {
	if c.reading != nil && c.aliased {
		c.reading.Forget(c.keys)
	}
	c.reading, c.aliased = nil, false
}

// endTracked ends a call of a client that is tracked. As in Redis, CLIENT CACHING before MULTI lasts until EXEC.
func endTracked(c *Call) {
	if c.reading != nil {
		c.endReads()
		if !c.restricted() {
			c.Op.May = nil
		}
	}
	t := c.Client.tracker
	if t != nil && c.Client.queue == nil && !c.onClients() && t.Answered() {
		c.Deliver()
	}
}

// onClients reports whether the call's command is one on clients.
func (c *Call) onClients() bool {
	return c.Command != nil && strings.HasPrefix(c.Command.Name, "client|")
}

func stopTracking(_ *Dispatcher, client *Client) { client.SetTracker(nil) }
