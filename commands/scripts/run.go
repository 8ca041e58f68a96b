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
	r := &run{family: f, call: c, script: script, readOnly: readOnly, op: c.Op}
	r.host = host{run: r, log: c.System.Log, client: c.Client, keyspace: c.Client.Keyspace()}
	return r
}

// room is the memory in bytes that a script which may write finds free, beside twice its arguments.
const room = 64 << 10

// Run is part of commands.Job.
func (r *run) Run(t *commands.Turn) {
	r.op.May = nil
	tx, err := r.family.engine.Begin(r.op, nil, r.room())
	if errors.Is(err, store.ErrNoMemory) {
		if r.script.Flags&(lua.Compat|lua.AllowOOM) == 0 {
			r.err = errScriptOOM
			return
		}
		r.host.full = r.script.Flags&lua.AllowOOM == 0
		tx, err = r.family.engine.Begin(r.op, nil, 0)
	}
	if err != nil {
		r.err = err
		return
	}
	defer tx.End()
	r.inside(tx, t.Checkpoint)
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
	h, _ := r.family.runs.Get().(*inner)
	if h == nil {
		h = new(inner)
		h.commands = r.call.System.NewInner(&h.reply)
	}
	r.host.inner = h
	h.commands.Begin(r.call, tx)
	r.call = nil // it serves others, once the script has left the loop
	defer func() {
		h.commands.End()
		h.reply.forget()
		r.host.client.SetKeyspace(r.host.keyspace)
		r.host.inner = nil
		r.family.runs.Put(h)
	}()
	r.value, r.err = r.family.lua.Run(&lua.Run{
		Script: r.script, Keys: r.keys, Args: r.args, Host: &r.host, Interrupt: &r.interrupt, Checkpoint: checkpoint,
	})
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

// Reply is part of commands.Job.
func (r *run) Reply(to commands.Reply, _ *commands.Stats) error {
	var fault *lua.Fault
	switch {
	case r.err == nil && r.value.Kind == lua.Error:
		return commands.Error(r.value.Text)
	case r.err == nil:
		answer(to, &r.value)
		return nil
	case !errors.As(r.err, &fault):
		return r.err
	case fault.Counted:
		to.Error(fault.Text)
		return nil
	}
	return commands.Error(fault.Text)
}
