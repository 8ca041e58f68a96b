package commands

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"

	"sessd/store"
)

// fuzzNow is the time of requests whose parsers are fuzzed, in milliseconds since the Unix epoch.
const fuzzNow = 1_800_000_000_000

// splitWords takes fuzzed text apart at spaces, so that a few bytes make many words.
func splitWords(text string) [][]byte {
	if text == "" {
		return nil
	}
	return bytes.Split([]byte(text), []byte(" "))
}

// has reports whether one of the words is a literal, which is given in capitals.
func has(words [][]byte, literal string) bool { return contains([]string{literal}, words...) }

// contains reports whether one of the words is one of the literals, in any letter case.
func contains(literals []string, words ...[]byte) bool {
	for _, word := range words {
		for _, literal := range literals {
			if strings.EqualFold(literal, string(word)) {
				return true
			}
		}
	}
	return false
}

// wantKnown fails the test unless an error is one that a client is told in full.
func wantKnown(t *testing.T, err error) {
	t.Helper()
	if text, known := wireText(err); !known {
		t.Errorf("the client would be told %q", text)
	}
}

// wantOptions fails the test unless the words are options: those that stand alone, and those before a value. It returns
// them without the values.
func wantOptions(t *testing.T, words [][]byte, alone, withValue []string) (options [][]byte) {
	t.Helper()
	for i := 0; i < len(words); i++ {
		options = append(options, words[i])
		switch {
		case contains(alone, words[i]):
		case contains(withValue, words[i]) && i+1 < len(words):
			i++
		default:
			t.Errorf("took %q", words[i])
		}
	}
	return options
}

func FuzzParseSet(f *testing.F) {
	for _, seed := range []string{
		"", "NX GET EX 10", "XX KEEPTTL", "PX 1 PX 2", "EXAT 33177117420 GET", "PXAT 9223372036854775807", "EX 9223372036854775", "NX XX", "KEEPTTL EX 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		o, get, err := parseSet(all, fuzzNow)
		if err != nil {
			wantKnown(t, err)
			return
		}
		options := wantOptions(t, all, []string{"NX", "XX", "GET", "KEEPTTL"}, []string{"EX", "PX", "EXAT", "PXAT"})
		if o.IfAbsent != has(options, "NX") || o.IfPresent != has(options, "XX") || o.IfAbsent && o.IfPresent {
			t.Errorf("conditions %+v", o)
		}
		if get != has(options, "GET") || o.KeepTTL != has(options, "KEEPTTL") {
			t.Errorf("GET is %v, KEEPTTL is %v", get, o.KeepTTL)
		}
		timed := has(options, "EX") || has(options, "PX") || has(options, "EXAT") || has(options, "PXAT")
		if timed != (o.ExpireAt != store.Never) || timed && (o.KeepTTL || o.ExpireAt <= 0) {
			t.Errorf("expires at %d, KEEPTTL is %v", o.ExpireAt, o.KeepTTL)
		}
		if (has(options, "EX") || has(options, "PX")) && o.ExpireAt <= fuzzNow {
			t.Errorf("a time to come is at %d", o.ExpireAt)
		}
	})
}

func FuzzParseGetExpire(f *testing.F) {
	for _, seed := range []string{"", "EX 10", "PERSIST", "PERSIST persist", "PXAT 1", "EX abc", "EX 1 PX 1", "EX"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		l, change, err := parseGetExpire(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		if change != (len(all) > 0) {
			t.Errorf("changes the expiry: %v", change)
		}
		at, err := l.at(fuzzNow, "getex")
		if err != nil {
			wantKnown(t, err)
			return
		}
		options := wantOptions(t, all, []string{"PERSIST"}, []string{"EX", "PX", "EXAT", "PXAT"})
		if change && has(options, "PERSIST") != (at == store.Never) || at != store.Never && at <= 0 {
			t.Errorf("expires at %d", at)
		}
	})
}

func FuzzParsePositions(f *testing.F) {
	for _, seed := range []string{"0 -1", "-9223372036854775808 9223372036854775807", "9223372036854775808 0", "1  ", "01 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		both := splitWords(text)
		if len(both) < 2 {
			return
		}
		first, second := string(both[0]), string(both[1])
		if start, end, err := parseRange(both); err == nil {
			wantInteger(t, first, start)
			wantInteger(t, second, end)
		} else {
			wantKnown(t, err)
		}
		if offset, err := parseOffset(both[0]); err == nil {
			wantInteger(t, first, offset)
			if offset < 0 {
				t.Errorf("took the offset %d", offset)
			}
		} else {
			wantKnown(t, err)
		}
		if delta, err := parseDecrement(both[0]); err == nil {
			wantInteger(t, first, -delta)
		} else {
			wantKnown(t, err)
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
	Reply
	value []byte
}

func (r *replyOfBulk) Bulk(value []byte) { r.value = value }
