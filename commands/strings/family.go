// Package strings is the commands on plain strings.
package strings

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's ability that the handlers ask.
type family struct{ engine store.Strings }

// Family returns the commands on strings over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Strings); !able {
		missing = "ERR this server's store holds no strings"
	}
	return commands.Family{
		Group: "string", Categories: []string{"string"}, Missing: missing, Errors: wireText, Values: map[string]string{"key1": "key", "key2": "key", "length": "integer"}, Scratch: func() any { return new(scratch) }, Specs: f.specs(),
	}
}

// The errors of commands on strings.
const (
	errNotFloat      commands.Error = "ERR value is not a valid float"
	errNotFinite     commands.Error = "ERR increment would produce NaN or Infinity"
	errOverflow      commands.Error = "ERR increment or decrement would overflow"
	errDecrement     commands.Error = "ERR decrement would overflow"
	errOffset        commands.Error = "ERR offset is out of range"
	errStringTooLong commands.Error = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
)

// wireText returns the text of an error that the engine has for strings.
func wireText(err error) commands.Error {
	switch {
	case errors.Is(err, store.ErrNotInteger):
		return commands.ErrNotInteger
	case errors.Is(err, store.ErrNotFloat):
		return errNotFloat
	case errors.Is(err, store.ErrOverflow):
		return errOverflow
	case errors.Is(err, store.ErrNotFinite):
		return errNotFinite
	case errors.Is(err, store.ErrStringTooLong):
		return errStringTooLong
	}
	return ""
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "GET key",
			Summary: "Returns the value of a string.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.get,
			Example: `SET k hello; GET k -> "hello"`,
		},
		{
			Usage:   "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
			Summary: "Stores a string over whatever the key holds, and with GET returns what it held.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Access | commands.Update | commands.VariableFlags, Since: "1.0.0", Run: f.set, KeysOf: keysOfSet,
			Example: `SET k hello NX EX 60 -> "OK"`,
		},
		{
			Usage:   "SETEX key seconds value",
			Summary: "Stores a string that expires.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.OW | commands.Update, Since: "1.0.0", Run: f.setSeconds,
			Example: `SETEX k 60 hello; TTL k -> 60`,
		},
		{
			Usage:   "PSETEX key milliseconds value",
			Summary: "Stores a string that expires after a time in milliseconds.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.OW | commands.Update, Since: "1.0.0", Run: f.setMilliseconds,
			Example: `PSETEX k 60000 hello; TTL k -> 60`,
		},
		{
			Usage:   "SETNX key value",
			Summary: "Stores a string unless the key exists.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.OW | commands.Insert, Since: "1.0.0", Run: f.setAbsent,
			Example: `SET k hello; SETNX k other -> 0`,
		},
		{
			Usage:   "GETSET key value",
			Summary: "Stores a string and returns the one before.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.getSet,
			Example: `SET k hello; GETSET k other -> "hello"`,
		},
		{
			Usage:   "GETDEL key",
			Summary: "Returns the value of a string and deletes it.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Access | commands.Delete, Since: "1.0.0", Run: f.getDelete,
			Example: `SET k hello; GETDEL k -> "hello"`,
		},
		{
			Usage:   "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
			Summary: "Returns the value of a string and changes when it expires.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.getExpire,
			Example: `SET k hello; GETEX k EX 60 -> "hello"`,
		},
		{
			Usage:   "MGET key [key ...]",
			Summary: "Returns the values of several strings, null for what is none.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.getMany,
			Example: `SET k hello; MGET k l -> ["hello",null]`,
		},
		{
			Usage:   "MSET key value [key value ...]",
			Summary: "Stores several strings in one step.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.OW | commands.Update, Since: "1.0.0", Run: f.setMany,
			Example: `MSET k hello l world -> "OK"`,
		},
		{
			Usage:   "MSETNX key value [key value ...]",
			Summary: "Stores several strings in one step unless one of the keys exists.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.OW | commands.Insert, Since: "1.0.0", Run: f.setManyAbsent,
			Example: `SET k hello; MSETNX k other l world -> 0`,
		},
		{
			Usage:   "INCR key",
			Summary: "Adds one to the integer in a string.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.increment,
			Example: `INCR k -> 1`,
		},
		{
			Usage:   "DECR key",
			Summary: "Takes one from the integer in a string.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.decrement,
			Example: `DECR k -> -1`,
		},
		{
			Usage:   "INCRBY key increment",
			Summary: "Adds to the integer in a string.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.incrementBy,
			Example: `SET k 40; INCRBY k 2 -> 42`,
		},
		{
			Usage:   "DECRBY key decrement",
			Summary: "Takes from the integer in a string.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.decrementBy,
			Example: `SET k 44; DECRBY k 2 -> 42`,
		},
		{
			Usage:   "INCRBYFLOAT key increment",
			Summary: "Adds to the number in a string.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.incrementByFloat,
			Example: `SET k 10.5; INCRBYFLOAT k 0.1 -> "10.6"`,
		},
		{
			Usage:   "APPEND key value",
			Summary: "Adds bytes at the end of a string and returns its length.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.appendTail,
			Example: `SET k hello; APPEND k !! -> 7`,
		},
		{
			Usage:   "STRLEN key",
			Summary: "Returns the length of a string.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.length,
			Example: `SET k hello; STRLEN k -> 5`,
		},
		{
			Usage:   "GETRANGE key start end",
			Summary: "Returns a part of a string; negative positions count from its end.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.getRange,
			Example: `SET k hello; GETRANGE k 1 -2 -> "ell"`,
		},
		{
			Usage:   "SUBSTR key start end",
			Summary: "The former name of GETRANGE.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.getRange,
			Example: `SET k hello; SUBSTR k 0 1 -> "he"`,
		},
		{
			Usage:   "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]",
			Summary: "Returns the longest common subsequence of two strings, or where they have it.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.longestCommon,
			Keys:    []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 1, Last: 1}},
			Example: `MSET k ohmytext l mynewtext; LCS k l -> "mytext"`,
		},
		{
			Usage:   "SETRANGE key offset value",
			Summary: "Overwrites a part of a string and returns its length.",
			Flags:   commands.Write | commands.DenyOOM, Since: "1.0.0", Run: f.setRange, Heavy: heavyRange,
			Example: `SET k hello; SETRANGE k 1 ipp -> 5`,
		},
	}
}
