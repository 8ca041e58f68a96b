package commands

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// record is what a redis-server 7.0 says of a command with keys: a line of testdata/redis-7.0-keys.txt.
type record struct {
	name    string
	arity   int
	flags   string
	span    [3]int // first, last, step
	specs   []KeySpec
	request [][]byte
	keys    string // what COMMAND GETKEYSANDFLAGS answers
}

// parseRecord reads a line: NAME ARITY FLAGS FIRST LAST STEP BEGIN:FIND:FLAGS ... | REQUEST -> KEY:FLAGS ...
func parseRecord(t *testing.T, line string) (r record) {
	t.Helper()
	about, sample, _ := strings.Cut(line, " | ")
	request, keys, _ := strings.Cut(sample, " -> ")
	fields := strings.Fields(about)
	r.name, r.flags, r.keys = fields[0], fields[2], keys
	r.arity, _ = strconv.Atoi(fields[1])
	for i := range r.span {
		r.span[i], _ = strconv.Atoi(fields[3+i])
	}
	for _, spec := range fields[6:] {
		r.specs = append(r.specs, parseSpec(t, spec))
	}
	for _, word := range strings.Fields(request) {
		r.request = append(r.request, []byte(strings.ReplaceAll(word, `""`, "")))
	}
	return r
}

func parseSpec(t *testing.T, text string) (s KeySpec) {
	t.Helper()
	parts := strings.Split(text, ":")
	keyword, at, found := strings.Cut(parts[0], "@")
	switch {
	case keyword == "?":
		s.Unknown = true
	case found:
		s.Keyword = keyword
		s.Begin, _ = strconv.Atoi(at)
	default:
		s.Begin, _ = strconv.Atoi(keyword)
	}
	if s.Counted = parts[1] == "n"; !s.Counted && !s.Unknown {
		if _, err := fmt.Sscanf(parts[1], "%d/%d/%d", &s.Last, &s.Step, &s.Limit); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	s.Access = parseNames(keyFlagNames[:], parts[2])
	return s
}

func parseNames(names []string, text string) (f KeyFlags) {
	for _, name := range strings.Split(text, ",") {
		for i, known := range names {
			if name == known {
				f |= 1 << i
			}
		}
	}
	return f
}

// needCode are the commands whose keys no specification finds, in Redis either. They need a KeysOf when they come.
var needCode = map[string]string{
	"sort":    "STORE may stand anywhere",
	"sort_ro": "BY and GET name keys by patterns",
	"migrate": "with KEYS the third word is no key",
}

// TestKeySpecsExpressRedis: what Redis says of the keys of all its commands can be said here, and finds the same keys.
func TestKeySpecsExpressRedis(t *testing.T) {
	file, err := os.Open("testdata/redis-7.0-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		r := parseRecord(t, lines.Text())
		c := &Command{Spec: Spec{Keys: r.specs, Arity: r.arity}, Name: r.name, words: 1 + strings.Count(r.name, "|")}
		c.deriveKeys(nil)
		if got := [3]int{c.FirstKey, c.LastKey, c.KeyStep}; got != r.span {
			t.Errorf("%s: first, last and step are %v, want %v", r.name, got, r.span)
		}
		if movable := strings.Contains(r.flags, "movablekeys"); movable != (c.Flags&movableKeys != 0) {
			t.Errorf("%s: keys are movable: %v, want %v", r.name, !movable, movable)
		}
		for _, name := range strings.Split(r.flags, ",") {
			if !strings.Contains(strings.Join(flagNames[:], ","), name) {
				t.Errorf("%s: there is no flag %s", r.name, name)
			}
		}
		if !c.fits(len(r.request)) {
			t.Errorf("%s: %q does not fit the arity %d", r.name, r.request, r.arity)
		}
		var got []string
		keys, found := c.appendKeys(nil, r.request)
		for _, key := range keys {
			got = append(got, string(key.Word)+":"+strings.Join((key.Access&^VariableFlags).names(), ","))
		}
		switch {
		case !found:
			if needCode[r.name] == "" {
				t.Errorf("%s: the keys of %q are not found", r.name, r.request)
			}
		case strings.Join(got, " ") != r.keys && !strings.Contains(strings.Join(r.specs[0].Access.names(), ","), "variable_flags"):
			t.Errorf("%s: %q has the keys %q, want %q", r.name, r.request, got, r.keys)
		}
	}
}

// TestKeysOfWrongRequests: a request whose form is wrong names no keys.
func TestKeysOfWrongRequests(t *testing.T) {
	for _, test := range []struct {
		spec    KeySpec
		request string
	}{
		{KeySpec{Begin: 1, Counted: true}, "LMPOP"}, {KeySpec{Begin: 1, Counted: true}, "LMPOP x a"}, {KeySpec{Begin: 1, Counted: true}, "LMPOP 3 a b"},
		{KeySpec{Begin: 1, Counted: true}, "LMPOP -1 a"}, {KeySpec{Begin: 1, Counted: true}, "LMPOP 9223372036854775807 a"}, {KeySpec{Begin: 2, Last: -1}, "BITOP x"},
		{KeySpec{Begin: 1, Last: 3}, "X a b"}, {KeySpec{Unknown: true}, "SORT k"}, {KeySpec{Begin: 1, Keyword: "STREAMS", Last: -1, Limit: 2}, "XREAD STREAMS a"},
	} {
		c := &Command{Spec: Spec{Keys: []KeySpec{test.spec}}}
		if keys, ok := c.appendKeys(nil, words(test.request)); ok || len(keys) > 0 {
			t.Errorf("%s: %v, %v", test.request, keys, ok)
		}
	}
}
