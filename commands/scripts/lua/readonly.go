package lua

import lua "github.com/yuin/gopher-lua"

// libraryMark and globalsMark name the metatables of read-only tables. The fields are out of a script's reach.
const readOnlyMark = "\x00readonly"

// newMark returns a metatable that makes a table read-only.
func (s *state) newMark() *lua.LTable {
	mark := s.L.CreateTable(0, 4)
	mark.RawSetString(readOnlyMark, lua.LTrue)
	return mark
}

// isReadOnly reports whether scripts may not change a table.
func isReadOnly(t *lua.LTable) bool {
	mark, ok := t.Metatable.(*lua.LTable)
	return ok && mark.RawGetString(readOnlyMark) == lua.LTrue
}

// writesReadOnly reports whether a write to a table ends in a read-only one, by way of __newindex.
func writesReadOnly(t *lua.LTable) bool {
	for range lua.MaxTableGetLoop {
		if isReadOnly(t) {
			return true
		}
		meta, ok := t.Metatable.(*lua.LTable)
		if !ok {
			return false
		}
		if t, ok = meta.RawGetString("__newindex").(*lua.LTable); !ok {
			return false
		}
	}
	return false
}

// freeze makes tables read-only.
func (s *state) freeze(tables ...*lua.LTable) {
	mark := s.newMark()
	for _, t := range tables {
		t.Metatable = mark
	}
}

// freezeGlobals makes _G read-only, and reading what is not there an error.
func (s *state) freezeGlobals() {
	mark := s.newMark()
	mark.RawSetString("__index", s.L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("Script attempted to access nonexistent global variable '%s'", tostring(L.Get(2)))
		return 0
	}))
	s.globals.Metatable = mark
}
