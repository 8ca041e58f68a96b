package lua

import (
	"errors"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// outcome is what became of a run.
type outcome struct {
	value   Value
	fault   string
	counted bool
	data    map[string]string
}

// outcomeOf runs a script on a host of its own.
func outcomeOf(e *Engine, script *Script, keys, args [][]byte) outcome {
	h := newHost()
	h.data["k1"], h.data["k2"], h.data["n"] = "a", "b", "9007199254740992"
	v, err := e.Run(&Run{Script: script, Keys: keys, Args: args, Host: h})
	o := outcome{value: v, data: maps.Clone(h.data)}
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		o.fault, o.counted = fault.Text, fault.Counted
	}
	return o
}

// source draws the text of a script.
type source struct {
	*rapid.T
	locals int
}

func (s source) one(of ...string) string { return rapid.SampledFrom(of).Draw(s.T, "part") }

func (s source) expr(depth int) string {
	leaves := []string{"nil", "true", "false", "0", "1", "-3", "'a'", "'OK'", "KEYS[1]", "KEYS[2]", "ARGV[1]", "ARGV[2]", "KEYS[3]"}
	for i := range s.locals {
		leaves = append(leaves, "x"+strconv.Itoa(i))
	}
	if depth == 0 {
		return s.one(leaves...)
	}
	sub := func() string { return s.expr(depth - 1) }
	switch s.one("leaf", "call", "call", "equal", "compare", "logic", "not") {
	case "call":
		words := []string{s.one("'get'", "'set'", "'del'", "'incr'", "'mget'", "'ping'", "'nope'", "'exists'")}
		for range rapid.IntRange(1, 3).Draw(s.T, "words") {
			words = append(words, sub())
		}
		if words[0] == "'set'" {
			words = append(words, "'v'")
		}
		return "redis." + s.one("call", "call", "pcall") + "(" + strings.Join(words, s.one(", ", ",\n")) + ")"
	case "equal":
		return "(" + sub() + s.one(" == ", " ~= ") + s.one(leaves[:10]...) + ")"
	case "compare":
		return "(redis.call('get', " + s.one("KEYS[1]", "KEYS[2]", "'k1'", "'none'") + ")" + s.one(" == ", " ~= ") + s.one("ARGV[1]", "ARGV[2]", "'a'", "false") + ")"
	case "logic":
		return "(" + sub() + s.one(" and ", " or ") + sub() + ")"
	case "not":
		return "not " + sub()
	}
	return s.one(leaves...)
}

func (s *source) block(depth int) string {
	var b strings.Builder
	outer := s.locals
	for range rapid.IntRange(1, 3).Draw(s.T, "statements") {
		switch s.one("local", "assign", "if", "do") {
		case "local":
			b.WriteString("local x" + strconv.Itoa(s.locals) + " = " + s.expr(2) + "\n")
			s.locals++
		case "assign":
			if s.locals > 0 {
				b.WriteString("x0 = " + s.expr(2) + "\n")
			}
		case "if":
			if depth > 0 {
				b.WriteString("if " + s.expr(2) + " then\n" + s.block(depth-1) + s.one("", "else\n"+s.block(depth-1), "elseif "+s.expr(1)+" then\n"+s.block(depth-1)) + "end\n")
			}
		default:
			b.WriteString("redis.call('incr', " + s.expr(1) + ")\n")
		}
	}
	if depth < 2 && rapid.Bool().Draw(s.T, "returns") {
		b.WriteString("return " + s.expr(2) + "\n")
	}
	s.locals = outer
	return b.String()
}

func wordList(all ...string) (words [][]byte) {
	for _, word := range all {
		words = append(words, []byte(word))
	}
	return words
}

// A plain script does what the interpreter does with it.
func TestPlainScripts(t *testing.T) {
	e, plains := NewEngine(Options{}), 0
	rapid.Check(t, func(r *rapid.T) {
		for range 20 {
			s := source{T: r}
			text := s.block(2) + "return " + s.expr(2)
			script, err := Compile([]byte(text))
			if err != nil {
				r.Fatalf("%v in\n%s", err, text)
			}
			if script.plain == nil {
				continue
			}
			plains++
			keys := wordList("k1", "k2", "n")[:rapid.SampledFrom([]int{3, 3, 2, 0}).Draw(r, "keys")]
			args := wordList("a", "7")[:rapid.SampledFrom([]int{2, 2, 1, 0}).Draw(r, "args")]
			got := outcomeOf(e, script, keys, args)
			script.plain = nil
			if want := outcomeOf(e, script, keys, args); !reflect.DeepEqual(got, want) {
				r.Fatalf("plain:       %+v\ninterpreted: %+v\n%s", got, want, text)
			}
		}
	})
	if plains < 100 {
		t.Errorf("%d scripts were plain", plains)
	}
}
