// Package lua runs scripts as Redis does: Lua 5.1 with the libraries redis, cjson, cmsgpack, bit and struct, with read-only
// globals, and with bounds on time, memory and recursion. It knows no commands: a Host runs them.
//
// A script leaves nothing behind. Globals and libraries are read-only, KEYS and ARGV belong to one run, and an interpreter
// that fails in an unexpected way is thrown away.
//
// The monitor stands before each instruction of the virtual machine. It counts what the script spends, ends a script that is
// killed or takes too much memory, and refuses writes to read-only tables.
package lua
