package commands

import (
	"slices"

	"sessd/store"
)

// KeySpec says where a command has keys and what it does to them, as Redis's key specifications do. The search begins at
// word Begin, or behind the word Keyword. From there keys stand in a range, or as many as a count says.
type KeySpec struct {
	Access  KeyFlags
	Begin   int    // position among the words, the name's being 0; with Keyword: where to look for it, negative: from the end backwards
	Keyword string // in capitals
	Unknown bool   // no words say where the keys are

	Last  int // position of the last key, counted from the first one; negative: from the end of the request, -1 being the last word
	Step  int // distance between keys; 0 stands for 1
	Limit int // with Last -1: keys fill one part in Limit of the words; 0 and 1: all of them

	Counted bool // the first word is the number of keys, which follow it
}

// KeyFlags says what a command does to a key: how it needs the entry, and what for. Access to the value needs the right
// to read; Update, Insert and Delete need the right to write. A command with neither needs any right to the key.
type KeyFlags uint16

// The flags, named as in COMMAND GETKEYSANDFLAGS.
const (
	RW            KeyFlags = 1 << iota // changes the entry
	RO                                 // reads the entry
	OW                                 // overwrites the entry
	RM                                 // removes the entry
	Access                             // uses or returns the value
	Update                             // changes the value
	Insert                             // adds to the value without a dependency on it
	Delete                             // removes content from the value or the value
	NotKey                             // is none, though the cluster routes by it
	Incomplete                         // there may be keys that the specification does not find
	VariableFlags                      // what is done depends on the arguments
	AnySuffix                          // stands for every key that begins with the word; not shown
)

// AllKeys is a key that stands for all where a step has to cover them. No right to them is needed.
var AllKeys = Key{Access: NotKey | AnySuffix}

var keyFlagNames = [...]string{"RW", "RO", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete", "variable_flags"}

// names returns the flags as COMMAND shows them.
func (f KeyFlags) names() []string {
	var names []string
	for i, name := range keyFlagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Key is a key in a request.
type Key struct {
	Word   []byte
	Access KeyFlags
}

// appendKeys appends the keys of a request, and reports whether the specification found them all.
func (s *KeySpec) appendKeys(keys []Key, words [][]byte) (_ []Key, ok bool) {
	if s.Unknown {
		return keys, false
	}
	first := s.Begin
	if s.Keyword != "" {
		if first = s.find(words); first == 0 {
			return keys, true // without the keyword there are no keys
		}
	}
	last, step := 0, max(1, s.Step)
	switch {
	case s.Counted:
		if first >= len(words) {
			return keys, false
		}
		n, isInt := store.ParseInt(words[first])
		if !isInt || n < 0 || n > int64(len(words)) {
			return keys, false
		}
		first++
		last = first + int(n) - 1
	case s.Last >= 0:
		last = first + s.Last
	case s.Limit > 1:
		last = first + (len(words)-first)/s.Limit + s.Last
	default:
		last = len(words) + s.Last
	}
	if first >= len(words) || last >= len(words) || last < first {
		return keys, false // a request whose form is wrong
	}
	for i := first; i <= last; i += step {
		keys = append(keys, Key{words[i], s.Access})
	}
	return keys, s.Access&Incomplete == 0
}

// find returns the position behind the keyword, or 0.
func (s *KeySpec) find(words [][]byte) int {
	if s.Begin > 0 {
		for i := s.Begin; i < len(words)-1; i++ {
			if Is(words[i], s.Keyword) {
				return i + 1
			}
		}
		return 0
	}
	for i := len(words) + s.Begin; i > 1; i-- {
		if Is(words[i], s.Keyword) {
			return i + 1
		}
	}
	return 0
}

// lastAt returns the position of the last key from the beginning of the request, or as a negative number from its end.
func (s *KeySpec) lastAt() int {
	if s.Last < 0 {
		return s.Last
	}
	return s.Begin + s.Last
}

// isRange reports whether the keys stand at fixed positions.
func (s *KeySpec) isRange() bool { return s.Keyword == "" && !s.Unknown && !s.Counted }

// deriveKeys derives the key specification of a command that has none from its usage line. It also derives first, last
// and step, by which clients that know no specifications find keys.
func (c *Command) deriveKeys(args []argument) {
	if c.Keys == nil {
		first, last, step := keySpan(c.words, args)
		if first == 0 {
			return
		}
		if last > 0 {
			last -= first // counted from the first key
		}
		c.Keys = []KeySpec{{Access: c.keyAccess(), Begin: first, Last: last, Step: step}}
	}
	plain := c.plainSpecs()
	if len(plain) < len(c.Keys) {
		c.Flags |= movableKeys
	}
	for i, s := range plain {
		if i == 0 {
			c.FirstKey, c.KeyStep = s.Begin, max(1, s.Step)
		}
		c.LastKey = s.lastAt()
		if s.Access&Incomplete != 0 {
			c.Flags |= movableKeys
		}
	}
}

// plainSpecs returns the specifications that one range stands for: the first one, and those that follow it without a gap.
func (c *Command) plainSpecs() (plain []KeySpec) {
	for _, s := range c.Keys {
		alone := len(c.Keys) == 1
		follows := len(plain) == 0 || plain[len(plain)-1].lastAt() == s.Begin-1
		if s.isRange() && (alone || s.Step <= 1 && follows) {
			plain = append(plain, s)
		}
	}
	return plain
}

// keyAccess returns what the command does to keys that its usage line has.
func (c *Command) keyAccess() KeyFlags {
	switch {
	case c.Access != 0:
		return c.Access
	case c.Flags&Write != 0:
		return RW | Update
	}
	return RO | Access
}

// hasKeys reports whether a request may name keys.
func (c *Command) hasKeys() bool {
	return c.KeysOf != nil || slices.ContainsFunc(c.Keys, func(s KeySpec) bool { return s.Access&NotKey == 0 })
}

// appendKeys appends the keys of a request to keys, and reports whether they are all. A request whose form is wrong has
// none: its command refuses it.
func (c *Command) appendKeys(keys []Key, words [][]byte) (_ []Key, ok bool) {
	if c.KeysOf != nil {
		return c.KeysOf(keys, words), true
	}
	begin := len(keys)
	for i := range c.Keys {
		s := &c.Keys[i]
		if s.Access&NotKey != 0 {
			continue
		}
		if keys, ok = s.appendKeys(keys, words); !ok {
			return keys[:begin], false
		}
	}
	return keys, true
}
