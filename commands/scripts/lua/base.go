package lua

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openBase adds the basic functions that Redis leaves to scripts.
func (s *state) openBase() {
	for name, f := range map[string]function{
		"assert": baseAssert, "collectgarbage": baseCollect, "error": baseError, "gcinfo": baseGCInfo,
		"getmetatable": baseGetMetatable, "load": baseLoad, "loadstring": baseLoadString, "next": baseNext,
		"pcall": basePCall, "rawequal": baseRawEqual, "rawget": baseRawGet, "rawset": baseRawSet, "select": baseSelect,
		"setmetatable": baseSetMetatable, "tonumber": baseToNumber, "tostring": baseToString, "type": baseType,
		"unpack": baseUnpack, "xpcall": baseXPCall, "__redis__err__handler": baseErrorHandler,
	} {
		s.globals.RawSetString(name, s.function(name, f))
	}
	next := s.globals.RawGetString("next")
	s.globals.RawSetString("pairs", s.function("pairs", func(a args) int { return a.returns(next, a.table(1), lua.LNil) }))
	step := s.function("ipairs", func(a args) int {
		i := a.int(2) + 1
		v := a.table(1).RawGetInt(i)
		if v == lua.LNil {
			return a.returns(lua.LNil)
		}
		return a.returns(lua.LNumber(i), v)
	})
	s.globals.RawSetString("ipairs", s.function("ipairs", func(a args) int { return a.returns(step, a.table(1), lua.LNumber(0)) }))
	s.globals.RawSetString("_G", s.globals)
	s.globals.RawSetString("_VERSION", lua.LString("Lua 5.1"))
}

// baseAssert is assert(v [, message]): it returns its arguments unless v is false.
func baseAssert(a args) int {
	if !lua.LVAsBool(a.any(1)) {
		if a.absent(2) {
			a.fail("assertion failed!")
		}
		a.fail("%s", a.text(2))
	}
	return a.GetTop()
}

// baseCollect answers without collecting: the heap belongs to the whole process.
func baseCollect(a args) int {
	switch option := a.optText(1, "collect"); option {
	case "collect", "stop", "restart", "step", "setpause", "setstepmul":
		return a.returns(lua.LNumber(0))
	case "count":
		return a.returns(lua.LNumber(a.heapKB()))
	default:
		a.bad(1, "invalid option '"+option+"'")
	}
	return 0
}

// baseGCInfo is gcinfo(): collectgarbage("count") without the fraction.
func baseGCInfo(a args) int { return a.returns(lua.LNumber(math.Floor(a.heapKB()))) }

// heapKB is about how much memory the script has taken since it began.
func (a args) heapKB() float64 {
	return float64(a.s.budget.spent+creditStep-a.s.budget.credit)/1024 + 32
}

// baseError is error(object [, level]). Strings and numbers get the line of a level in front; 0 is none.
func baseError(a args) int {
	level := a.optInt32(2, 1)
	switch v := a.Get(1).(type) {
	case lua.LString, lua.LNumber:
		a.failAt(level, tostring(v))
	default:
		a.s.raise(a.LState, v)
	}
	return 0
}

// baseGetMetatable is getmetatable(v). The mark of a read-only table is hidden, so that nobody changes it.
func baseGetMetatable(a args) int {
	v := a.any(1)
	if t, ok := v.(*lua.LTable); ok && isReadOnly(t) {
		return a.returns(lua.LNil)
	}
	return a.returns(a.GetMetatable(v))
}

// baseSetMetatable is setmetatable(t, meta). Read-only tables keep theirs.
func baseSetMetatable(a args) int {
	t := a.table(1)
	meta := a.Get(2)
	if _, ok := meta.(*lua.LTable); !ok && (meta != lua.LNil || a.GetTop() < 2) {
		a.bad(2, "nil or table expected")
	}
	if old, ok := t.Metatable.(*lua.LTable); ok && old.RawGetString("__metatable") != lua.LNil {
		a.fail("cannot change a protected metatable")
	}
	if isReadOnly(t) {
		a.s.raise(a.LState, lua.LString(readOnlyText))
	}
	t.Metatable = meta
	return a.returns(t)
}

