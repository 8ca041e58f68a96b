package pubsub

import (
	"slices"
	"sync/atomic"

	"sessd/commands"
	"sessd/store"
)

// hub is all that the family knows: who listens to what, and which events are published.
type hub struct {
	channels *channels
	shards   *channels // shard channels
	patterns patterns

	listening atomic.Int64 // subscriptions to channels and patterns; without any, nothing is looked up
	limit     atomic.Int64 // bytes of one client's subscriptions; 0: none

	keys      *commands.Observation     // events of keys
	sessions  *commands.Observation     // events of sessions
	events    commands.KeyspaceEvents   // that are published; guarded by the lock of the settings
	published atomic.Pointer[keyEvents] // those that are published; nil: none
	watchers  atomic.Int64              // subscriptions that hear of sessions
}

func newHub(engine store.Engine) *hub {
	h := &hub{channels: newChannels(), shards: newChannels(), patterns: patterns{byText: make(map[string]*pattern)}}
	h.keys = commands.NewObservation(engine, h.watchKeys)
	h.sessions = commands.NewObservation(engine, h.watchSessions)
	return h
}

// publish sends a message to the listeners of a channel, then to those of patterns that match it, and returns how many
// they are. pass chooses among them; nil: all.
func (h *hub) publish(name, payload []byte, pass func(*subscription) bool) int {
	if h.listening.Load() == 0 {
		return 0
	}
	sent := 0
	if ch := h.channels.find(name); ch != nil {
		sent += ch.deliver(newMessage("message", "", ch.name, payload), pass)
	}
	p := &h.patterns
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, one := range p.list {
		if one.matches(name) {
			sent += one.deliver(newMessage("pmessage", one.name, string(name), payload), pass)
		}
	}
	return sent
}

// publishShard does the same for a shard channel, which no pattern matches.
func (h *hub) publishShard(name, payload []byte) int {
	if ch := h.shards.find(name); ch != nil {
		return ch.deliver(newMessage("smessage", "", ch.name, payload), nil)
	}
	return 0
}

// newMessage returns a message of a kind. It copies the payload.
func newMessage(kind, pattern, channel string, payload []byte) *commands.Message {
	text := string(payload)
	return commands.NewMessage(func(r commands.Reply) {
		if pattern == "" && kind != "pmessage" {
			r.Push(3)
			r.BulkString(kind)
		} else {
			r.Push(4)
			r.BulkString(kind)
			r.BulkString(pattern)
		}
		r.BulkString(channel)
		r.BulkString(text)
	})
}

// listeners visits every subscription.
func (h *hub) listeners(visit func(c *commands.Client, name string, pattern bool)) {
	of := func(pattern bool) func(*commands.Client, string) {
		return func(c *commands.Client, name string) { visit(c, name, pattern) }
	}
	for _, ch := range append(h.channels.all(), h.shards.all()...) {
		ch.visit(of(false))
	}
	h.patterns.mu.RLock()
	list := slices.Clone(h.patterns.list)
	h.patterns.mu.RUnlock()
	for _, one := range list {
		one.visit(of(true))
	}
}

// configure puts the options in force.
func (h *hub) configure(o *commands.Options) error {
	h.limit.Store(o.SubscriptionBytes)
	return h.observeKeys(o.KeyspaceEvents)
}

// close stops publishing events.
func (h *hub) close() {
	h.keys.Close()
	h.sessions.Close()
}

// metrics are the rows of INFO on who listens.
func (h *hub) metrics() []commands.Metric {
	row := func(field, series, help string, read func() int) commands.Metric {
		return commands.Metric{
			Section: "Stats", Redis: field, Prometheus: series, Kind: commands.Gauge, Help: help,
			Read: func(*commands.Snapshot) any { return read() },
		}
	}
	return []commands.Metric{
		row("pubsub_channels", "sessd_pubsub_channels", "channels that somebody listens to", h.channels.len),
		row("pubsub_patterns", "sessd_pubsub_patterns", "patterns that somebody listens to", h.patterns.len),
		row("pubsubshard_channels", "sessd_pubsub_shard_channels", "shard channels that somebody listens to", h.shards.len),
	}
}

func (h *hub) publishTo(c *commands.Call) error {
	if isSessionChannel(c.Args[0]) {
		return errServersOwn
	}
	c.Reply.Int(int64(h.publish(c.Args[0], c.Args[1], nil)))
	return nil
}

func (h *hub) publishToShard(c *commands.Call) error {
	c.Reply.Int(int64(h.publishShard(c.Args[0], c.Args[1])))
	return nil
}

const errServersOwn commands.Error = "ERR nobody but the server publishes to channels that begin with " + sessionPrefix
