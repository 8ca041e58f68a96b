// Package streams is the commands on streams. There are no consumer groups: their commands answer as they do on streams
// without any, and making one is refused.
package streams

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's ability that the handlers ask.
type family struct{ engine store.Streams }

// Family returns the commands on streams over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Streams); !able {
		missing = "ERR this server's store holds no streams"
	}
	return commands.Family{
		Group: "stream", Categories: []string{"stream"}, Missing: missing, Errors: wireText, Scratch: func() any { return new(scratch) },
		Values: map[string]string{"entries-added": "integer", "min-idle-time": "integer"}, Specs: append(f.specs(), f.groupSpecs()...),
	}
}

// The errors of commands on streams.
const (
	errID          commands.Error = "ERR Invalid stream ID specified as stream command argument"
	errLowID       commands.Error = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	errZeroID      commands.Error = "ERR The ID specified in XADD must be greater than 0-0"
	errExhausted   commands.Error = "ERR The stream has exhausted the last possible ID, unable to add more items"
	errFirstID     commands.Error = "ERR invalid start ID for the interval"
	errLastID      commands.Error = "ERR invalid end ID for the interval"
	errTwoTrims    commands.Error = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errMaxLen      commands.Error = "ERR The MAXLEN argument must be >= 0."
	errLimit       commands.Error = "ERR The LIMIT argument must be >= 0."
	errLimitAlone  commands.Error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errLimitExact  commands.Error = "ERR syntax error, LIMIT cannot be used without the special ~ option"
	errNoTrim      commands.Error = "ERR syntax error, XTRIM must be called with a trimming strategy"
	errAdded       commands.Error = "ERR entries_added must be positive"
	errBelowMax    commands.Error = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	errBelowTop    commands.Error = "ERR The ID specified in XSETID is smaller than the target stream top item"
	errFewAdded    commands.Error = "ERR The entries_added specified in XSETID is smaller than the target stream length"
	errUnbalanced  commands.Error = "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
	errGroupOption commands.Error = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errNoAck       commands.Error = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errNewID       commands.Error = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
	errNoGroups    commands.Error = "ERR this server has no consumer groups"
	errGroupKey    commands.Error = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
	errEntriesRead commands.Error = "ERR value for ENTRIESREAD must be positive or -1"
	errMinIdle     commands.Error = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
	errClaimCount  commands.Error = "ERR COUNT must be > 0"
)

// errNoGroup is of a group that a stream does not have.
func errNoGroup(key, group []byte) commands.Error {
	return commands.Errorf("NOGROUP No such consumer group '%s' for key name '%s'", group, key)
}

// errNoPending is of a group that a key does not have, whatever it holds.
func errNoPending(key, group []byte) commands.Error {
	return commands.Errorf("NOGROUP No such key '%s' or consumer group '%s'", key, group)
}

// wireText returns the text of an error that the engine has for streams.
func wireText(err error) commands.Error {
	for known, text := range map[error]commands.Error{
		store.ErrStreamID: errLowID, store.ErrStreamFull: errExhausted, store.ErrStreamTop: errBelowTop,
		store.ErrStreamAdded: errFewAdded,
	} {
		if errors.Is(err, known) {
			return text
		}
	}
	return ""
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "XADD key [NOMKSTREAM] [<MAXLEN | MINID> [=|~] threshold [LIMIT count]] *|id field value [field value ...]",
			Summary: "Appends an entry to a stream and returns its id; with * it is the time and a number.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.add,
			Example: `XADD k 5-* name ada -> "5-0"`,
		},
		{
			Usage:   "XLEN key",
			Summary: "Returns the number of entries.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.length,
			Example: `XADD k 5-1 name ada; XLEN k -> 1`,
		},
		{
			Usage:   "XRANGE key start end [COUNT count]",
			Summary: "Returns the entries with ids within bounds; - and + are the least and the greatest, ( before a bound excludes it.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.readRange,
			Example: `XADD k 5-1 name ada; XRANGE k - + -> [["5-1",["name","ada"]]]`,
		},
		{
			Usage:   "XREVRANGE key end start [COUNT count]",
			Summary: "Returns the entries with ids within bounds, the last one first.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.revRange,
			Example: `XADD k 5-1 name ada; XREVRANGE k + 5 COUNT 1 -> [["5-1",["name","ada"]]]`,
		},
		{
			Usage:   "XDEL key id [id ...]",
			Summary: "Deletes entries and returns how many there were; the stream stays.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.remove,
			Example: `XADD k 5-1 name ada; XDEL k 5-1 5-2 -> 1`,
		},
		{
			Usage:   "XTRIM key <MAXLEN | MINID> [=|~] threshold [LIMIT count]",
			Summary: "Deletes the first entries down to a length or up to an id and returns how many; with ~ whole hundreds alone.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.trim,
			Example: `XADD k 5-1 name ada; XTRIM k MAXLEN 0 -> 1`,
		},
		{
			Usage:   "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
			Summary: "Returns the entries of several streams after an id of each.",
			Flags:   commands.ReadOnly | commands.Blocking, Since: "1.0.0", Run: f.read, Arity: -4,
			Keys:    []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 1, Keyword: "STREAMS", Last: -1, Limit: 2}},
			Example: `XADD k 5-1 name ada; XREAD STREAMS k 0 -> {"k":[["5-1",["name","ada"]]]}`,
		},
		{
			Usage:   "XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
			Summary: "Sets what a stream knows of ids that it had.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.setID,
			Example: `XADD k 5-1 name ada; XSETID k 9-0 -> "OK"`,
		},
		{
			Usage:   "XINFO STREAM key [FULL [COUNT count]]",
			Summary: "Returns what is known of a stream, and its first and last entry; with FULL its first entries, 10 or count of them.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.info,
			Example: `XADD k 5-1 name ada; XINFO STREAM k -> ...`,
		},
	}
}
