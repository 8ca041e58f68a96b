// Package hashes is the commands on hashes.
package hashes

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's ability that the handlers ask.
type family struct{ engine store.Hashes }

// Family returns the commands on hashes over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Hashes); !able {
		missing = "ERR this server's store holds no hashes"
	}
	return commands.Family{
		Group: "hash", Categories: []string{"hash"}, Missing: missing, Errors: wireText, Scratch: func() any { return new(scratch) }, Specs: append(f.specs(), f.deadlineSpecs()...),
	}
}

// The errors of commands on hashes.
const (
	errNotInteger  commands.Error = "ERR hash value is not an integer"
	errNotFloat    commands.Error = "ERR hash value is not a float"
	errIncrement   commands.Error = "ERR value is not a valid float"
	errNoIncrement commands.Error = "ERR value is NaN or Infinity"
	errNotFinite   commands.Error = "ERR increment would produce NaN or Infinity"
	errOverflow    commands.Error = "ERR increment or decrement would overflow"
	errCount       commands.Error = "ERR value is out of range"
	errLeastCount  commands.Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)

// wireText returns the text of an error that the engine has for hashes.
func wireText(err error) commands.Error {
	switch {
	case errors.Is(err, store.ErrNotInteger):
		return errNotInteger
	case errors.Is(err, store.ErrNotFloat):
		return errNotFloat
	case errors.Is(err, store.ErrOverflow):
		return errOverflow
	case errors.Is(err, store.ErrNotFinite):
		return errNotFinite
	}
	return ""
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "HSET key field value [field value ...]",
			Summary: "Gives fields of a hash values and returns how many are new.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.set,
			Example: `HSET k name Ada born 1815 -> 2`,
		},
		{
			Usage:   "HMSET key field value [field value ...]",
			Summary: "Gives fields of a hash values.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.setMany,
			Example: `HMSET k name Ada born 1815 -> "OK"`,
		},
		{
			Usage:   "HSETNX key field value",
			Summary: "Gives a field of a hash a value unless it has one.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.setAbsent,
			Example: `HSET k name Ada; HSETNX k name Bob -> 0`,
		},
		{
			Usage:   "HGET key field",
			Summary: "Returns the value of a field.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.get,
			Example: `HSET k name Ada; HGET k name -> "Ada"`,
		},
		{
			Usage:   "HMGET key field [field ...]",
			Summary: "Returns the values of several fields, null for those that are not there.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.getMany,
			Example: `HSET k name Ada; HMGET k name born -> ["Ada",null]`,
		},
		{
			Usage:   "HGETALL key",
			Summary: "Returns all fields and values.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.getAll,
			Example: `HSET k name Ada; HGETALL k -> {"name":"Ada"}`,
		},
		{
			Usage:   "HDEL key field [field ...]",
			Summary: "Removes fields, and the hash with its last one, and returns how many there were.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.delete,
			Example: `HSET k name Ada born 1815; HDEL k born died -> 1`,
		},
		{
			Usage:   "HLEN key",
			Summary: "Returns the number of fields.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.size,
			Example: `HSET k name Ada born 1815; HLEN k -> 2`,
		},
		{
			Usage:   "HEXISTS key field",
			Summary: "Returns 1 if a hash has a field, else 0.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.exists,
			Example: `HSET k name Ada; HEXISTS k name -> 1`,
		},
		{
			Usage:   "HSTRLEN key field",
			Summary: "Returns the length of a field's value.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.length,
			Example: `HSET k name Ada; HSTRLEN k name -> 3`,
		},
		{
			Usage:   "HKEYS key",
			Summary: "Returns the names of all fields.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.names,
			Example: `HSET k name Ada; HKEYS k -> ["name"]`,
		},
		{
			Usage:   "HVALS key",
			Summary: "Returns the values of all fields.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.values,
			Example: `HSET k name Ada; HVALS k -> ["Ada"]`,
		},
		{
			Usage:   "HINCRBY key field increment",
			Summary: "Adds to the integer in a field.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.increment,
			Example: `HSET k n 40; HINCRBY k n 2 -> 42`,
		},
		{
			Usage:   "HINCRBYFLOAT key field increment",
			Summary: "Adds to the number in a field.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.incrementFloat,
			Example: `HSET k n 10.5; HINCRBYFLOAT k n 0.1 -> "10.6"`,
		},
		{
			Usage:   "HRANDFIELD key [count [WITHVALUES]]",
			Summary: "Returns a field at random, or several different ones; with a negative count, each may come again.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.random, Heavy: commands.HeavyRandom,
			Example: `HSET k name Ada; HRANDFIELD k -> "name"`,
		},
		{
			Usage:   "HSCAN key cursor [MATCH pattern] [COUNT count]",
			Summary: "Visits fields step by step; a round begins and ends with cursor 0.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.scan, Heavy: commands.HeavyScan,
			Example: `HSET k name Ada; HSCAN k 0 -> ["0",["name","Ada"]]`,
		},
	}
}
