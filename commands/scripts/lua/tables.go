package lua

import (
	"sort"

	lua "github.com/yuin/gopher-lua"
)

// openTable makes the library table.
func (s *state) openTable() *lua.LTable {
	return s.library(map[string]function{
		"concat": tableConcat, "foreach": tableForeach, "foreachi": tableForeachi, "getn": tableGetn, "insert": tableInsert,
		"maxn": tableMaxn, "remove": tableRemove, "setn": tableSetn, "sort": tableSort,
	})
}

// tableConcat is table.concat(t [, between [, from [, to]]]). It measures before it allocates.
func tableConcat(a args) int {
	t, between := a.table(1), a.optText(2, "")
	from, to := a.optInt32(3, 1), a.optInt32(4, 0)
	if a.absent(4) {
		to = length(t)
	}
	length := 0
	for i := from; i <= to; i++ {
		switch v := t.RawGet(lua.LNumber(i)).(type) {
		case lua.LString:
			length += len(v)
		case lua.LNumber:
			length += 8
		default:
			a.fail("invalid value (%s) at index %d in table for 'concat'", v.Type().String(), i)
		}
		length += len(between)
		if length > maxString {
			a.fail("not enough memory")
		}
	}
	a.charge(length)
	out := make([]byte, 0, length)
	for i := from; i <= to; i++ {
		out = append(out, tostring(t.RawGet(lua.LNumber(i)))...)
		if i < to {
			out = append(out, between...)
		}
	}
	return a.pushText(unsafeString(out))
}

// tableForeach is table.foreach(t, f), up to the first result of f.
func tableForeach(a args) int {
	t, f := a.table(1), a.callable(2)
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		if result := a.call(f, key, v); result != lua.LNil {
			return a.returns(result)
		}
	}
	return 0
}

// tableForeachi is table.foreachi(t, f), up to the first result of f.
func tableForeachi(a args) int {
	t, f := a.table(1), a.callable(2)
	for i := 1; i <= length(t); i++ {
		if result := a.call(f, lua.LNumber(i), t.RawGetInt(i)); result != lua.LNil {
			return a.returns(result)
		}
	}
	return 0
}

// tableGetn is table.getn(t).
func tableGetn(a args) int { return a.returns(lua.LNumber(length(a.table(1)))) }

// tableInsert is table.insert(t, [position,] v).
func tableInsert(a args) int {
	t := a.writable(1)
	end := length(t) + 1
	a.charge(32)
	switch a.GetTop() {
	case 2:
		a.set(t, lua.LNumber(end), a.Get(2))
	case 3:
		at := a.int32(2)
		if at < 1 || at >= end {
			a.set(t, lua.LNumber(at), a.Get(3))
			return 0
		}
		array := layoutOf(t).array
		if len(array) < end {
			t.RawSetInt(end, lua.LFalse)
			array = layoutOf(t).array
		}
		a.charge((end - at) / 8)
		copy(array[at:end], array[at-1:end-1])
		array[at-1] = a.Get(3)
	default:
		a.fail("wrong number of arguments to 'insert'")
	}
	return 0
}

// tableMaxn is table.maxn(t): the largest number that is a key.
func tableMaxn(a args) int {
	var most float64
	t := a.table(1)
	for key, _ := t.Next(lua.LNil); key != lua.LNil; key, _ = t.Next(key) {
		if n, ok := key.(lua.LNumber); ok {
			most = max(most, float64(n))
		}
	}
	return a.returns(lua.LNumber(most))
}

// tableRemove is table.remove(t [, position]).
func tableRemove(a args) int {
	t := a.writable(1)
	end := length(t)
	at := a.optInt32(2, end)
	if at < 1 || at > end {
		return 0
	}
	array := layoutOf(t).array
	v := array[at-1]
	a.charge((end - at) / 8)
	copy(array[at-1:end-1], array[at:end])
	array[end-1] = lua.LNil
	return a.returns(v)
}

// tableSetn is table.setn, which Lua 5.1 refuses.
func tableSetn(a args) int {
	a.table(1)
	a.fail("'setn' is obsolete")
	return 0
}

// sorter orders the array of a table, by Lua's order or by a function.
type sorter struct {
	a    args
	list []lua.LValue
	less *lua.LFunction
}

// Len, Swap and Less make sorter a sort.Interface.
func (s *sorter) Len() int      { return len(s.list) }
func (s *sorter) Swap(i, j int) { s.list[i], s.list[j] = s.list[j], s.list[i] }
func (s *sorter) Less(i, j int) bool {
	s.a.charge(stepPrice)
	if s.less != nil {
		return lua.LVAsBool(s.a.call(s.less, s.list[i], s.list[j]))
	}
	x, y := s.list[i], s.list[j]
	_, isNumber := x.(lua.LNumber)
	_, isText := x.(lua.LString)
	switch {
	case x.Type() == y.Type() && (isNumber || isText || s.a.GetMetaField(x, "__lt") != lua.LNil):
		return s.a.LessThan(x, y)
	case x.Type() == y.Type():
		s.a.failAt(0, "attempt to compare two "+x.Type().String()+" values")
	}
	s.a.failAt(0, "attempt to compare "+x.Type().String()+" with "+y.Type().String())
	return false
}

// tableSort is table.sort(t [, less]). An order that contradicts itself leaves any order.
func tableSort(a args) int {
	t := a.writable(1)
	by := &sorter{a: a, list: layoutOf(t).array[:length(t)]}
	if !a.absent(2) {
		by.less = a.callable(2)
	}
	sort.Sort(by)
	return 0
}
