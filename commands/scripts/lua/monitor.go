package lua

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// monitor looks at each instruction of one thread before it runs. The virtual machine asks a context before every
// instruction whether it is done, so the monitor is one.
type monitor struct {
	thread *lua.LState
	frame  **frame
	reg    *registry
	budget *budget
	// remainder is what the last instruction leaves, if it is a % b.
	remainder struct {
		register, depth int
		v               lua.LNumber
	}
}

// newMonitor returns a monitor of a thread, on the budget of the run.
func newMonitor(thread *lua.LState, b *budget) *monitor {
	return &monitor{thread: thread, frame: within[*frame](thread, frameOffset), reg: registryOf(thread), budget: b}
}

// Deadline, Err and Value complete context.Context.
func (m *monitor) Deadline() (time.Time, bool) { return time.Time{}, false }
func (m *monitor) Err() error                  { return context.Canceled }
func (m *monitor) Value(any) any               { return nil }

// watched has a bit for each instruction that check looks at.
const watched = 1<<lua.OP_SETGLOBAL | 1<<lua.OP_SETTABLE | 1<<lua.OP_SETTABLEKS | 1<<lua.OP_CONCAT | 1<<lua.OP_CALL |
	1<<lua.OP_TAILCALL | 1<<lua.OP_LEN | 1<<lua.OP_UNM | 1<<lua.OP_FORPREP | 1<<lua.OP_MOD

// prices are about how many bytes an instruction may allocate.
var prices = [64]int64{
	lua.OP_NEWTABLE: 256, lua.OP_SETTABLE: 128, lua.OP_SETTABLEKS: 128, lua.OP_CLOSURE: 128, lua.OP_CONCAT: 64, lua.OP_CALL: 32,
	lua.OP_SETLIST: 1024, lua.OP_TFORLOOP: 32,
}

// stepPrice is added for each instruction, so that a script which allocates nothing is looked at, too.
const stepPrice = 8

// Done counts the instruction that is about to run, and raises an error in its place where it must not.
func (m *monitor) Done() <-chan struct{} {
	f := *m.frame
	inst := f.Fn.Proto.Code[f.Pc-1]
	op := inst >> 26
	m.budget.credit -= prices[op] + stepPrice
	if m.budget.proto != f.Fn.Proto { // a pointer is dear to write while garbage is collected
		m.budget.proto = f.Fn.Proto
	}
	m.budget.pc = f.Pc
	if m.budget.credit < 0 {
		m.budget.refill(m.thread, 0)
	}
	if f.Idx >= m.budget.depth {
		m.thread.RaiseError(stackText)
	}
	if m.remainder.register > 0 {
		m.setRemainder(f)
	}
	if uint64(watched)>>op&1 != 0 {
		m.check(f, inst)
	}
	return nil
}

// check refuses writes to read-only tables and bounds what one instruction may allocate.
func (m *monitor) check(f *frame, inst uint32) {
	local := m.reg.array[f.LocalBase:]
	switch op := int(inst >> 26); op {
	case lua.OP_SETGLOBAL:
		m.thread.RaiseError(readOnlyText)
	case lua.OP_CONCAT:
		m.checkConcat(local, int(inst&0x1ff), int(inst>>9&0x1ff))
	case lua.OP_CALL, lua.OP_TAILCALL:
		if _, ok := local[inst>>18&0xff].(*lua.LFunction); !ok {
			m.require("__call", "call", local, int(inst>>18&0xff))
		}
	case lua.OP_LEN:
		if t, ok := local[inst&0xff].(*lua.LTable); ok {
			length(t)
		} else if inst&0x100 == 0 {
			m.require("__index", "get length of", local, int(inst&0xff))
		}
	case lua.OP_MOD:
		x, xOK := m.operand(f, local, inst&0x1ff).(lua.LNumber)
		y, yOK := m.operand(f, local, inst>>9&0x1ff).(lua.LNumber)
		if xOK && yOK {
			m.remainder.register, m.remainder.depth = f.LocalBase+int(inst>>18&0xff)+1, f.Idx
			m.remainder.v = x - lua.LNumber(math.Floor(float64(x/y)))*y
		}
	case lua.OP_FORPREP:
		for i, v := range local[inst>>18&0xff:][:3] {
			if text, ok := v.(lua.LString); !ok {
				continue
			} else if n, ok := parseNumber(string(text)); ok {
				local[int(inst>>18&0xff)+i] = lua.LNumber(n)
			}
		}
	case lua.OP_UNM:
		if _, ok := local[inst&0xff].(lua.LNumber); !ok && inst&0x100 == 0 {
			m.require("__unm", "perform arithmetic on", local, int(inst&0xff))
		}
	default:
		t, ok := local[inst>>18&0xff].(*lua.LTable)
		if !ok {
			return
		}
		if t.Metatable != lua.LNil && writesReadOnly(t) {
			m.thread.RaiseError(readOnlyText)
		}
		if op == lua.OP_SETTABLE {
			m.budget.gap(m.thread, t, m.operand(f, local, inst&0x1ff))
		}
	}
}

// operand returns a register or a constant.
func (m *monitor) operand(f *frame, local []lua.LValue, index uint32) lua.LValue {
	if index&0x100 != 0 {
		return f.Fn.Proto.Constants[index&0xff]
	}
	return local[index]
}

// setRemainder puts Lua's result of a % b in the place of gopher-lua's, which has the sign of a where it is zero.
func (m *monitor) setRemainder(f *frame) {
	at := m.remainder.register - 1
	m.remainder.register = 0
	if v, ok := m.reg.array[at].(lua.LNumber); ok && f.Idx == m.remainder.depth && math.Float64bits(float64(v)) != math.Float64bits(float64(m.remainder.v)) {
		m.reg.array[at] = m.remainder.v
	}
}

