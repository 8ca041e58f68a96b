package lua

import (
	lua "github.com/yuin/gopher-lua"
)

// threadPrice is about what a coroutine takes, in bytes.
const threadPrice = 32 << 10

// openCoroutine makes the library coroutine from gopher-lua's, with a monitor for each new thread and a bound on nesting.
func (s *state) openCoroutine() *lua.LTable {
	lua.OpenCoroutine(s.L)
	t := s.L.Get(-1).(*lua.LTable)
	s.L.Pop(1)
	s.L.SetGlobal("coroutine", lua.LNil)
	create := t.RawGetString("create").(*lua.LFunction).GFunction
	resume := t.RawGetString("resume").(*lua.LFunction).GFunction
	t.RawSetString("create", s.function("create", func(a args) int {
		a.callable(1)
		a.charge(threadPrice)
		outer := a.RemoveContext() // or else the new thread's context begins by asking it
		n := create(a.LState)
		a.SetContext(outer)
		thread := a.Get(-1).(*lua.LState)
		thread.SetContext(newMonitor(thread, &s.budget))
		return n
	}))
	yield := t.RawGetString("yield").(*lua.LFunction).GFunction
	t.RawSetString("yield", s.function("yield", func(a args) int {
		if a.LState == s.L || s.nesting != s.resumed {
			a.failAt(0, "attempt to yield across metamethod/C-call boundary")
		}
		return yield(a.LState)
	}))
	t.RawSetString("resume", s.function("resume", func(a args) int {
		if _, ok := a.Get(1).(*lua.LState); !ok {
			a.bad(1, "coroutine expected")
		}
		return a.resume(resume)
	}))
	t.RawSetString("wrap", s.function("wrap", func(a args) int {
		create := t.RawGetString("create").(*lua.LFunction)
		thread := a.call(create, a.callable(1))
		return a.returns(s.function("wrap", func(a args) int {
			a.Insert(thread, 1)
			n := a.resume(resume)
			first := a.GetTop() - n + 1
			if a.Get(first) != lua.LFalse {
				return n - 1
			}
			object := a.Get(first + 1)
			if lua.LVCanConvToString(object) {
				a.failAt(1, tostring(object))
			}
			a.s.raise(a.LState, object)
			return 0
		}))
	}))
	return t
}

// resume resumes the coroutine that is the first argument.
func (a args) resume(resume lua.LGFunction) int {
	thread := a.Get(1).(*lua.LState)
	if thread.Dead {
		return a.returns(lua.LFalse, lua.LString("cannot resume dead coroutine"))
	}
	leave, outer := a.nest(), a.s.resumed
	a.s.resumed = a.s.nesting
	depth := (*within[*frame](a.LState, frameOffset)).Idx
	a.s.budget.depth -= depth
	n := resume(a.LState)
	leave()
	a.s.budget.depth += depth
	a.s.resumed = outer
	first := a.GetTop() - n + 1
	if text, ok := a.Get(first + 1).(lua.LString); ok && a.Get(first) == lua.LFalse {
		a.Replace(first+1, lua.LString(a.s.reword(string(text))))
	}
	a.s.budget.refill(a.LState, 0) // a script that was killed does not go on
	return n
}
