// Package sets is the commands on sets.
package sets

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's abilities that the handlers ask.
type family struct {
	engine  store.Sets
	algebra store.Algebra // nil: sets cannot be combined
}

// Family returns the commands on sets over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Sets); !able {
		missing = "ERR this server's store holds no sets"
	}
	f.algebra, _ = engine.(store.Algebra)
	return commands.Family{
		Group: "set", Categories: []string{"set"}, Missing: missing, Scratch: func() any { return new(scratch) },
		Values: map[string]string{"source": "key", "limit": "integer"},
		Specs:  slices.Concat(f.specs(), f.combineSpecs()),
	}
}

// The errors of commands on sets.
const (
	errCount      commands.Error = "ERR value is out of range"
	errPopCount   commands.Error = "ERR value is out of range, must be positive"
	errLeastCount commands.Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "SADD key member [member ...]",
			Summary: "Adds members to a set and returns how many are new.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.add,
			Example: `SADD k red green red -> 2`,
		},
		{
			Usage:   "SREM key member [member ...]",
			Summary: "Removes members, and the set with its last one, and returns how many there were.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.remove,
			Example: `SADD k red green; SREM k red blue -> 1`,
		},
		{
			Usage:   "SCARD key",
			Summary: "Returns the number of members.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.size,
			Example: `SADD k red green; SCARD k -> 2`,
		},
		{
			Usage:   "SISMEMBER key member",
			Summary: "Returns 1 if a set has a member, else 0.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.has,
			Example: `SADD k red; SISMEMBER k red -> 1`,
		},
		{
			Usage:   "SMISMEMBER key member [member ...]",
			Summary: "Returns 1 for each member that a set has, else 0.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.hasMany,
			Example: `SADD k red; SMISMEMBER k red blue -> [1,0]`,
		},
		{
			Usage:   "SMEMBERS key",
			Summary: "Returns all members.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.all,
			Example: `SADD k red; SMEMBERS k -> ["red"]`,
		},
		{
			Usage:   "SPOP key [count]",
			Summary: "Removes a member at random, or several, and returns them.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Access | commands.Delete, Since: "1.0.0", Run: f.pop,
			Example: `SADD k red; SPOP k -> "red"`,
		},
		{
			Usage:   "SRANDMEMBER key [count]",
			Summary: "Returns a member at random, or several different ones; with a negative count, each may come again.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.random, Heavy: commands.HeavyRandom,
			Example: `SADD k red; SRANDMEMBER k -> "red"`,
		},
		{
			Usage:   "SSCAN key cursor [MATCH pattern] [COUNT count]",
			Summary: "Visits members step by step; a round begins and ends with cursor 0.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.scan, Heavy: commands.HeavyScan,
			Example: `SADD k red; SSCAN k 0 -> ["0",["red"]]`,
		},
	}
}
