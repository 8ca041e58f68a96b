package lua

import (
	"reflect"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestInternals compares the types of internals.go with those of the gopher-lua that is linked.
func TestInternals(t *testing.T) {
	state := reflect.TypeFor[lua.LState]()
	field := func(name string) reflect.Type {
		f, ok := state.FieldByName(name)
		if !ok {
			t.Fatalf("LState has no field %s", name)
		}
		return f.Type
	}
	for _, c := range []struct{ own, theirs reflect.Type }{
		{reflect.TypeFor[frame](), field("currentFrame").Elem()},
		{reflect.TypeFor[registry](), field("reg").Elem()},
		{reflect.TypeFor[table](), reflect.TypeFor[lua.LTable]()},
		{reflect.TypeFor[upvalue](), reflect.TypeFor[lua.Upvalue]()},
	} {
		for i := range c.own.NumField() {
			own, theirs := c.own.Field(i), c.theirs.Field(i)
			if own.Name != theirs.Name || own.Offset != theirs.Offset || own.Type.Kind() != theirs.Type.Kind() {
				t.Errorf("%s.%s stands at %d, %s.%s at %d", c.own, own.Name, own.Offset, c.theirs, theirs.Name, theirs.Offset)
			}
		}
	}
	if field("uvcache") != reflect.TypeFor[*lua.Upvalue]() || field("hasErrorFunc") != reflect.TypeFor[bool]() {
		t.Errorf("uvcache is %s, hasErrorFunc is %s", field("uvcache"), field("hasErrorFunc"))
	}
}