// load compiles a chunk of text. Names follow Lua: = and @ stand before names, other names are the text itself.
func (a args) load(code, name string) int {
	a.charge(20*len(code) + 1024)
	switch {
	case strings.HasPrefix(name, "="), strings.HasPrefix(name, "@"):
		name = name[1:]
	default:
		line, _, more := strings.Cut(name, "\n")
		if len(line) > 42 {
			line, more = line[:42], true
		}
		if more {
			line += "..."
		}
		name = `[string "` + line + `"]`
	}
	proto, _, err := compile([]byte(code), name)
	if err != nil {
		return a.returns(lua.LNil, lua.LString(err.Error()))
	}
	return a.returns(a.NewFunctionFromProto(proto))
}

// baseLoadString is loadstring(code [, name]). It returns nil and a message for code that does not compile.
func baseLoadString(a args) int {
	code := a.text(1)
	return a.load(code, a.optText(2, code))
}

// baseLoad is load(reader [, name]): the reader is called for pieces until it returns nothing.
func baseLoad(a args) int {
	reader := a.callable(1)
	var code strings.Builder
	for {
		piece, ok := a.call(reader).(lua.LString)
		if !ok || piece == "" {
			break
		}
		a.charge(len(piece))
		code.WriteString(string(piece))
		if code.Len() > MaxSource {
			a.fail("not enough memory")
		}
	}
	return a.load(code.String(), a.optText(2, "=(load)"))
}

// baseNext is next(t [, key]): the entry after a key, the array first, then in the order in which keys were added. It pays
// for the deleted entries that it passes, so that a script which passes many of them can be killed.
func baseNext(a args) int {
	t, key := a.table(1), a.Get(2)
	inside := layoutOf(t)
	at := 0
	if n, ok := key.(lua.LNumber); key == lua.LNil || ok && n >= 1 && n < maxArray && n == lua.LNumber(int(n)) {
		for i := int(n); i < len(inside.array); i++ {
			if v := inside.array[i]; v != lua.LNil {
				a.charge(i - int(n))
				return a.returns(lua.LNumber(i+1), v)
			}
		}
	} else if position, known := inside.k2i[key]; known {
		at = position + 1
	} else {
		a.failAt(0, "invalid key to 'next'")
	}
	for i := at; i < len(inside.keys); i++ {
		if v := t.RawGetH(inside.keys[i]); v != lua.LNil {
			a.charge(stepPrice * (i - at))
			return a.returns(inside.keys[i], v)
		}
	}
	a.charge(stepPrice * (len(inside.keys) - at))
	return a.returns(lua.LNil)
}

// baseRawEqual is rawequal(v, w).
func baseRawEqual(a args) int { return a.returns(lua.LBool(a.RawEqual(a.any(1), a.any(2)))) }

// baseRawGet is rawget(t, key).
func baseRawGet(a args) int { return a.returns(a.table(1).RawGet(a.any(2))) }

// baseRawSet is rawset(t, key, v).
func baseRawSet(a args) int {
	t := a.writable(1)
	a.set(t, a.any(2), a.any(3))
	return a.returns(t)
}

// set sets a field without metamethods.
func (a args) set(t *lua.LTable, key, v lua.LValue) {
	if n, ok := key.(lua.LNumber); ok && math.IsNaN(float64(n)) {
		a.failAt(0, "table index is NaN")
	} else if key == lua.LNil {
		a.failAt(0, "table index is nil")
	}
	a.s.budget.gap(a.LState, t, key)
	t.RawSet(key, v)
}

// baseSelect is select(n, ...): the arguments from the n-th on, or from the end; "#" counts them.
func baseSelect(a args) int {
	if a.Get(1) == lua.LString("#") {
		return a.returns(lua.LNumber(a.GetTop() - 1))
	}
	n, top := a.int32(1), a.GetTop()
	switch {
	case n < 0:
		n = top + n
	case n > top:
		n = top
	}
	if n < 1 {
		a.bad(1, "index out of range")
	}
	return top - n
}

