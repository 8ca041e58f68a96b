// Package scripts is the commands that run Lua on the server: EVAL and its kin, SCRIPT, and FUNCTION as a server without
// functions answers it.
//
// # A script is one step
//
// A script runs while no other call does (commands.Call.Exclusively), in a step of the engine that covers everything. So it
// may name keys that were not declared, as in Redis. Others wait at a gate and not for a lock of the engine. A script that
// takes longer than a millisecond leaves its loop, which then answers others. After busy-reply-threshold they get BUSY;
// SCRIPT KILL ends a script that has not written.
//
// # What a script may do
//
// Each command passes the checks of the dispatcher: whether it exists, its arity, the flag noscript, and whether the script
// may write. The rules of the user that runs the script hold for command, keys and channels. Errors have Redis's texts. A command that would wait acts as if its time were out. A SELECT ends with the script.
//
// A script without loops and functions that names declared keys alone is known to end soon (staysWithin). It runs as any
// command does, in a step that covers these keys.
//
// Inside a transaction a script runs in the transaction's step, on its loop. There it is ended after
// busy-reply-threshold, because nobody could kill it.
package scripts

import (
	"slices"
	"sync"

	"sessd/commands"
	"sessd/commands/scripts/lua"
	"sessd/store"
)

// cacheBytes bounds the scripts that were run and not loaded.
const cacheBytes = 16 << 20

// family is what the handlers share.
type family struct {
	engine store.Transactor
	lua    *lua.Engine
	cache  *lua.Cache
	runs   sync.Pool // of *run
}

// The flags as in Redis. A script reaches keys that it does not name, and what it shows of them its user may read.
const (
	evaluates = commands.NoScript | commands.Stale | commands.SkipMonitor | commands.NoMandatoryKeys | commands.AnyKey | commands.Filtered
	manages   = commands.NoScript
)

// Family returns the commands on scripts over an engine.
func Family(engine store.Engine) commands.Family {
	f := &family{lua: lua.NewEngine(lua.Options{}), cache: lua.NewCache(cacheBytes)}
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Transactor); !able {
		missing = "ERR this server's store runs no scripts"
	}
	return commands.Family{
		Group: "scripting", Categories: []string{"scripting"}, Missing: missing, Metrics: f.metrics(),
		Specs: slices.Concat(f.evalSpecs(), f.scriptSpecs(), f.functionSpecs()),
	}
}

// metrics are what INFO tells of scripts.
func (f *family) metrics() []commands.Metric {
	return []commands.Metric{
		{
			Section: "Memory", Redis: "number_of_cached_scripts", Prometheus: "sessd_scripts", Kind: commands.Gauge, Help: "scripts that the server keeps",
			Read: func(*commands.Snapshot) any { n, _ := f.cache.Stats(); return n },
		},
		{
			Section: "Memory", Redis: "used_memory_scripts", Prometheus: "sessd_scripts_bytes", Kind: commands.Bytes, Help: "bytes of the scripts that the server keeps",
			Read: func(*commands.Snapshot) any { _, bytes := f.cache.Stats(); return int64(bytes) },
		},
	}
}

// keysOf is where a script's keys are, and what may be done to them.
func keysOf(access commands.KeyFlags) []commands.KeySpec {
	return []commands.KeySpec{{Access: access, Begin: 2, Counted: true}}
}

func (f *family) evalSpecs() []commands.Spec {
	written, read := keysOf(commands.RW|commands.Access|commands.Update), keysOf(commands.RO|commands.Access)
	return []commands.Spec{
		{
			Usage:   "EVAL script numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Runs a Lua script as one step, and keeps it for EVALSHA.",
			Flags:   evaluates | commands.MayReplicate, Keys: written, Since: "1.0.0", Run: func(c *commands.Call) error { return f.eval(c, false) },
			Example: `EVAL return(redis.call('INCR',KEYS[1])) 1 n -> 1`,
		},
		{
			Usage:   "EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Runs a Lua script that the server has, by its SHA1.",
			Flags:   evaluates | commands.MayReplicate, Keys: written, Since: "1.0.0", Run: func(c *commands.Call) error { return f.evalSHA(c, false) },
			Example: `EVALSHA ffffffffffffffffffffffffffffffffffffffff 0 -> error:"NOSCRIPT No matching script. Please use EVAL."`,
		},
		{
			Usage:   "EVAL_RO script numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Runs a Lua script that must not write.",
			Flags:   evaluates | commands.ReadOnly, Keys: read, Since: "1.0.0", Run: func(c *commands.Call) error { return f.eval(c, true) },
			Example: `SET k hello; EVAL_RO return(redis.call('GET',KEYS[1])) 1 k -> "hello"`,
		},
		{
			Usage:   "EVALSHA_RO sha1 numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Runs a Lua script that the server has and that must not write, by its SHA1.",
			Flags:   evaluates | commands.ReadOnly, Keys: read, Since: "1.0.0", Run: func(c *commands.Call) error { return f.evalSHA(c, true) },
			Example: `EVALSHA_RO ffffffffffffffffffffffffffffffffffffffff 0 -> error:"NOSCRIPT No matching script. Please use EVAL."`,
		},
	}
}
