package scripts

import (
	"bytes"
	"time"

	"sessd/commands"
	"sessd/commands/scripts/lua"
	"sessd/store"
)

// The errors of EVAL and its kin, as Redis words them.
const (
	errNoScript     commands.Error = "NOSCRIPT No matching script. Please use EVAL."
	errNegativeKeys commands.Error = "ERR Number of keys can't be negative"
	errManyKeys     commands.Error = "ERR Number of keys can't be greater than number of args"
	errWriteFlag    commands.Error = "ERR Can not execute a script with write flag using *_ro command."
)

// shaLength is the number of hexadecimal digits of a SHA1.
const shaLength = 40

// parseEval splits what follows the script of EVAL into keys and arguments.
func parseEval(words [][]byte) (keys, args [][]byte, err error) {
	n, ok := store.ParseInt(words[0])
	words = words[1:]
	switch {
	case !ok:
		return nil, nil, commands.ErrNotInteger
	case n > int64(len(words)):
		return nil, nil, errManyKeys
	case n < 0:
		return nil, nil, errNegativeKeys
	}
	return words[:n:n], words[n:], nil
}

func (f *family) eval(c *commands.Call, readOnly bool) error {
	c.ShowToMonitors()
	keys, args, err := parseEval(c.Args[1:])
	if err != nil {
		return err
	}
	script, err := f.cache.Eval(c.Args[0])
	if err != nil {
		return commands.Error(err.Error())
	}
	return f.execute(c, script, keys, args, readOnly)
}

func (f *family) evalSHA(c *commands.Call, readOnly bool) error {
	c.ShowToMonitors()
	if len(c.Args[0]) != shaLength {
		return errNoScript
	}
	keys, args, err := parseEval(c.Args[1:])
	if err != nil {
		return err
	}
	script := f.cache.Get(c.Args[0])
	if script == nil { // clients write it in small letters
		script = f.cache.Get(bytes.ToLower(c.Args[0]))
	}
	if script == nil {
		return errNoScript
	}
	return f.execute(c, script, keys, args, readOnly)
}

// execute runs a script for a call, in the step that the call is part of or in one of its own.
func (f *family) execute(c *commands.Call, script *lua.Script, keys, args [][]byte, readOnly bool) error {
	if c.KeptBefore() == errNoDebugger {
		*c.Kept() = nil
		return errNoDebugger
	}
	if readOnly && script.Flags&(lua.Compat|lua.NoWrites) == 0 {
		return errWriteFlag
	}
	r := f.newRun(c, script, readOnly || script.Flags&lua.NoWrites != 0)
	if c.Op.Tx != nil {
		r.keys, r.args = keys, args
		r.inside(c.Op.Tx, r.endsBy(c.Dispatcher.BusyThreshold()))
		return r.Reply(c.Reply, c.Stats)
	}
	if f.staysWithin(c, script) {
		r.keys, r.args = keys, args
		return r.inPlace(c)
	}
	own := clone(c.Words) // the script may go on when those of the call are gone
	own = own[len(own)-len(keys)-len(args):]
	r.keys, r.args = own[:len(keys)], own[len(keys):]
	return c.Exclusively(r)
}

// endsBy returns a checkpoint that ends the script after a time; 0: never. In a step of others a script cannot leave the
// loop, so nobody could kill it.
func (r *run) endsBy(threshold time.Duration) func() {
	if threshold == 0 {
		return nil
	}
	begun := time.Now()
	return func() {
		if time.Since(begun) > threshold {
			r.interrupt.Kill()
		}
	}
}

// clone copies words.
func clone(words [][]byte) [][]byte {
	size := 0
	for _, word := range words {
		size += len(word)
	}
	all, own := make([]byte, 0, size), make([][]byte, len(words))
	for i, word := range words {
		all = append(all, word...)
		own[i] = all[len(all)-len(word) : len(all) : len(all)]
	}
	return own
}
