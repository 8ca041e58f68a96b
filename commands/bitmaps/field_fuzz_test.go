package bitmaps

import (
	"testing"

	"sessd/commands/commandstest"
	"sessd/store"
)

// FuzzParseFields: what is taken stays within its limits, and can be done on a string that is long enough.
func FuzzParseFields(f *testing.F) {
	for _, seed := range []string{
		"", "GET u8 0", "SET i64 #1 -9223372036854775808", "OVERFLOW SAT INCRBY u63 5 9223372036854775807", "OVERFLOW FAIL GET i1 #511", "SET u64 0 1", "GET u8 #4611686018427387904", "GET u8",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const most = 1<<15 - 1
		ops, writes, err := parseFields(commandstest.SplitWords(text), most)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		value := make([]byte, most/8+9)
		for i := range ops {
			o := &ops[i]
			if o.Offset < 0 || o.Offset > most || o.Width < 1 || o.Width > 64 || o.End() > int64(len(value)) || o.Action != store.BitFieldGet && !writes {
				t.Fatalf("took %+v, which writes: %v", *o, writes)
			}
			o.Do(value)
			if after := o.Get(value); o.Action == store.BitFieldIncr && !o.Refused && after != o.Result || o.Action == store.BitFieldGet && after != o.Result {
				t.Errorf("%+v left %d", *o, after)
			}
		}
	})
}
