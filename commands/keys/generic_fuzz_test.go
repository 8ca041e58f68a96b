package keys

import (
	"bytes"
	"math/big"
	"testing"

	"sessd/commands"
	"sessd/commands/commandstest"
	"sessd/store"
)

func FuzzParseExpire(f *testing.F) {
	for _, seed := range []string{"10", "-1 NX", "9223372036854775807", "-9223372036854775808", "1 XX GT", "1 GT LT", "1 LT bogus", "33177117420 lt"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		if len(all) == 0 {
			return
		}
		for _, form := range []struct{ unit, base int64 }{{commands.Second, commandstest.Now}, {commands.Millisecond, commandstest.Now}, {commands.Second, 0}, {commands.Millisecond, 0}} {
			o, err := parseExpire(all, form.unit, form.base, "expire")
			if err != nil {
				commandstest.WantKnown(t, err)
				continue
			}
			commandstest.WantOptions(t, all[1:], []string{"NX", "XX", "GT", "LT"}, nil)
			if o.IfNever != commandstest.Has(all, "NX") || o.IfExpires != commandstest.Has(all, "XX") || o.IfLater != commandstest.Has(all, "GT") || o.IfEarlier != commandstest.Has(all, "LT") {
				t.Errorf("conditions %+v", o)
			}
			if o.IfNever && (o.IfExpires || o.IfLater || o.IfEarlier) || o.IfLater && o.IfEarlier {
				t.Errorf("took conditions that exclude each other: %+v", o)
			}
			n, ok := new(big.Int).SetString(string(all[0]), 10)
			if !ok {
				t.Fatalf("took the time %q", all[0])
			}
			n.Mul(n, big.NewInt(form.unit)).Add(n, big.NewInt(form.base))
			if n.Cmp(big.NewInt(o.At)) != 0 {
				t.Errorf("%q of %d ms from %d is %d, want %s", all[0], form.unit, form.base, o.At, n)
			}
		}
	})
}

func FuzzParseScan(f *testing.F) {
	for _, seed := range []string{"0", "", "+1", "-18446744073709551615", "18446744073709551616", "0 MATCH * COUNT 10 TYPE string", "0 TYPE", "5 count 0"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, withType bool) {
		all := bytes.Split([]byte(text), []byte(" ")) // one word at least
		at, o, err := commands.ParseScan(all, withType)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if o.Count < 1 {
			t.Errorf("COUNT is %d", o.Count)
		}
		if !withType && o.Type != store.TypeNone {
			t.Errorf("TYPE was taken")
		}
		if (o.Match != nil) && !commandstest.Has(all, "MATCH") {
			t.Error("matches a pattern that was not given")
		}
		want := new(big.Int)
		if len(all[0]) > 0 {
			if _, ok := want.SetString(string(all[0]), 10); !ok {
				t.Fatalf("took the cursor %q", all[0])
			}
		}
		want.And(want, new(big.Int).SetUint64(1<<64-1)) // a negative one counts from the end, as in C
		if !want.IsUint64() || want.Uint64() != at {
			t.Errorf("the cursor %q was read as %d", all[0], at)
		}
	})
}

func FuzzParseKeyspaceOptions(f *testing.F) {
	for _, seed := range []string{"", "ASYNC", "sync", "SYNC ASYNC", "SAMPLES 5", "SAMPLES", "samples -1", "SAMPLES 0 SAMPLES 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		options := commandstest.SplitWords(text)
		if err := parseFlush(options); err != nil {
			commandstest.WantKnown(t, err)
		} else if len(options) > 1 || len(options) == 1 && !commandstest.Has(options, "ASYNC") && !commandstest.Has(options, "SYNC") {
			t.Errorf("FLUSHDB took %q", options)
		}
		if err := parseMemoryUsage(options); err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		for i, word := range options {
			if n, ok := store.ParseInt(word); i%2 == 0 && !commandstest.Has([][]byte{word}, "SAMPLES") || i%2 == 1 && (!ok || n < 0) {
				t.Errorf("MEMORY USAGE took %q", options)
			}
		}
		if len(options)%2 != 0 {
			t.Errorf("MEMORY USAGE took %q", options)
		}
	})
}