// require raises Lua's message for an operand without a metamethod.
func (m *monitor) require(event, what string, local []lua.LValue, register int) {
	if m.thread.GetMetaField(local[register], event) == lua.LNil {
		m.thread.RaiseError("attempt to %s %s", what, m.budget.describe(register, local[register].Type().String()))
	}
}

// checkConcat pays for the result, writes numbers as Lua does, and refuses what has no text.
func (m *monitor) checkConcat(local []lua.LValue, from, to int) {
	length := 0
	for i := to; i >= from; i-- {
		switch v := local[i].(type) {
		case lua.LString:
			length += len(v)
		case lua.LNumber:
			local[i] = lua.LString(formatNumber(float64(v)))
		default:
			m.checkOperand(local, i, from, to)
		}
	}
	m.budget.charge(m.thread, length)
}

// checkOperand raises Lua's message for an operand that cannot be concatenated.
func (m *monitor) checkOperand(local []lua.LValue, i, from, to int) {
	for other := max(i-1, from); other <= min(i+1, to); other++ {
		if m.thread.GetMetaField(local[other], "__concat") != lua.LNil {
			return
		}
	}
	m.thread.RaiseError("attempt to concatenate %s", m.budget.describe(i, local[i].Type().String()))
}

// formatNumber writes a number as C's %.14g does.
func formatNumber(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e14 && (v != 0 || !math.Signbit(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	return string(appendG(nil, v, 14))
}

// maxArray is the first key that an array has no place for. gopher-lua fills the places between the end of an array and
// a new key. So a larger bound makes keys that are numbers of users or times expensive. Its length operator counts
// arrays only.
const maxArray = 1 << 20

// limitArrays tells gopher-lua, which keeps the bound in a variable of the process.
var limitArrays = sync.OnceFunc(func() { lua.MaxArrayIndex = maxArray })

// budget is what one run may spend, over all its threads.
type budget struct {
	// credit is what may be spent before refill looks at the clock, in bytes.
	credit int64
	// spent counts since the last look at the heap, total since the run began.
	spent, total int64
	// baseline is what the heap had without the script.
	baseline uint64
	limit    uint64
	// collect is how much is to be spent before the next forced garbage collection.
	collect   int64
	interrupt *Interrupt
	// checkpoint is of the host; nil: it has none.
	checkpoint func()
	raise      func(L *lua.LState, text string)
	sample     [1]metrics.Sample
	// depth is how deep calls of the thread that runs may nest: what others that wait for it have left.
	depth int
	// instruction is the last one, for error messages.
	instruction
}

const (
	creditStep   = 64 << 10
	heapInterval = 4 << 20
)

// begin starts the account of a run.
func (b *budget) begin(limit uint64, interrupt *Interrupt, checkpoint func()) {
	b.checkpoint = checkpoint
	b.credit, b.spent, b.baseline, b.limit, b.collect, b.interrupt = creditStep, 0, 0, limit, 0, interrupt
	b.total, b.depth = 0, maxDepth
}

// charge pays for n bytes that are about to be allocated.
func (b *budget) charge(L *lua.LState, n int) {
	b.credit -= int64(n)
	if b.credit < 0 {
		b.refill(L, n)
	}
}

// refill ends a script that is killed, or that holds too much with the bytes that it is about to allocate.
func (b *budget) refill(L *lua.LState, n int) {
	if b.checkpoint != nil {
		b.checkpoint()
	}
	if b.interrupt != nil && b.interrupt.killed.Load() {
		b.credit = -1 // every further instruction fails, so that pcall cannot go on
		b.raise(L, killedText)
	}
	if uint64(n) > b.limit {
		b.credit = 0
		L.RaiseError("not enough memory")
	}
	if b.baseline == 0 {
		b.baseline = min(b.heap("/gc/heap/live:bytes")-1, b.heap(heapMetric)) + 1
	}
	b.spent += creditStep - b.credit
	b.total += creditStep - b.credit
	b.collect -= creditStep - b.credit
	b.credit = creditStep
	if uint64(b.spent) < min(heapInterval, b.limit/8) {
		return
	}
	b.spent = 0
	if uint64(b.total) <= b.limit || b.heap(heapMetric)+uint64(n) <= b.baseline+b.limit {
		return
	}
	if b.collect > 0 {
		return
	}
	runtime.GC()
	b.collect = int64(b.limit / 4)
	if b.heap(heapMetric)+uint64(n) > b.baseline+b.limit {
		L.RaiseError("not enough memory")
	}
}

// heapMetric is how many bytes of objects the process has, garbage included.
const heapMetric = "/memory/classes/heap/objects:bytes"

// heap reads a metric of the heap.
func (b *budget) heap(name string) uint64 {
	b.sample[0].Name = name
	metrics.Read(b.sample[:])
	return b.sample[0].Value.Uint64()
}

// gap pays for the elements between the end of a table's array and a new key, which gopher-lua fills with nil.
func (b *budget) gap(L *lua.LState, t *lua.LTable, key lua.LValue) {
	k, ok := key.(lua.LNumber)
	if !ok || k < 64 || k > maxArray {
		return
	}
	missing := int(k) - len(layoutOf(t).array)
	if k == maxArray && missing == 1 {
		L.RaiseError("table overflow")
	}
	if missing > 1 && k < maxArray {
		b.charge(L, 32*missing)
	}
}

// Interrupt ends a script from another goroutine. The zero value is ready; one belongs to one run.
type Interrupt struct{ killed atomic.Bool }

// Kill makes the script fail soon, as SCRIPT KILL does.
func (i *Interrupt) Kill() { i.killed.Store(true) }
