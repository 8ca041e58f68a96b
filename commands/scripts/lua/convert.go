package lua

import (
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxReplyDepth is how deep the tables of a reply nest.
const maxReplyDepth = 1000

// itemPrice is what an element of a reply counts for, in bytes.
const itemPrice = 64

// push converts the reply of a command to a Lua value.
func (s *state) push(v *Value) lua.LValue {
	switch v.Kind {
	case Null:
		if s.resp == 3 {
			return lua.LNil
		}
		return lua.LFalse
	case Status:
		return s.single("ok", lua.LString(v.Text))
	case Error:
		t := s.errorTable(v.Text)
		t.RawSetString("ignore_error_stats_update", lua.LTrue)
		return t
	case Int:
		return lua.LNumber(v.Int)
	case Bulk:
		s.budget.charge(s.L, len(v.Text))
		return lua.LString(v.Text)
	case Bool:
		return lua.LBool(v.Int != 0)
	case Double:
		return s.single("double", lua.LNumber(v.Float))
	case BigNumber:
		return s.single("big_number", lua.LString(v.Text))
	case Verbatim:
		t := s.single("format", lua.LString(v.Format))
		t.RawSetString("string", lua.LString(v.Text))
		return s.single("verbatim_string", t)
	}
	return s.pushItems(v)
}

// pushItems converts an array, a set or a map.
func (s *state) pushItems(v *Value) lua.LValue {
	s.budget.charge(s.L, itemPrice*len(v.Items))
	switch v.Kind {
	case Map:
		t := s.L.CreateTable(0, len(v.Items)/2)
		for i := 0; i+1 < len(v.Items); i += 2 {
			setItem(t, s.push(&v.Items[i]), s.push(&v.Items[i+1]))
		}
		return s.single("map", t)
	case Set:
		t := s.L.CreateTable(0, len(v.Items))
		for i := range v.Items {
			setItem(t, s.push(&v.Items[i]), lua.LTrue)
		}
		return s.single("set", t)
	default:
		if len(v.Items) >= maxArray {
			s.L.RaiseError("table overflow")
		}
		t := s.L.CreateTable(len(v.Items), 0)
		for i := range v.Items {
			t.RawSetInt(i+1, s.push(&v.Items[i]))
		}
		return t
	}
}

// setItem sets a field, unless no table may have such a key.
func setItem(t *lua.LTable, key, v lua.LValue) {
	if n, ok := key.(lua.LNumber); key == lua.LNil || ok && math.IsNaN(float64(n)) {
		return
	}
	t.RawSet(key, v)
}

// reply converts what a script returns.
func (s *state) reply(v lua.LValue, depth int) Value {
	switch v := v.(type) {
	case lua.LString:
		return Value{Kind: Bulk, Text: string(v)}
	case lua.LNumber:
		return Value{Kind: Int, Int: truncate(float64(v))}
	case lua.LBool:
		switch {
		case s.resp == 3 && bool(v):
			return Value{Kind: Bool, Int: 1}
		case s.resp == 3:
			return Value{Kind: Bool}
		case bool(v):
			return Value{Kind: Int, Int: 1}
		}
	case *lua.LTable:
		return s.replyTable(v, depth)
	}
	return Value{}
}

// replyTable converts a table by its fields, in the order of Redis.
func (s *state) replyTable(t *lua.LTable, depth int) Value {
	if depth >= maxReplyDepth {
		return Value{Kind: Error, Text: "ERR reached lua stack limit"}
	}
	if len(layoutOf(t).strdict) == 0 {
		return s.replyArray(t, depth)
	}
	if text, ok := t.RawGetString("err").(lua.LString); ok {
		return Value{Kind: Error, Text: errorLine(string(text))}
	}
	if text, ok := t.RawGetString("ok").(lua.LString); ok {
		return Value{Kind: Status, Text: replyLine(string(text))}
	}
	if n, ok := t.RawGetString("double").(lua.LNumber); ok {
		return Value{Kind: Double, Float: float64(n)}
	}
	if m, ok := t.RawGetString("map").(*lua.LTable); ok {
		return s.replyFields(Map, m, depth)
	}
	if m, ok := t.RawGetString("set").(*lua.LTable); ok {
		return s.replyFields(Set, m, depth)
	}
	if text, ok := t.RawGetString("big_number").(lua.LString); ok {
		return Value{Kind: BigNumber, Text: replyLine(string(text))}
	}
	if m, ok := t.RawGetString("verbatim_string").(*lua.LTable); ok {
		text, isText := m.RawGetString("string").(lua.LString)
		format, hasFormat := m.RawGetString("format").(lua.LString)
		if isText && hasFormat {
			return Value{Kind: Verbatim, Text: string(text), Format: string(format)}
		}
	}
	return s.replyArray(t, depth)
}

// errorLine returns a text as an error reply.
func errorLine(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return oneLine(strings.TrimRight(text, "\r\n"))
}

// replyLine returns a text as a reply of one line, which as in Redis ends before a zero.
func replyLine(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return oneLine(text)
}

// replyArray converts the elements of a table up to the first nil.
func (s *state) replyArray(t *lua.LTable, depth int) Value {
	array := layoutOf(t).array
	n := 0
	for n < len(array) && array[n] != lua.LNil {
		n++
	}
	s.budget.charge(s.L, itemPrice*n)
	items := make([]Value, n)
	for i := range items {
		items[i] = s.reply(array[i], depth+1)
	}
	return Value{Kind: Array, Items: items}
}

// replyFields converts the fields of a table to a map, or their names to a set.
func (s *state) replyFields(kind Kind, t *lua.LTable, depth int) Value {
	v := Value{Kind: kind}
	for key, field := t.Next(lua.LNil); key != lua.LNil; key, field = t.Next(key) {
		s.budget.charge(s.L, 2*itemPrice)
		v.Items = append(v.Items, s.reply(key, depth+1))
		if kind == Map {
			v.Items = append(v.Items, s.reply(field, depth+1))
		}
	}
	return v
}

// word converts an argument of redis.call. It reports whether the argument is a string or a number.
func (s *state) word(v lua.LValue) ([]byte, bool) {
	switch v := v.(type) {
	case lua.LString:
		return unsafeBytes(string(v)), true
	case lua.LNumber:
		begin := len(s.scratch)
		if f := float64(v); f == math.Trunc(f) && math.Abs(f) < 1e17 && (f != 0 || !math.Signbit(f)) {
			s.scratch = strconv.AppendInt(s.scratch, int64(f), 10)
		} else {
			s.scratch = appendG(s.scratch, f, 17)
		}
		return s.scratch[begin:len(s.scratch):len(s.scratch)], true
	}
	return nil, false
}