// baseToNumber is tonumber(v [, base]). In other bases than 10 it converts as C's strtoul, where -1 wraps.
func baseToNumber(a args) int {
	base := a.optInt32(2, 10)
	if base == 10 {
		if v, ok := toNumber(a.any(1)); ok {
			return a.returns(lua.LNumber(v))
		}
		return a.returns(lua.LNil)
	}
	text := strings.ToLower(strings.Trim(upToZero(a.text(1)), " \t\n\v\f\r"))
	if base < 2 || base > 36 {
		a.bad(2, "base out of range")
	}
	digits, negative := strings.CutPrefix(text, "-")
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	if base == 16 {
		digits = strings.TrimPrefix(digits, "0x")
	}
	v, err := strconv.ParseUint(digits, base, 64)
	if err != nil && v != math.MaxUint64 {
		return a.returns(lua.LNil)
	}
	if negative && err == nil {
		v = -v
	}
	return a.returns(lua.LNumber(v))
}

// baseToString is tostring(v), with __tostring.
func baseToString(a args) int {
	v := a.any(1)
	if meta := a.GetMetaField(v, "__tostring"); meta != lua.LNil {
		return a.returns(a.call(meta, v))
	}
	if _, ok := v.(lua.LString); ok {
		return a.returns(v)
	}
	return a.returns(lua.LString(tostring(v)))
}

// baseType is type(v).
func baseType(a args) int { return a.returns(lua.LString(a.any(1).Type().String())) }

// baseUnpack is unpack(t [, from [, to]]). Redis's stack has room for about 8000 results.
func baseUnpack(a args) int {
	t := a.table(1)
	from, to := a.optInt32(2, 1), a.optInt32(3, length(t))
	if from > to {
		return 0
	}
	if n := to - from; n < 0 || n >= 8000 {
		a.fail("too many results to unpack")
	}
	for i := from; i <= to; i++ {
		a.Push(t.RawGetInt(i))
	}
	return to - from + 1
}

// protected calls the function below the top n values, and returns the object that it raises.
func (a args) protected(n int) (object lua.LValue, failed bool) {
	leave := a.nest()
	object, failed = a.s.protect(a.LState, n, lua.MultRet)
	leave()
	if !failed {
		return nil, false
	}
	if object == nil {
		panic(a.s.broken)
	}
	a.s.budget.refill(a.LState, 0) // a script that was killed does not go on
	return object, true
}

// basePCall is pcall as Redis has it: of an error table it returns the text alone.
func basePCall(a args) int {
	f := a.any(1)
	if _, ok := f.(*lua.LFunction); !ok && a.GetMetaField(f, "__call") == lua.LNil {
		return a.returns(lua.LFalse, lua.LString("attempt to call a "+f.Type().String()+" value"))
	}
	if object, failed := a.protected(a.GetTop() - 1); failed {
		if t, ok := object.(*lua.LTable); ok && lua.LVCanConvToString(t.RawGetString("err")) {
			object = t.RawGetString("err")
		}
		return a.returns(lua.LFalse, object)
	}
	a.Insert(lua.LTrue, 1)
	return a.GetTop()
}

// baseXPCall is xpcall(f, handler). The handler runs after the failed calls are gone.
func baseXPCall(a args) int {
	a.SetTop(2)
	handler := a.Get(2)
	a.Push(a.any(1))
	object, failed := a.protected(0)
	if !failed {
		a.Replace(2, lua.LTrue)
		return a.GetTop() - 1
	}
	return a.returns(lua.LFalse, a.call(handler, object))
}

// baseErrorHandler is a function of Redis that scripts can call: it makes a table of an error.
func baseErrorHandler(a args) int {
	if t, ok := a.Get(1).(*lua.LTable); ok {
		return a.returns(t)
	}
	return a.returns(a.s.errorTable("ERR " + tostring(a.Get(1))))
}
