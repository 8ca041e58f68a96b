package server

import (
	"testing"

	"sessd/commands"
)

// TestRepliesOfManyPartsEnd in memory at the output limit, whatever the parts are.
func TestRepliesOfManyPartsEnd(t *testing.T) {
	const most = 1 << 10
	for name, part := range map[string]func(*writer){
		"status": func(w *writer) { w.Status("OK") }, "error": func(w *writer) { w.Error("ERR no") }, "int": func(w *writer) { w.Int(1) },
		"bulk": func(w *writer) { w.Bulk([]byte("v")) }, "string": func(w *writer) { w.BulkString("v") }, "null": (*writer).Null,
		"null array": (*writer).NullArray, "array": func(w *writer) { w.Array(0) }, "map": func(w *writer) { w.Map(0) },
		"set": func(w *writer) { w.Set(0) }, "push": func(w *writer) { w.Push(0) }, "double": func(w *writer) { w.Double(0.5) },
		"bool": func(w *writer) { w.Bool(true) }, "verbatim": func(w *writer) { w.Verbatim("txt", "v") },
	} {
		for _, resp3 := range []bool{false, true} {
			w := &writer{client: new(commands.Client), always3: resp3, most: most}
			for range 2 * most {
				part(w)
			}
			if !w.overflow || len(w.buf) > most+64 {
				t.Errorf("%s: %d bytes under a limit of %d; overflow: %v", name, len(w.buf), most, w.overflow)
			}
		}
	}
}
