// Package keys is the commands on keys of any type and on whole keyspaces.
package keys

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's abilities that the handlers ask. All but the first may be nil.
type family struct {
	engine      store.Keys
	transferrer store.Transferrer
	swapper     store.Swapper
	inspector   store.Inspector
	reporter    store.Reporter
	limiter     store.Limiter
	keyspaces   int
}

// Family returns the commands on keys over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Keys); !able {
		missing = "ERR this server's store has no commands on keys"
	}
	if able {
		f.transferrer, _ = engine.(store.Transferrer)
		f.swapper, _ = engine.(store.Swapper)
		f.inspector, _ = engine.(store.Inspector)
		f.reporter, _ = engine.(store.Reporter)
		f.limiter, _ = engine.(store.Limiter)
		f.keyspaces = engine.Keyspaces()
	}
	return commands.Family{
		Group: "generic", Categories: []string{"keyspace"}, Missing: missing, Errors: wireText,
		Values: map[string]string{"source": "key", "destination-db": "integer", "db": "integer"},
		Specs:  slices.Concat(f.genericSpecs(), f.transferSpecs(), f.objectSpecs(), f.keyspaceSpecs(), f.memorySpecs()),
	}
}

func (f *family) genericSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "EXISTS key [key ...]",
			Summary: "Returns how many of the keys exist.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.exists,
			Example: `SET k hello; EXISTS k k l -> 2`,
		},
		{
			Usage:   "TYPE key",
			Summary: "Returns the type of what a key holds, such as session or string, or none.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.typeOf,
			Example: `SESS.CREATE s1; TYPE s1 -> "session"`,
		},
		{
			Usage:   "TTL key",
			Summary: "Returns the seconds until a key expires, -1 if never, -2 without such a key.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.ttl,
			Example: `SET k hello EX 60; TTL k -> 60`,
		},
		{
			Usage:   "PTTL key",
			Summary: "Returns the milliseconds until a key expires, -1 if never, -2 without such a key.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.ttlMilliseconds,
			Example: `SET k hello PX 60000; PTTL k -> ...`,
		},
		{
			Usage:   "EXPIRETIME key",
			Summary: "Returns when a key expires, in seconds since the Unix epoch, -1 if never, -2 without such a key.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.expiryTime,
			Example: `SET k hello EXAT 33177117420; EXPIRETIME k -> 33177117420`,
		},
		{
			Usage:   "PEXPIRETIME key",
			Summary: "Returns when a key expires, in milliseconds since the Unix epoch, -1 if never, -2 without such a key.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.expiryTimeMilliseconds,
			Example: `SET k hello PXAT 33177117420000; PEXPIRETIME k -> 33177117420000`,
		},
		{
			Usage:   "EXPIRE key seconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire after a time, which for a session is its idle timeout from now on.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.expireSeconds,
			Example: `SET k hello; EXPIRE k 60 NX -> 1`,
		},
		{
			Usage:   "PEXPIRE key milliseconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire after a time in milliseconds.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.expireMilliseconds,
			Example: `SET k hello; PEXPIRE k 60000 XX -> 0`,
		},
		{
			Usage:   "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire at a time.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.expireAtSeconds,
			Example: `SET k hello; EXPIREAT k 33177117420 -> 1`,
		},
		{
			Usage:   "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire at a time in milliseconds.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.expireAtMilliseconds,
			Example: `SET k hello; PEXPIREAT k 33177117420000 LT -> 1`,
		},
		{
			Usage:   "PERSIST key",
			Summary: "Removes a key's expiry; of a session it removes the idle timeout and never the absolute one.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.persist,
			Example: `SET k hello EX 60; PERSIST k -> 1`,
		},
		{
			Usage:   "DEL key [key ...]",
			Summary: "Deletes keys and returns how many there were.",
			Flags:   commands.Write, Access: commands.RM | commands.Delete, Since: "1.0.0", Run: f.del,
			Example: `SET k hello; DEL k l -> 1`,
		},
		{
			Usage:   "UNLINK key [key ...]",
			Summary: "Deletes keys as DEL does.",
			Flags:   commands.Write | commands.Fast, Access: commands.RM | commands.Delete, Since: "1.0.0", Run: f.del,
			Example: `SET k hello; UNLINK k l -> 1`,
		},
		{
			Usage:   "TOUCH key [key ...]",
			Summary: "Renews the idle timeout of those keys that are sessions, and returns how many keys exist.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.touch,
			Example: `SESS.CREATE s1; TOUCH s1 s2 -> 1`,
		},
		{
			Usage:   "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]",
			Summary: "Iterates over the keys: every key that stays during the iteration is returned at least once.",
			Flags:   commands.ReadOnly | commands.Keyspace, Since: "1.0.0", Run: f.scan, Heavy: commands.HeavyScan,
			Example: `SET k hello; SCAN 0 MATCH k* COUNT 1000 TYPE string -> ["0",["k"]]`,
		},
		{
			Usage:   "KEYS pattern",
			Summary: "Returns every key that matches a pattern.",
			Flags:   commands.ReadOnly | commands.Dangerous | commands.Keyspace, Since: "1.0.0", Run: f.keys, Heavy: commands.Always,
			Example: `SET k hello; KEYS k* -> ["k"]`,
		},
		{
			Usage:   "RANDOMKEY",
			Summary: "Returns a key at random, null when there is none.",
			Flags:   commands.ReadOnly | commands.Keyspace, Since: "1.0.0", Run: f.randomKey,
			Example: `SET k hello; RANDOMKEY -> "k"`,
		},
	}
}
