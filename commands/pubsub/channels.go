package pubsub

import (
	"hash/maphash"
	"maps"
	"slices"
	"sync"

	"sessd/commands"
)

// channels is the channels of one kind that somebody listens to. They are in parts with a lock each, so that calls on
// different channels do not wait for each other.
type channels struct {
	seed  maphash.Seed
	parts [64]part
}

type part struct {
	mu     sync.RWMutex
	byName map[string]*channel
}

// channel is a channel or a pattern with those who listen. It is known under its name while it has listeners.
type channel struct {
	name      string
	listeners int // guarded by the lock of its part, or of the patterns; counts those who come or go, too

	mu   sync.Mutex // held while a message is delivered, so that everybody has messages in the same order
	subs []*subscription
}

// subscription is one client that listens to one channel or pattern.
type subscription struct {
	channel *channel
	by      *subscriber
	at      int            // in channel.subs, guarded by channel.mu
	reader  *commands.User // by whose right to read keys events are filtered
	watches bool           // it hears of sessions
}

func newChannels() *channels {
	c := &channels{seed: maphash.MakeSeed()}
	for i := range c.parts {
		c.parts[i].byName = make(map[string]*channel)
	}
	return c
}

func (c *channels) part(name []byte) *part {
	return &c.parts[maphash.Bytes(c.seed, name)%uint64(len(c.parts))]
}

// find returns the channel with a name, nil where nobody listens.
func (c *channels) find(name []byte) *channel {
	p := c.part(name)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.byName[string(name)]
}

// listeners returns how many clients listen to a channel.
func (c *channels) listeners(name []byte) int {
	p := c.part(name)
	p.mu.RLock()
	defer p.mu.RUnlock()
	if ch := p.byName[string(name)]; ch != nil {
		return ch.listeners
	}
	return 0
}

// join returns the channel with a name and counts one more listener.
func (c *channels) join(name []byte) *channel {
	p := c.part(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	ch := p.byName[string(name)]
	if ch == nil {
		ch = &channel{name: string(name)}
		p.byName[ch.name] = ch
	}
	ch.listeners++
	return ch
}

// quit counts one listener less.
func (c *channels) quit(ch *channel) {
	p := c.part([]byte(ch.name))
	p.mu.Lock()
	defer p.mu.Unlock()
	if ch.listeners--; ch.listeners == 0 {
		delete(p.byName, ch.name)
	}
}

// len returns how many channels there are.
func (c *channels) len() int {
	n := 0
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.RLock()
		n += len(p.byName)
		p.mu.RUnlock()
	}
	return n
}

// each visits the name of every channel.
func (c *channels) each(visit func(name string)) {
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.RLock()
		for name := range p.byName {
			visit(name)
		}
		p.mu.RUnlock()
	}
}

// visit visits everybody who listens.
func (ch *channel) visit(each func(c *commands.Client, name string)) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	for _, s := range ch.subs {
		each(s.by.client, ch.name)
	}
}

// all returns every channel.
func (c *channels) all() []*channel {
	var all []*channel
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.RLock()
		all = slices.AppendSeq(all, maps.Values(p.byName))
		p.mu.RUnlock()
	}
	return all
}

// add makes a subscriber listen, with the rights of its user.
func (ch *channel) add(by *subscriber, reader *commands.User, watches bool) *subscription {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	s := &subscription{channel: ch, by: by, at: len(ch.subs), reader: reader, watches: watches}
	ch.subs = append(ch.subs, s)
	return s
}

// remove makes a subscriber listen no more.
func (s *subscription) remove() {
	ch := s.channel
	ch.mu.Lock()
	defer ch.mu.Unlock()
	last := len(ch.subs) - 1
	ch.subs[s.at] = ch.subs[last]
	ch.subs[s.at].at = s.at
	ch.subs[last] = nil
	ch.subs = ch.subs[:last]
	if last < cap(ch.subs)/4 {
		ch.subs = append([]*subscription(nil), ch.subs...)
	}
}

// deliver sends a message to all who listen and pass the filter, which may be nil, and returns how many they are.
func (ch *channel) deliver(m *commands.Message, pass func(*subscription) bool) (sent int) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	for _, s := range ch.subs {
		if (pass == nil || pass(s)) && !s.by.gone.Load() && s.by.client.Conn.Push(m) {
			sent++
		}
	}
	return sent
}
