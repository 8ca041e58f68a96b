package resp

import "testing"

// TestRepliesOfManyPartsEnd in memory at the output limit, whatever the parts are.
func TestRepliesOfManyPartsEnd(t *testing.T) {
	const most = 1 << 10
	for name, part := range map[string]func(*Writer){
		"status": func(w *Writer) { w.Status("OK") }, "error": func(w *Writer) { w.Error("ERR no") }, "int": func(w *Writer) { w.Int(1) },
		"bulk": func(w *Writer) { w.Bulk([]byte("v")) }, "string": func(w *Writer) { w.BulkString("v") }, "null": (*Writer).Null,
		"null array": (*Writer).NullArray, "array": func(w *Writer) { w.Array(0) }, "map": func(w *Writer) { w.Map(0) },
		"set": func(w *Writer) { w.Set(0) }, "push": func(w *Writer) { w.Push(0) }, "double": func(w *Writer) { w.Double(0.5) },
		"bool": func(w *Writer) { w.Bool(true) }, "verbatim": func(w *Writer) { w.Verbatim("txt", "v") },
	} {
		for _, version := range []Version{2, 3} {
			w := &Writer{To: version, Most: most}
			for range 2 * most {
				part(w)
			}
			if !w.Overflow || len(w.Buf) > most+64 {
				t.Errorf("%s: %d bytes under a limit of %d; overflow: %v", name, len(w.Buf), most, w.Overflow)
			}
		}
	}
}
