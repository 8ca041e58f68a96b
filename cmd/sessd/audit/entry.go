package audit

import (
	"time"

	"sessd/commands"
	"sessd/store"
)

// The events of sessions and of the record itself. Those of commands are commands.Act's.
const (
	eventCreated      = "created"
	eventRotated      = "rotated"
	eventDestroyed    = "destroyed"
	eventDestroyedAll = "destroyed_all"
	eventStarted      = "started"
	eventStopped      = "stopped"
	eventLeftOut      = "left_out"
	eventLost         = "lost"
)

// Why a session was destroyed.
const (
	causeCommand    = "command"
	causeDestroyAll = "destroyall"
	causeExpired    = "expired"
	causeEvicted    = "evicted"
	causeFlush      = "flush"
)

// sessionEvent returns what a change is in the record, and why; nothing where it is of no interest.
func sessionEvent(c *store.Change) (event, cause string) {
	switch {
	case c.Event == store.EventFlushed:
		return eventDestroyed, causeFlush
	case c.Type != store.TypeSession:
		return "", ""
	}
	switch c.Event {
	case store.EventCreated, store.EventCopyTo:
		return eventCreated, ""
	case store.EventRotated, store.EventRenameTo:
		return eventRotated, ""
	case store.EventDestroyedAll:
		return eventDestroyedAll, ""
	case store.EventDestroyed:
		if c.Client == 0 { // one of many, which are taken out once their client has its answer
			return eventDestroyed, causeDestroyAll
		}
		return eventDestroyed, causeCommand
	case store.EventExpired:
		return eventDestroyed, causeExpired
	case store.EventEvicted:
		return eventDestroyed, causeEvicted
	}
	return "", ""
}

// byCommand reports whether a client meant what happened. Time and lack of room are met by whoever comes next.
func byCommand(e store.Event) bool { return e != store.EventExpired && e != store.EventEvicted }

// entry is a line in the clear, before its ids are hashed. It lives until the next write.
type entry struct {
	time                       time.Time
	event, cause, reason       string
	session                    bool // it is about a session or a keyspace of them
	keyspace                   int
	id, former, principal, key []byte
	subject                    string // user that it is about
	who                        commands.Identity
	settings                   []string
	failures                   int
	failed                     bool
	of                         string // kind of entries that were left out
	entries                    uint64 // how many
}

// size returns about how much memory an entry takes while it waits, in bytes.
func (e *entry) size() int {
	n := 400 + len(e.id) + len(e.former) + len(e.principal) + len(e.key) + len(e.subject) + len(e.who.Name) + len(e.who.Host)
	return n + 16*len(e.settings)
}

// line is an entry as it is written. Fields that end in _hash are hashes; the documentation of the daemon says what all mean.
type line struct {
	Time      string   `json:"time"`
	Event     string   `json:"event"`
	Cause     string   `json:"cause,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Keyspace  *int     `json:"keyspace,omitempty"`
	ID        string   `json:"id_hash,omitempty"`
	Former    string   `json:"former_hash,omitempty"`
	Principal string   `json:"principal_hash,omitempty"`
	Key       string   `json:"key_hash,omitempty"`
	Subject   string   `json:"subject_hash,omitempty"`
	Client    int64    `json:"client,omitempty"`
	User      string   `json:"user_hash,omitempty"`
	Addr      string   `json:"addr_hash,omitempty"`
	Name      string   `json:"name_hash,omitempty"`
	Command   string   `json:"command,omitempty"`
	Settings  []string `json:"settings,omitempty"`
	Failures  int      `json:"failures,omitempty"`
	Failed    bool     `json:"failed,omitempty"`
	Of        string   `json:"of,omitempty"`
	Entries   uint64   `json:"entries,omitempty"`
	HashKey   string   `json:"hash_key,omitempty"`
	KeyKept   *bool    `json:"hash_key_kept,omitempty"`
}
