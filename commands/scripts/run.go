package scripts

import (
	"errors"
	"sync/atomic"

	"sessd/commands"
	"sessd/commands/scripts/lua"
	"sessd/store"
)

// errUnkillable is Redis's, to the letter.
const errUnkillable commands.Error = "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."

// run is one run of a script. It is a commands.Job.
type run struct {
	family     *family
	call       *commands.Call // until the script begins
	script     *lua.Script
	keys, args [][]byte
	readOnly   bool
	op         store.Op
	host       host
	interrupt  lua.Interrupt
	lua        lua.Run
	state      atomic.Int32

	value lua.Value
	err   error
}

// The states of a run. Of a write and SCRIPT KILL the first counts.
const (
	clean int32 = iota
	written
	killed
)

// newRun returns a run of a script for a call.
func (f *family) newRun(c *commands.Call, script *lua.Script, readOnly bool) *run {
	r, _ := f.runs.Get().(*run)
	if r == nil {
		r = &run{family: f}
		r.host.run = r
		r.host.commands = c.Dispatcher.NewInner(&r.host.reply)
	}
	r.call, r.script, r.readOnly, r.op = c, script, readOnly, c.Op
	r.host.log, r.host.client, r.host.keyspace = c.Dispatcher.Log, c.Client, c.Client.Keyspace()
	return r
}

// free lets go of a run that has answered, for another to use it.
func (r *run) free() {
	r.call, r.script, r.keys, r.args, r.op, r.value, r.err = nil, nil, nil, nil, store.Op{}, lua.Value{}, nil
	r.host.log, r.host.client, r.host.full = nil, nil, false
	r.interrupt, r.lua = lua.Interrupt{}, lua.Run{}
	r.state.Store(clean)
	r.family.runs.Put(r)
}

// room is the memory in bytes that a script which may write finds free, beside twice its arguments.
const room = 64 << 10

// Run is part of commands.Job.
func (r *run) Run(t *commands.Turn) {
	r.begin(nil, t.Checkpoint)
}

func (r *run) room() int64 {
	if r.readOnly {
		return 0
	}
	n := int64(room)
	for _, word := range r.args {
		n += 2 * int64(len(word))
	}
	return n
}

// inside runs the script in a step.
func (r *run) inside(tx store.Tx, checkpoint func()) {
	h := &r.host
	h.commands.Begin(r.call, tx)
	r.call = nil // it serves others, once the script has left the loop
	defer func() {
		h.commands.End()
		h.reply.forget()
		h.client.SetKeyspace(h.keyspace)
	}()
	r.lua = lua.Run{
		Script: r.script, Keys: r.keys, Args: r.args, Host: h, Interrupt: &r.interrupt, Checkpoint: checkpoint,
	}
	r.value, r.err = r.family.lua.Run(&r.lua)
}

// Kill is part of commands.Job.
func (r *run) Kill() error {
	if !r.state.CompareAndSwap(clean, killed) && r.state.Load() == written {
		return errUnkillable
	}
	r.interrupt.Kill()
	return nil
}

// Abort is part of commands.Job.
func (r *run) Abort() { r.interrupt.Kill() }

// Reply is part of commands.Job. It is the last that is asked of the run.
func (r *run) Reply(to commands.Reply, _ *commands.Stats) error {
	defer r.free()
	switch {
	case r.err != nil:
		return failure(to, r.err)
	case r.value.Kind == lua.Error:
		return commands.Error(r.value.Text)
	}
	answer(to, &r.value)
	return nil
}

// failure answers why a script ended early, or returns the error that is the answer.
func failure(to commands.Reply, err error) error {
	var fault *lua.Fault
	switch {
	case !errors.As(err, &fault):
		return err
	case fault.Counted:
		to.Error(fault.Text)
		return nil
	}
	return commands.Error(fault.Text)
}
