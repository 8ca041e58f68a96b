package pubsub

import "sessd/commands"

// subscribe makes the client listen to channels. As in Redis each has a reply of its own, which a client has that wants no
// others too.
func (h *hub) subscribe(c *commands.Call) error {
	s := h.subscriber(c)
	if err := s.reserve(s.channels, c.Args); err != nil {
		return err
	}
	reader := c.Reader()
	for _, name := range c.Args {
		if s.channels[string(name)] == nil {
			one := h.channels.join(name).add(s, reader, reader.ReadsAll() && isSessionChannel(name))
			s.add(s.channels, one)
			h.began(c, one)
		}
		s.confirm(c, "subscribe", name, s.global())
	}
	s.note()
	return nil
}

func (h *hub) subscribePatterns(c *commands.Call) error {
	s := h.subscriber(c)
	if err := s.reserve(s.patterns, c.Args); err != nil {
		return err
	}
	reader := c.Reader()
	for _, text := range c.Args {
		if s.patterns[string(text)] == nil {
			p := h.patterns.join(text)
			one := p.add(s, reader, reader.ReadsAll() && p.hearsSessions())
			s.add(s.patterns, one)
			h.began(c, one)
		}
		s.confirm(c, "psubscribe", text, s.global())
	}
	s.note()
	return nil
}

func (h *hub) subscribeShard(c *commands.Call) error {
	s := h.subscriber(c)
	if err := s.reserve(s.shards, c.Args); err != nil {
		return err
	}
	for _, name := range c.Args {
		if s.shards[string(name)] == nil {
			s.add(s.shards, h.shards.join(name).add(s, nil, false))
		}
		s.confirm(c, "ssubscribe", name, len(s.shards))
	}
	s.note()
	return nil
}

func (h *hub) unsubscribe(c *commands.Call) error {
	s := h.subscriber(c)
	s.end(c, "unsubscribe", s.channels, h.drop, s.global)
	return nil
}

func (h *hub) unsubscribePatterns(c *commands.Call) error {
	s := h.subscriber(c)
	s.end(c, "punsubscribe", s.patterns, h.dropPattern, s.global)
	return nil
}

func (h *hub) unsubscribeShard(c *commands.Call) error {
	s := h.subscriber(c)
	s.end(c, "sunsubscribe", s.shards, h.dropShard, func() int { return len(s.shards) })
	return nil
}

// end ends the subscriptions that a request names, or all of a kind. No message of theirs follows the reply.
func (s *subscriber) end(c *commands.Call, kind string, of map[string]*subscription, drop func(*subscription), left func() int) {
	all := c.Args
	if len(all) == 0 {
		all = names(of)
	}
	remain := make([]int, len(all))
	for i, name := range all {
		if one := of[string(name)]; one != nil {
			drop(one)
			s.remove(of, one)
		}
		remain[i] = left()
	}
	c.Deliver()
	for i, name := range all {
		s.confirm(c, kind, name, remain[i])
	}
	if len(all) == 0 {
		s.confirm(c, kind, nil, left())
	}
	s.note()
}

// confirm answers that a subscription begins or ends, and how many there are now. A nil name stands for none.
func (s *subscriber) confirm(c *commands.Call, kind string, name []byte, left int) {
	c.Reply.Push(3)
	c.Reply.BulkString(kind)
	if name == nil {
		c.Reply.Null()
	} else {
		c.Reply.Bulk(name)
	}
	c.Reply.Int(int64(left))
	c.KeepReply()
}

// began notes that a subscription to a channel or a pattern is in force. Once it has returned, the first one that hears
// of sessions misses none of their events. In a step that is when the step has ended.
func (h *hub) began(c *commands.Call, one *subscription) {
	h.listening.Add(1)
	if !one.watches || h.watchers.Add(1) > 1 {
		return
	}
	if c.Op.Tx != nil {
		h.sessions.UpdateSoon()
	} else {
		h.sessions.Update()
	}
}

func (h *hub) ended(one *subscription) {
	h.listening.Add(-1)
	if one.watches && h.watchers.Add(-1) == 0 {
		h.sessions.UpdateSoon()
	}
}

// drop ends a subscription to a channel.
func (h *hub) drop(one *subscription) {
	one.remove()
	h.channels.quit(one.channel)
	h.ended(one)
}

func (h *hub) dropPattern(one *subscription) {
	one.remove()
	h.patterns.quit(one.channel.name)
	h.ended(one)
}

func (h *hub) dropShard(one *subscription) {
	one.remove()
	h.shards.quit(one.channel)
}
