// Package lua runs scripts as Redis does: Lua 5.1 with the libraries redis, cjson, cmsgpack, bit and struct. Globals
// are read-only; time, memory and recursion have bounds. It knows no commands: a Host runs them.
//
// # Use
//
// Compile, or a Cache, makes a Script of a source. An Engine runs it with the keys, the arguments and the Host of one call:
//
//	script, err := cache.Eval(source)       // the error is the text of an error reply
//	value, err := engine.Run(&lua.Run{Script: script, Keys: keys, Args: args, Host: host, Interrupt: &interrupt})
//
// An error of Run is a *Fault with the text of the error reply. Words are passed without copies in both directions: keys and
// arguments stay unchanged until the reply is written, and Host.Call keeps none of its words.
//
// The host decides what a script may do: which commands exist, and which are refused in scripts. It decides too when a
// long script makes the server busy, and whether Interrupt.Kill may be called. Script.Flags are what the script
// declares.
//
// # Bounds
//
// A monitor stands before each instruction of the virtual machine, by way of the context that it asks whether it is done.
// It counts what the script spends, ends one that is killed or takes too much memory, and refuses writes to read-only
// tables. The libraries are of this package, because gopher-lua's write numbers and errors differently and bound nothing.
//
//   - Time: a killed script ends within some thousand steps, in pattern matching and sorting too, and pcall cannot go on.
//   - Memory: each allocation is paid for at about its size. A script that has paid for more than Options.Memory is ended
//     once the heap, after a garbage collection, has grown by that much. Others that allocate meanwhile count against it.
//   - Calls nest 20000 deep, coroutines and callbacks 195 deep, syntax 2000, replies 1000, JSON 10000 at most.
//   - A source has up to 1 MiB.
//
// A script leaves nothing behind. Globals, libraries and metatables of strings are read-only, and KEYS and ARGV belong
// to one run. An interpreter that fails in an unexpected way is thrown away.
//
// # Plain scripts
//
// A script of comparisons, conditions, locals and a few calls over constants, KEYS and ARGV needs no interpreter
// (plain.go). Scripts that hold locks are such. What it answers is the same, errors and their lines included.
//
// # What differs from Redis
//
//   - The settings of cjson last for one run, those of Redis until the server ends.
//   - pairs visits strings in the order in which they were added, Redis in the order of its hash table.
//   - A syntax error says "unexpected symbol" in some places where Lua says what it expected.
//   - goto and labels are understood, so goto cannot be a name.
//   - An array has up to a million elements. More is an error, never a wrong length.
//   - collectgarbage does nothing, string.dump is refused, and os.clock counts the time that passes.
//   - The last digit of a power may differ.
//   - Unlike Redis 7.0, the metatable of strings is read-only, as in its later versions.
package lua
