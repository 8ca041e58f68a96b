package commands

// Subscriptions is how many channels, patterns and shard channels a client listens to, and what they count for in bytes.
type Subscriptions struct{ Channels, Patterns, ShardChannels, Bytes int }

// Subscribed reports whether there are any.
func (s Subscriptions) Subscribed() bool { return s != Subscriptions{} }

// Subscriptions returns what the client listens to. Any goroutine may ask.
func (c *Client) Subscriptions() Subscriptions {
	if s := c.subscriptions.Load(); s != nil {
		return *s
	}
	return Subscriptions{}
}

// SetSubscriptions notes what the client listens to, and with any puts it in pub/sub mode. It is for the connection's loop.
func (c *Client) SetSubscriptions(s Subscriptions) {
	c.Conn.Account(s.Bytes - c.Subscriptions().Bytes)
	var some *Subscriptions
	if s.Subscribed() {
		some = &s
	}
	c.subscriptions.Store(some)
	c.setGate(subscribed, s.Subscribed())
}

// limited reports whether the client is in the pub/sub mode of RESP2, in which messages and replies look alike.
func (c *Client) limited() bool { return c.Protocol() == 2 && c.Subscribed() }

// refuseWhileSubscribed refuses what a client of RESP2 may not ask in pub/sub mode.
func refuseWhileSubscribed(c *Call) (verdict, error) {
	if !c.Client.limited() || c.Command.Flags&Listening != 0 {
		return proceed, nil
	}
	return proceed, Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
		c.Command.Name)
}

// Kept returns the place for what the command's family keeps of the client, until Family.Leave.
func (c *Call) Kept() *any {
	if c.Client.kept == nil {
		kept := make([]any, len(c.Dispatcher.table.families))
		c.Client.kept = &kept
	}
	return &(*c.Client.kept)[c.Command.family]
}

// KeptBefore returns what the command's family keeps of the client, nil where that is nothing.
func (c *Call) KeptBefore() any {
	if c.Client.kept == nil {
		return nil
	}
	return (*c.Client.kept)[c.Command.family]
}

// Deliver writes the messages that were pushed before, ahead of what is written from here on. Within a step it leaves them
// for later, since they would come between the parts of a reply.
func (c *Call) Deliver() {
	if c.step != nil {
		c.KeepReply()
		return
	}
	for _, m := range c.Client.Conn.Messages() {
		m.writeTo(c.Reply, c.Client.Protocol())
	}
	c.KeepReply()
}

// KeepReply makes what was written so far stay, whether or not the client wants a reply.
func (c *Call) KeepReply() { c.mark = c.Reply.Mark() }
