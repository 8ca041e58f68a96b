package strings

import (
	"math"
	"math/big"
	"testing"

	"sessd/commands"
	"sessd/commands/commandstest"
	"sessd/store"
)

func FuzzParseSet(f *testing.F) {
	for _, seed := range []string{
		"", "NX GET EX 10", "XX KEEPTTL", "PX 1 PX 2", "EXAT 33177117420 GET", "PXAT 9223372036854775807", "EX 9223372036854775", "NX XX", "KEEPTTL EX 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		o, get, err := parseSet(all, commandstest.Now, new(store.Clock))
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		options := commandstest.WantOptions(t, all, []string{"NX", "XX", "GET", "KEEPTTL"}, []string{"EX", "PX", "EXAT", "PXAT"})
		if o.IfAbsent != commandstest.Has(options, "NX") || o.IfPresent != commandstest.Has(options, "XX") || o.IfAbsent && o.IfPresent {
			t.Errorf("conditions %+v", o)
		}
		if get != commandstest.Has(options, "GET") || o.KeepTTL != commandstest.Has(options, "KEEPTTL") {
			t.Errorf("GET is %v, KEEPTTL is %v", get, o.KeepTTL)
		}
		timed := commandstest.Has(options, "EX") || commandstest.Has(options, "PX") || commandstest.Has(options, "EXAT") || commandstest.Has(options, "PXAT")
		if timed != (o.ExpireAt != store.Never) || timed && (o.KeepTTL || o.ExpireAt <= 0) {
			t.Errorf("expires at %d, KEEPTTL is %v", o.ExpireAt, o.KeepTTL)
		}
		if (commandstest.Has(options, "EX") || commandstest.Has(options, "PX")) && o.ExpireAt <= commandstest.Now {
			t.Errorf("a time to come is at %d", o.ExpireAt)
		}
	})
}

func FuzzParseGetExpire(f *testing.F) {
	for _, seed := range []string{"", "EX 10", "PERSIST", "PERSIST persist", "PXAT 1", "EX abc", "EX 1 PX 1", "EX"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		l, change, err := parseGetExpire(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if change != (len(all) > 0) {
			t.Errorf("changes the expiry: %v", change)
		}
		at, err := l.at(commandstest.Now, new(store.Clock), "getex")
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		options := commandstest.WantOptions(t, all, []string{"PERSIST"}, []string{"EX", "PX", "EXAT", "PXAT"})
		if change && commandstest.Has(options, "PERSIST") != (at == store.Never) || at != store.Never && at <= 0 {
			t.Errorf("expires at %d", at)
		}
	})
}

func FuzzParsePositions(f *testing.F) {
	for _, seed := range []string{"0 -1", "-9223372036854775808 9223372036854775807", "9223372036854775808 0", "1  ", "01 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		both := commandstest.SplitWords(text)
		if len(both) < 2 {
			return
		}
		first, second := string(both[0]), string(both[1])
		if start, end, err := parseRange(both); err == nil {
			wantInteger(t, first, start)
			wantInteger(t, second, end)
		} else {
			commandstest.WantKnown(t, err)
		}
		if offset, err := parseOffset(both[0]); err == nil {
			wantInteger(t, first, offset)
			if offset < 0 {
				t.Errorf("took the offset %d", offset)
			}
		} else {
			commandstest.WantKnown(t, err)
		}
		if delta, err := parseDecrement(both[0]); err == nil {
			wantInteger(t, first, -delta)
		} else {
			commandstest.WantKnown(t, err)
		}
	})
}

// wantInteger fails the test unless text is n as it is written.
func wantInteger(t *testing.T, text string, n int64) {
	t.Helper()
	if want := big.NewInt(n).String(); text != want {
		t.Errorf("%q was read as %s", text, want)
	}
}

// The value that a range shows is held against every position, one by one.
func FuzzRange(f *testing.F) {
	f.Add("hello", int64(1), int64(-2))
	f.Add("", int64(0), int64(0))
	f.Add("hello", int64(math.MinInt64), int64(math.MaxInt64))
	f.Add("hello", int64(-3), int64(-4))
	f.Fuzz(func(t *testing.T, value string, start, end int64) {
		size := int64(len(value))
		place := func(at int64) int64 {
			if at < 0 {
				return max(0, at+size)
			}
			return at
		}
		var want []byte
		for i := range size {
			if place(start) <= i && i <= place(end) && !(start < 0 && end < 0 && start > end) {
				want = append(want, value[i])
			}
		}
		var got replyOfBulk
		(&rangeReply{reply: &got, start: start, end: end}).Value([]byte(value), true)
		if string(got.value) != string(want) {
			t.Errorf("%q from %d to %d is %q, want %q", value, start, end, got.value, want)
		}
	})
}

// replyOfBulk takes a reply that is a byte string, and no other.
type replyOfBulk struct {
	commands.Reply
	value []byte
}

func (r *replyOfBulk) Bulk(value []byte) { r.value = value }
