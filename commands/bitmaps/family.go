// Package bitmaps is the commands on strings as arrays of bits.
package bitmaps

import (
	"errors"
	"math"

	"sessd/commands"
	"sessd/store"
)

// engine is what the handlers ask of the engine.
type engine interface {
	store.Strings
	store.Bitmaps
}

// family is the engine's abilities, with the limit of its strings if it has one.
type family struct {
	engine  engine
	limiter store.Limiter
}

// Family returns the commands on bitmaps over an engine.
func Family(of store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = of.(engine); !able {
		missing = "ERR this server's store holds no bitmaps"
	}
	f.limiter, _ = of.(store.Limiter)
	return commands.Family{
		Group: "bitmap", Categories: []string{"bitmap"}, Missing: missing, Errors: wireText, Specs: f.specs(),
		Values: map[string]string{"bit": "integer", "destkey": "key"},
	}
}

// The errors of commands on bitmaps.
const (
	errOffset   commands.Error = "ERR bit offset is not an integer or out of range"
	errBit      commands.Error = "ERR bit is not an integer or out of range"
	errFindBit  commands.Error = "ERR The bit argument must be 1 or 0."
	errNot      commands.Error = "ERR BITOP NOT must be called with a single source key."
	errEncoding commands.Error = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	errOverflow commands.Error = "ERR Invalid OVERFLOW type specified"
	errReadOnly commands.Error = "ERR BITFIELD_RO only supports the GET subcommand"
)

// wireText returns the text of an error that the engine has for bitmaps.
func wireText(err error) commands.Error {
	if errors.Is(err, store.ErrStringTooLong) {
		return errOffset
	}
	return ""
}

// mostOffset returns the greatest offset that a command takes.
func (f *family) mostOffset() int64 {
	if f.limiter == nil {
		return math.MaxInt64
	}
	if n := f.limiter.Limits().StringBytes; n > 0 && n <= math.MaxInt64>>3 {
		return n<<3 - 1
	}
	return math.MaxInt64
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "GETBIT key offset",
			Summary: "Returns the bit at an offset in a string.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.getBit,
			Example: `SETBIT k 7 1; GETBIT k 7 -> 1`,
		},
		{
			Usage:   "SETBIT key offset value",
			Summary: "Sets or clears the bit at an offset in a string and returns what it was.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.setBit,
			Example: `SETBIT k 7 1; SETBIT k 7 0 -> 1`,
		},
		{
			Usage:   "BITCOUNT key [start end [BYTE | BIT]]",
			Summary: "Counts the bits that are set in a string or a part of it.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.count,
			Example: `SET k foobar; BITCOUNT k 5 30 BIT -> 17`,
		},
		{
			Usage:   "BITPOS key bit [start [end [BYTE | BIT]]]",
			Summary: "Returns the offset of the first bit that is set, or clear, in a string or a part of it.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.find,
			Example: `SETBIT k 12 1; BITPOS k 1 -> 12`,
		},
		{
			Usage:   "BITOP operation destkey key [key ...]",
			Summary: "Combines strings bit by bit, by AND, OR, XOR or NOT, and stores the result.",
			Flags:   commands.Write | commands.DenyOOM, Since: "1.0.0", Run: f.combine,
			Keys:    []commands.KeySpec{{Access: commands.OW | commands.Update, Begin: 2}, {Access: commands.RO | commands.Access, Begin: 3, Last: -1}},
			Example: `SET k abc; SET l "a c"; BITOP AND m k l -> 3`,
		},
		{
			Usage:   "BITFIELD key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]",
			Summary: "Reads and changes integers of any width within a string.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Access | commands.Update | commands.VariableFlags, Since: "1.0.0", Run: f.change, KeysOf: keysOfBitField,
			Example: `BITFIELD k SET u8 #1 255 OVERFLOW SAT INCRBY u8 #1 1 GET u4 8 -> [0,255,15]`,
		},
		{
			Usage:   "BITFIELD_RO key [GET encoding offset ...]",
			Summary: "Reads integers of any width within a string.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.read,
			Example: `SET k a; BITFIELD_RO k GET u8 0 -> [97]`,
		},
	}
}
