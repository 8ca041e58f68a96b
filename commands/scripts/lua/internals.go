package lua

import (
	"reflect"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The types below are the beginnings of gopher-lua's callFrame, registry, LTable and Upvalue, which it keeps to itself.
// TestInternals compares them.
type frame struct {
	Idx       int
	Fn        *lua.LFunction
	Parent    *frame
	Pc        int
	Base      int
	LocalBase int
}

type registry struct {
	array []lua.LValue
	top   int
}

type table struct {
	Metatable lua.LValue
	array     []lua.LValue
	dict      map[lua.LValue]lua.LValue
	strdict   map[string]lua.LValue
	keys      []lua.LValue
	k2i       map[lua.LValue]int
}

type upvalue struct {
	next  *upvalue
	reg   *registry
	index int
}

var (
	frameOffset    = offsetOf("currentFrame")
	registryOffset = offsetOf("reg")
	upvaluesOffset = offsetOf("uvcache")
	handledOffset  = offsetOf("hasErrorFunc")
)

// offsetOf returns where a thread has a field, in bytes.
func offsetOf(field string) uintptr {
	f, _ := reflect.TypeFor[lua.LState]().FieldByName(field)
	return f.Offset
}

// within returns a field of a thread.
func within[T any](thread *lua.LState, offset uintptr) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(thread), offset))
}

// layoutOf returns the parts of a table.
func layoutOf(t *lua.LTable) *table { return (*table)(unsafe.Pointer(t)) }

// length returns the length of a table. It cuts the nils off the end of the array, which gopher-lua would pass again each time.
func length(t *lua.LTable) int {
	inside := layoutOf(t)
	end := len(inside.array)
	for end > 0 && inside.array[end-1] == lua.LNil {
		end--
	}
	inside.array = inside.array[:end]
	return t.Len()
}

// numbered counts the entries of a table and returns its largest key, where every key is a whole number from 1 on. Otherwise
// the table is no array.
func numbered(t *lua.LTable) (entries, most int, isArray bool) {
	inside := layoutOf(t)
	if len(inside.strdict) > 0 {
		return 0, 0, false
	}
	for i, v := range inside.array {
		if v != lua.LNil {
			entries, most = entries+1, i+1
		}
	}
	for key := range inside.dict {
		n, ok := key.(lua.LNumber)
		if !ok || n < 1 || n != lua.LNumber(int(n)) {
			return 0, 0, false
		}
		entries, most = entries+1, max(most, int(n))
	}
	return entries, most, true
}

// registryOf returns the registers of a thread.
func registryOf(thread *lua.LState) *registry { return *within[*registry](thread, registryOffset) }

// handled returns the field that keeps the virtual machine from closing upvalues when it raises an error. It would close
// those of functions that go on, too: their variables would part from the closures that share them.
func handled(thread *lua.LState) *bool { return within[bool](thread, handledOffset) }

// closeUpvalues gives closures their own copies of the registers from an index on.
func closeUpvalues(thread *lua.LState, from int) {
	link := within[*upvalue](thread, upvaluesOffset)
	for *link != nil && (*link).index < from {
		link = &(*link).next
	}
	rest := *link
	*link = nil
	for ; rest != nil; rest = rest.next {
		(*lua.Upvalue)(unsafe.Pointer(rest)).Close()
	}
}
