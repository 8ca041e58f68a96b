package lua

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// args are the arguments of a library function, with Lua's checks and messages.
type args struct {
	*lua.LState
	s    *state
	name string
}

// function is a library function. It returns how many results it pushed.
type function func(args) int

// library makes a table of functions.
func (s *state) library(functions map[string]function) *lua.LTable {
	t := s.L.NewTable()
	for name, f := range functions {
		t.RawSetString(name, s.function(name, f))
	}
	return t
}

// function makes a Lua function. Its name stands in messages about arguments.
func (s *state) function(name string, f function) *lua.LFunction {
	return s.L.NewFunction(func(L *lua.LState) int { return f(args{L, s, name}) })
}

// fail raises a message with the line of the caller.
func (a args) fail(format string, rest ...any) { a.failAt(1, fmt.Sprintf(format, rest...)) }

// failAt raises a message with the line of the caller's caller and so on, by level. A caller in Go has no line.
func (a args) failAt(level int, message string) {
	if at := a.Where(level); level > 0 && at != "" && !strings.HasPrefix(at, "[G]") {
		message = at + " " + message
	}
	a.s.raise(a.LState, lua.LString(message))
}

// bad raises "bad argument".
func (a args) bad(i int, message string) { a.fail("bad argument #%d to '%s' (%s)", i, a.name, message) }

// wrongType raises "string expected, got nil" and the like.
func (a args) wrongType(i int, want string) {
	a.bad(i, want+" expected, got "+a.typeName(i))
}

// typeName returns the type of an argument, "no value" for one that is not there.
func (a args) typeName(i int) string {
	if i > a.GetTop() {
		return "no value"
	}
	return a.Get(i).Type().String()
}

// any returns an argument that must be there.
func (a args) any(i int) lua.LValue {
	if i > a.GetTop() {
		a.bad(i, "value expected")
	}
	return a.Get(i)
}

// absent reports whether an argument is nil or not there.
func (a args) absent(i int) bool { return a.Get(i) == lua.LNil }

// text returns a string, or a number as a string.
func (a args) text(i int) string {
	switch v := a.Get(i).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatNumber(float64(v))
	}
	a.wrongType(i, "string")
	return ""
}

// optText is text for an argument that may be absent.
func (a args) optText(i int, otherwise string) string {
	if a.absent(i) {
		return otherwise
	}
	return a.text(i)
}

// number returns a number, or a string that is one.
func (a args) number(i int) float64 {
	if v, ok := toNumber(a.Get(i)); ok {
		return v
	}
	a.wrongType(i, "number")
	return 0
}

// int returns a number without its fraction, as C converts it.
func (a args) int(i int) int { return int(truncate(a.number(i))) }

// optInt is int for an argument that may be absent.
func (a args) optInt(i, otherwise int) int {
	if a.absent(i) {
		return otherwise
	}
	return a.int(i)
}

// int32 is int with the width of C's int, which wraps.
func (a args) int32(i int) int { return int(int32(a.int(i))) }

// optInt32 is int32 for an argument that may be absent.
func (a args) optInt32(i, otherwise int) int {
	if a.absent(i) {
		return otherwise
	}
	return a.int32(i)
}

// table returns a table.
func (a args) table(i int) *lua.LTable {
	if t, ok := a.Get(i).(*lua.LTable); ok {
		return t
	}
	a.wrongType(i, "table")
	return nil
}

// writable returns a table that the script may change.
func (a args) writable(i int) *lua.LTable {
	t := a.table(i)
	if isReadOnly(t) {
		a.s.raise(a.LState, lua.LString(readOnlyText))
	}
	return t
}

// callable returns a function.
func (a args) callable(i int) *lua.LFunction {
	if f, ok := a.Get(i).(*lua.LFunction); ok {
		return f
	}
	a.wrongType(i, "function")
	return nil
}

// charge pays for n bytes that are about to be allocated.
func (a args) charge(n int) { a.s.budget.charge(a.LState, n) }

// returns pushes the results of a function and counts them.
func (a args) returns(values ...lua.LValue) int {
	for _, v := range values {
		a.Push(v)
	}
	return len(values)
}

// nest counts the calls from Go into Lua; the result takes it back.
func (a args) nest() func() {
	if a.s.nesting >= maxNesting {
		a.fail("C stack overflow")
	}
	a.s.nesting++
	depth := a.s.nesting
	return func() { a.s.nesting = depth - 1 }
}

// call calls f and returns its first result.
func (a args) call(f lua.LValue, rest ...lua.LValue) lua.LValue {
	defer a.nest()()
	a.Push(f)
	for _, v := range rest {
		a.Push(v)
	}
	a.LState.Call(len(rest), 1)
	v := a.Get(-1)
	a.Pop(1)
	return v
}

// truncate converts a number as x86 does: what does not fit is the smallest integer.
func truncate(v float64) int64 {
	if v >= -(1<<63) && v < 1<<63 {
		return int64(v)
	}
	return math.MinInt64
}

// toNumber converts a number or a string that is one.
func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		return parseNumber(string(v))
	}
	return 0, false
}

// parseNumber reads a number as Lua's C library does: decimal, hexadecimal, inf and nan, with spaces around.
func parseNumber(text string) (float64, bool) {
	text = strings.Trim(upToZero(text), " \t\n\v\f\r")
	if text == "" || strings.Contains(text, "_") {
		return 0, false
	}
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 {
		return 0, false
	}
	if len(digits) > 1 && (digits[1] == 'x' || digits[1] == 'X') && !strings.ContainsAny(digits, "pP") {
		text += "p0"
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// tostring writes a value as Lua's tostring does without metamethods.
func tostring(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return formatNumber(float64(v))
	case *lua.LUserData:
		if v.Value == nil {
			return "userdata: (nil)"
		}
	}
	return v.String()
}
