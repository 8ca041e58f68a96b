package lua

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// newState returns an interpreter with its libraries.
func newState(version Version) *state {
	limitArrays()
	L := lua.NewState(lua.Options{
		SkipOpenLibs: true, CallStackSize: maxDepth + 64, MinimizeStackMemory: true,
		RegistrySize: minRegisters, RegistryMaxSize: maxRegisters, RegistryGrowStep: registerStep,
	})
	s := &state{L: L, version: version, globals: L.G.Global, null: L.NewUserData()}
	s.unwind = s.newUnwind()
	s.budget.raise = s.raiseText
	s.arrayMark = L.NewTable()
	s.freeze(s.arrayMark)
	s.openBase()
	s.strings = s.openString()
	libraries := map[string]*lua.LTable{
		"string": s.strings, "table": s.openTable(), "math": s.openMath(), "coroutine": s.openCoroutine(), "redis": s.openRedis(),
		"cjson": s.openJSON(&s.json), "cmsgpack": s.openMsgpack(), "bit": s.openBit(), "struct": s.openStruct(),
		"os": s.library(map[string]function{"clock": osClock}),
	}
	for name, t := range libraries {
		s.globals.RawSetString(name, t)
		s.freeze(t)
	}
	meta := s.stringMetatable()
	s.freeze(meta)
	L.SetMetatable(lua.LString(""), meta)
	s.freezeGlobals()
	s.monitor = newMonitor(L, &s.budget)
	L.SetContext(s.monitor)
	return s
}

// clockBegin is what os.clock counts from.
var clockBegin = time.Now()

// osClock returns seconds of the process. They pass for all that run in it.
func osClock(a args) int { return a.returns(lua.LNumber(time.Since(clockBegin).Seconds())) }

// stringMetatable lets strings have methods, and numbers in strings be counted with.
func (s *state) stringMetatable() *lua.LTable {
	meta := s.L.NewTable()
	meta.RawSetString("__index", s.strings)
	for event, f := range map[string]func(x, y float64) float64{
		"__add": func(x, y float64) float64 { return x + y },
		"__sub": func(x, y float64) float64 { return x - y },
		"__mul": func(x, y float64) float64 { return x * y },
		"__div": func(x, y float64) float64 { return x / y },
		"__pow": math.Pow,
		"__mod": func(x, y float64) float64 { return x - math.Floor(x/y)*y },
		"__unm": func(x, _ float64) float64 { return -x },
	} {
		meta.RawSetString(event, s.function(event, func(a args) int {
			x, xOK := toNumber(a.Get(1))
			y, yOK := toNumber(a.Get(2))
			if event == "__unm" {
				y, yOK = x, xOK
			}
			if xOK && yOK {
				return a.returns(lua.LNumber(f(x, y)))
			}
			for i := 1; i <= 2; i++ {
				if _, ok := a.Get(i).(lua.LString); ok {
					continue
				}
				if other := a.GetMetaField(a.Get(i), event); other != lua.LNil {
					return a.returns(a.call(other, a.Get(1), a.Get(2)))
				}
			}
			last := s.budget.instruction
			operand, wrong := last.c(), a.Get(2)
			if !xOK {
				operand, wrong = last.b(), a.Get(1)
			}
			a.fail("attempt to perform arithmetic on %s", last.describe(operand, wrong.Type().String()))
			return 0
		}))
	}
	return meta
}
