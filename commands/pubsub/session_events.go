package pubsub

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"

	"sessd/store"
)

// sessionPrefix begins the channels on which the events of sessions are published.
const sessionPrefix = "__sess__:"

// sessionChannels are these channels, by event.
var sessionChannels = map[store.Event][]byte{
	store.EventCreated:      []byte(sessionPrefix + "created"),
	store.EventSaved:        []byte(sessionPrefix + "saved"),
	store.EventCleared:      []byte(sessionPrefix + "saved"),
	store.EventFieldExpired: []byte(sessionPrefix + "saved"),
	store.EventRotated:      []byte(sessionPrefix + "rotated"),
	store.EventDestroyed:    []byte(sessionPrefix + "destroyed"),
	store.EventFlushed:      []byte(sessionPrefix + "destroyed"),
	store.EventExpired:      []byte(sessionPrefix + "expired"),
	store.EventEvicted:      []byte(sessionPrefix + "evicted"),
}

// isSessionChannel reports whether a channel is one of these, or a pattern is about them alone.
func isSessionChannel(name []byte) bool { return bytes.HasPrefix(name, []byte(sessionPrefix)) }

// hearsSessions reports whether one of these channels matches.
func (g glob) hearsSessions() bool {
	for _, name := range sessionChannels {
		if g.matches(name) {
			return true
		}
	}
	return false
}

// watchSessions returns the observer that publishes the events of sessions, nil while nobody listens.
func (h *hub) watchSessions() store.Observer {
	if h.watchers.Load() == 0 {
		return nil
	}
	return sessionEvents{h}
}

// sessionEvents publishes the events of sessions, as keyEvents does those of keys.
type sessionEvents struct{ hub *hub }

// Wants implements store.Observer.
func (sessionEvents) Wants() store.Events {
	return store.SessionEvents | store.ExpiredEvents | store.EvictedEvents | store.FlushEvents
}

// Changed implements store.Observer.
func (s sessionEvents) Changed(c *store.Change, _ store.Entry) {
	if c.Type != store.TypeSession {
		return
	}
	m := sessionMessage{Cause: c.Event.String(), Keyspace: c.Keyspace, Time: time.Now().UnixMilli()}
	m.ID, m.ID64 = text(c.Key)
	m.Former, m.Former64 = text(c.Former)
	m.Principal, m.Principal64 = text(c.Principal)
	payload, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers
	}
	s.hub.publish(sessionChannels[c.Event], payload, func(s *subscription) bool { return s.watches && s.reader.ReadsAll() })
}

// sessionMessage is an event of a session, as the doc of the package describes it.
type sessionMessage struct {
	ID          string `json:"id,omitempty"`
	ID64        []byte `json:"id64,omitempty"`
	Former      string `json:"former,omitempty"`
	Former64    []byte `json:"former64,omitempty"`
	Principal   string `json:"principal,omitempty"`
	Principal64 []byte `json:"principal64,omitempty"`
	Cause       string `json:"cause"`
	Keyspace    int    `json:"keyspace"`
	Time        int64  `json:"time"`
}

// text returns bytes as text, or else as they are.
func text(b []byte) (string, []byte) {
	if utf8.Valid(b) {
		return string(b), nil
	}
	return "", b
}
