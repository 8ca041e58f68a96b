package lua

import (
	"fmt"
	"math"
	"sync"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The size of an interpreter. Depth is in calls, as in Lua; registers are in values of 16 bytes.
const (
	maxDepth      = 20000
	minRegisters  = 1 << 10
	maxRegisters  = 1 << 18
	registerStep  = 4 << 10
	keepRegisters = 16 << 10
	// maxNesting bounds calls of Lua by Go by Lua: coroutines, callbacks and protected calls.
	maxNesting = 195
)

// state is one interpreter with its libraries. It serves one run at a time.
type state struct {
	L       *lua.LState
	monitor *monitor
	budget  budget
	random  random

	// globals is _G. readOnly marks library tables, readOnlyGlobals marks _G.
	globals *lua.LTable
	keys    *lua.LTable
	argv    *lua.LTable
	strings *lua.LTable
	null    *lua.LUserData
	// arrayMark is the metatable of arrays that cjson decoded, where it is asked to mark them.
	arrayMark *lua.LTable

	script  *Script
	host    Host
	resp    int
	raised  place
	nesting int
	// resumed is the nesting of the innermost coroutine that runs.
	resumed int
	// protectedFrom is the first register of the innermost protected call, unwind what runs when it fails.
	protectedFrom int
	unwind        *lua.LFunction
	broken        string
	words         [][]byte
	scratch       []byte
	json          jsonOptions
	version       Version
}

// Version is what redis.REDIS_VERSION and REDIS_VERSION_NUM are.
type Version struct {
	Text   string
	Number int
}

// Options are the bounds of an Engine.
type Options struct {
	// Memory is how many bytes of heap one script may hold. 0 is 256 MiB.
	Memory uint64
	// Version is the Redis version that scripts see. The zero value is 7.0.15.
	Version Version
}

// Engine runs scripts on a pool of interpreters. It is safe for concurrent use.
type Engine struct {
	options Options
	pool    sync.Pool
}

// NewEngine returns an engine.
func NewEngine(o Options) *Engine {
	if o.Memory == 0 {
		o.Memory = 256 << 20
	}
	if o.Version.Text == "" {
		o.Version = Version{"7.0.15", 0x07000f}
	}
	return &Engine{options: o}
}

// Run is one call of a script.
type Run struct {
	Script *Script
	// Keys and Args stay unchanged until the reply is written: strings in the reply may share their bytes.
	Keys, Args [][]byte
	Host       Host
	// Interrupt ends the run from another goroutine. It may be nil.
	Interrupt *Interrupt
	// Checkpoint is called every some thousand steps, on the goroutine of the run. It may be nil.
	Checkpoint func()
}

// Run runs a script and returns its reply. An error is a *Fault.
func (e *Engine) Run(r *Run) (Value, error) {
	if r.Script.plain.fits(r) {
		return r.Script.plain.execute(r, e.options.Memory)
	}
	s, _ := e.pool.Get().(*state)
	if s == nil {
		s = newState(e.options.Version)
	}
	v, err, clean := s.run(r, e.options.Memory)
	if clean {
		e.pool.Put(s)
	}
	return v, err
}

// run runs a script. It reports whether the interpreter may be used again.
func (s *state) run(r *Run, memory uint64) (v Value, err error, clean bool) {
	defer func() {
		if broken := recover(); broken != nil {
			v, err, clean = Value{}, &Fault{Text: oneLine(fmt.Sprintf("ERR internal error in script: %v", broken))}, false
		}
	}()
	s.script, s.host, s.resp, s.nesting, s.resumed, s.raised = r.Script, r.Host, 2, 0, 0, place{}
	s.json.reset()
	s.random.seed(0)
	s.budget.begin(memory, r.Interrupt, r.Checkpoint)
	s.keys = s.fill("KEYS", s.keys, r.Keys)
	s.argv = s.fill("ARGV", s.argv, r.Args)
	s.L.Push(s.L.NewFunctionFromProto(r.Script.proto))
	if object, failed := s.protect(s.L, 0, 1); failed {
		if object == nil {
			panic(s.broken)
		}
		return Value{}, s.fault(object), s.end()
	}
	v = s.reply(s.L.Get(-1), 0)
	s.L.SetTop(0)
	return v, nil, s.end()
}

// end takes everything of a run out of the interpreter. It reports whether the interpreter is as before the run.
func (s *state) end() bool {
	s.script, s.host, s.raised = nil, nil, place{}
	s.keys, s.argv = s.empty("KEYS", s.keys), s.empty("ARGV", s.argv)
	if cap(s.scratch) > 64<<10 {
		s.scratch = nil
	}
	if cap(s.words) > 1024 {
		s.words = nil
	}
	clear(s.words[:cap(s.words)])
	return len(s.monitor.reg.array) <= keepRegisters && s.L.GetTop() == 0 && s.L.G.CurrentThread == s.L
}

// fill makes the global table KEYS or ARGV, in the table of the run before where there is one.
func (s *state) fill(name string, t *lua.LTable, words [][]byte) *lua.LTable {
	if t == nil || len(words) > 64 {
		t = s.L.CreateTable(len(words), 0)
		s.globals.RawSetString(name, t)
	}
	for i, word := range words {
		t.RawSetInt(i+1, lua.LString(unsafeString(word)))
	}
	return t
}

// empty takes the words out of a table, or gives the table up where a script left more in it.
func (s *state) empty(name string, t *lua.LTable) *lua.LTable {
	inside := layoutOf(t)
	if t.Metatable != lua.LNil || inside.keys != nil || len(inside.array) > 64 {
		s.globals.RawSetString(name, lua.LNil)
		return nil
	}
	for i := range inside.array {
		inside.array[i] = lua.LNil
	}
	return t
}

// unsafeString returns a string that shares the bytes of b.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// unsafeBytes returns bytes that share those of a string, which nobody may change. They are not nil where there are none.
func unsafeBytes(text string) []byte {
	if text == "" {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(text), len(text))
}

// random is the generator of math.random: drand48 with fixed parameters, the same in every run.
type random uint64

// seed is srand48.
func (r *random) seed(n int32) { *r = random(uint64(uint32(n))<<16 | 0x330e) }

// next returns 31 random bits.
func (r *random) next() int32 {
	*r = (*r*0x5deece66d + 0xb) & (1<<48 - 1)
	return int32(*r >> 17)
}

const randomMax = math.MaxInt32
