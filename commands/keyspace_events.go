package commands

import (
	"sessd/store"
)

// KeyspaceEvents is which events of keys are published, and on which channels.
type KeyspaceEvents struct {
	Classes store.Events
	ByKey   bool // K: on __keyspace@N__:KEY, the message being the event
	ByEvent bool // E: on __keyevent@N__:EVENT, the message being the key
	modules bool // d: of types that there are not here
}

// allEvents are the classes that A stands for: those of Redis, in its order, and those of sessions.
const (
	redisLetters = "g$lshzxet"
	allEvents    = store.GenericEvents | store.StringEvents | store.ListEvents | store.SetEvents | store.HashEvents | store.SortedSetEvents |
		store.ExpiredEvents | store.EvictedEvents | store.StreamEvents
)

// Wanted returns the classes that somebody may be told of.
func (k KeyspaceEvents) Wanted() store.Events {
	if k.ByKey || k.ByEvent {
		return k.Classes
	}
	return 0
}

// errEventClass is Redis's reason for refusing letters.
const errEventClass Error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."

// parseKeyspaceEvents reads letters as notify-keyspace-events has them. All letters of A are as good as A.
func parseKeyspaceEvents(text string) (k KeyspaceEvents, err error) {
	for i := range len(text) {
		switch class, known := store.EventClass(text[i]); {
		case text[i] == 'A':
			k.Classes |= allEvents
			k.modules = true
		case text[i] == 'K':
			k.ByKey = true
		case text[i] == 'E':
			k.ByEvent = true
		case text[i] == 'd':
			k.modules = true
		case known:
			k.Classes |= class
		default:
			return k, errEventClass
		}
	}
	if k.all() {
		k.Classes |= store.SessionEvents
	}
	return k, nil
}

func (k KeyspaceEvents) all() bool { return k.modules && k.Classes&allEvents == allEvents }

// String returns the letters as parseKeyspaceEvents reads them, in Redis's order. Those of sessions alone are the last.
func (k KeyspaceEvents) String() string {
	var text []byte
	add := func(letters string) {
		for _, letter := range []byte(letters) {
			if class, _ := store.EventClass(letter); k.Classes&class != 0 {
				text = append(text, letter)
			}
		}
	}
	if k.all() {
		text = append(text, 'A')
	} else {
		add(redisLetters)
		if k.modules {
			text = append(text, 'd')
		}
	}
	add("n")
	if k.ByKey {
		text = append(text, 'K')
	}
	if k.ByEvent {
		text = append(text, 'E')
	}
	add("m")
	if !k.all() {
		add("S")
	}
	add("T")
	return string(text)
}

// eventsValue is the value of notify-keyspace-events.
func eventsValue(p *KeyspaceEvents) Value {
	return Value{
		Kind:  "letters",
		Takes: "takes letters of Ag$lshzxeKEtmdnST",
		Get:   func() string { return p.String() },
		Set: func(text string) error {
			k, err := parseKeyspaceEvents(text)
			if err == nil {
				*p = k
			}
			return err
		},
	}
}
