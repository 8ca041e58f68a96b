package pubsub

import (
	"strconv"

	"sessd/commands"
	"sessd/store"
)

const errNoEvents commands.Error = "this server's store reports no events"

// keyEvents publishes the events of keys. Every one is delivered under the lock of its key. That keeps the events of a
// key in order, and makes none wait in memory.
type keyEvents struct {
	hub *hub
	commands.KeyspaceEvents
}

// observeKeys makes those events be published that a setting asks for.
func (h *hub) observeKeys(events commands.KeyspaceEvents) error {
	if events == h.events {
		return nil
	}
	if events.Wanted() != 0 && !h.keys.Possible() {
		return errNoEvents
	}
	h.events = events
	h.published.Store(&keyEvents{h, events})
	h.keys.Update()
	return nil
}

// watchKeys returns the observer that publishes the events of keys, nil while none is to be published.
func (h *hub) watchKeys() store.Observer {
	if k := h.published.Load(); k != nil && k.Wanted() != 0 {
		return k
	}
	return nil
}

// Wants implements store.Observer.
func (k *keyEvents) Wants() store.Events { return k.Wanted() }

// Changed implements store.Observer.
func (k *keyEvents) Changed(c *store.Change, _ store.Entry) {
	if k.hub.listening.Load() == 0 || c.Event.Class() == store.FlushEvents {
		return
	}
	mayRead := func(s *subscription) bool { return s.reader.MayRead(c.Key) }
	var room [128]byte
	event := c.Event.String()
	if k.ByKey {
		k.hub.publish(append(eventChannel(room[:0], "__keyspace@", c.Keyspace), c.Key...), []byte(event), mayRead)
	}
	if k.ByEvent {
		k.hub.publish(append(eventChannel(room[:0], "__keyevent@", c.Keyspace), event...), c.Key, mayRead)
	}
}

// eventChannel appends a channel's name up to the colon.
func eventChannel(b []byte, prefix string, keyspace int) []byte {
	b = strconv.AppendInt(append(b, prefix...), int64(keyspace), 10)
	return append(b, "__:"...)
}
