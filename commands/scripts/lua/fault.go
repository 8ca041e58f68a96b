package lua

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// The texts of errors that are raised in more than one place.
const (
	readOnlyText = "Attempt to modify a readonly table"
	killedText   = "ERR Script killed by user with SCRIPT KILL..."
	stackText    = "stack overflow"
)

// Fault is how a script ended that raised an error.
type Fault struct {
	// Text is the error reply: a code, a message, the script and the line.
	Text string
	// Counted is set for the error of a command, which was counted as an error already.
	Counted bool
}

// Error returns the text of the error reply.
func (f *Fault) Error() string { return f.Text }

// place is where the last error was raised that is no string with its line in front.
type place struct {
	object lua.LValue
	source string
	line   int
}

// raise raises an object and notes the line.
func (s *state) raise(L *lua.LState, object lua.LValue) {
	s.raised = place{object: object}
	for level := 0; ; level++ {
		debug, ok := L.GetStack(level)
		if !ok {
			break
		}
		if _, err := L.GetInfo("Sl", debug, lua.LNil); err == nil && debug.CurrentLine > 0 {
			s.raised.source, s.raised.line = debug.Source, debug.CurrentLine
			break
		}
	}
	if !*handled(L) {
		closeUpvalues(L, 0)
	}
	L.Push(object)
	L.Panic(L)
}

// protect calls the function below the top n values, and returns the object that it raises, in Lua's words. A nil object
// with failed set is no error of a script: the interpreter is broken.
func (s *state) protect(L *lua.LState, n, results int) (object lua.LValue, failed bool) {
	outer, wasHandled := s.protectedFrom, *handled(L)
	s.protectedFrom = registryOf(L).top - n - 1
	err := L.PCall(n, results, s.unwind)
	s.protectedFrom, *handled(L) = outer, wasHandled
	if err == nil {
		return nil, false
	}
	api, ok := err.(*lua.ApiError)
	if !ok {
		return nil, true
	}
	text, ok := api.Object.(lua.LString)
	if !ok || api.Object == s.raised.object {
		return api.Object, true
	}
	if _, line := position(string(text)); line == 0 && text != "lua callstack overflow" {
		s.broken = string(text)
		return nil, true
	}
	return lua.LString(s.reword(string(text))), true
}

// newUnwind returns the function that runs where an error was raised, before the registers of the failed calls are lost.
func (s *state) newUnwind() *lua.LFunction {
	return s.L.NewFunction(func(L *lua.LState) int {
		closeUpvalues(L, s.protectedFrom)
		return 1
	})
}

// raiseText raises the error table of a text that begins with its code.
func (s *state) raiseText(L *lua.LState, text string) { s.raise(L, s.errorTable(text)) }

// errorTable returns {err = text}.
func (s *state) errorTable(text string) *lua.LTable { return s.single("err", lua.LString(text)) }

// single returns a table of one field.
func (s *state) single(field string, v lua.LValue) *lua.LTable {
	t := s.L.CreateTable(0, 2)
	t.RawSetString(field, v)
	return t
}

// fault describes the object that a script raised.
func (s *state) fault(object lua.LValue) *Fault {
	var f Fault
	source, line := "", 0
	if s.raised.line > 0 && s.raised.object == object {
		source, line = s.raised.source, s.raised.line
	}
	switch v := object.(type) {
	case *lua.LTable:
		text, ok := v.RawGetString("err").(lua.LString)
		if !ok {
			text = "ERR unknown error"
		}
		f.Text = string(text)
		f.Counted = lua.LVAsBool(v.RawGetString("ignore_error_stats_update"))
		if own, ok := v.RawGetString("source").(lua.LString); ok && line == 0 {
			source = strings.TrimPrefix(string(own), "@")
			line = int(lua.LVAsNumber(v.RawGetString("line")))
		}
	case lua.LString:
		f.Text = "ERR " + string(v)
		if line == 0 {
			source, line = position(string(v))
		}
	default:
		f.Text = "ERR " + tostring(object)
	}
	f.Text, _, _ = strings.Cut(f.Text, "\x00") // Redis reads it as a text of C
	if line > 0 {
		f.Text += s.script.at(source, line)
	}
	f.Text = oneLine(f.Text)
	return &f
}

// at returns what an error reply says of the place of an error.
func (s *Script) at(source string, line int) string {
	return " script: " + s.SHA + ", on @" + source + ":" + strconv.Itoa(line) + "."
}

// position reads the chunk and the line in front of a message, and returns line 0 for a message without.
func position(message string) (source string, line int) {
	for at := 0; ; {
		colon := strings.IndexByte(message[at:], ':')
		if colon < 0 {
			return "", 0
		}
		at += colon + 1
		digits, _, found := strings.Cut(message[at:], ":")
		if line, err := strconv.Atoi(digits); found && err == nil && line > 0 {
			return message[:at-1], line
		}
	}
}

// oneLine replaces line breaks, which would end the reply.
func oneLine(text string) string {
	if !strings.ContainsAny(text, "\r\n") {
		return text
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(text)
}
