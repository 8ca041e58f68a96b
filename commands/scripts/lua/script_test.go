package lua

import (
	"strings"
	"sync"
	"testing"
)

func TestShebang(t *testing.T) {
	for source, want := range map[string]Flags{
		"return 1":                             Compat,
		"#!lua\nreturn 1":                      0,
		"#!lua flags=\nreturn 1":               0,
		"#!lua flags=no-writes\r\nreturn 1":    NoWrites,
		"#!lua \"flags=no-writes\"\nreturn 1":  NoWrites,
		"#!lua  flags=allow-oom,allow-stale\n": AllowOOM | AllowStale,
		"#!lua flags=no-cluster flags=allow-cross-slot-keys\nreturn 1": NoCluster | AllowCrossSlotKeys,
	} {
		if script, err := Compile([]byte(source)); err != nil || script.Flags != want {
			t.Errorf("%q: %v, %v, want flags %b", source, script, err, want)
		}
	}
	for source, want := range map[string]string{
		"#!lua":                            "ERR Invalid script shebang",
		"#!lua flags=bad\nreturn 1":        "ERR Unexpected flag in script shebang: bad",
		"#!lua flags=no-writes,\nreturn 1": "ERR Unexpected flag in script shebang: ",
		"#!lua foo=bar\nreturn 1":          "ERR Unknown lua shebang option: foo=bar",
		"#!python\nreturn 1":               "ERR Unexpected engine in script shebang: #!python",
		"#! lua\nreturn 1":                 "ERR Unexpected engine in script shebang: #!",
		"# lua\nreturn 1":                  "ERR Error compiling script (new function): user_script:1: unexpected symbol near '#'",
		"\x1bLua":                          "ERR Error compiling script (new function): user_script:1: bad header in precompiled chunk",
	} {
		if _, err := Compile([]byte(source)); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", source, err, want)
		}
	}
}

// TestBrokenSources compiles sources that are long and wrong.
func TestBrokenSources(t *testing.T) {
	for _, piece := range []string{"[[", "\"'", "--[[", "(", "if x then ", "f(", "{", "x = function() ", "end ", "a.", "- ", "1 .. ", "goto a "} {
		for _, n := range []int{1, 10000, 200000} {
			if _, err := Compile([]byte(strings.Repeat(piece, n))); err == nil && piece != "--[[" {
				t.Errorf("%d times %q compiles", n, piece)
			}
		}
	}
}

func TestCache(t *testing.T) {
	long := " --" + strings.Repeat("x", 1000)
	c := NewCache(20 << 10)
	loaded, err := c.Load([]byte("return 0"))
	if err != nil || loaded.SHA != Sum([]byte("return 0")) || c.Get([]byte(loaded.SHA)) != loaded {
		t.Fatalf("%v, %v", loaded, err)
	}
	first, _ := c.Eval([]byte("return 1" + long))
	second, _ := c.Eval([]byte("return 2" + long))
	for _, n := range []string{"3", "4", "5", "6"} {
		if again, _ := c.Eval([]byte("return 1" + long)); again != first {
			t.Error("a script that is run again is compiled again")
		}
		if _, err := c.Eval([]byte("return " + n + long)); err != nil {
			t.Error(err)
		}
	}
	if c.Get([]byte(loaded.SHA)) == nil || c.Get([]byte(first.SHA)) == nil || c.Get([]byte(second.SHA)) != nil {
		t.Error("the script to make room is not the least recently used one")
	}
	if kept, _ := c.Load([]byte("return 1" + long)); kept != first {
		t.Error("a script that was run is compiled again when it is loaded")
	}
	if _, err := c.Load([]byte("return")); err != nil {
		t.Error(err)
	}
	if _, err := c.Load([]byte("return +")); err == nil {
		t.Error("a script that does not compile is loaded")
	}
	c.Flush()
	if scripts, bytes := c.Stats(); scripts != 0 || bytes != 0 || c.Get([]byte(loaded.SHA)) != nil {
		t.Errorf("after Flush there are %d scripts of %d bytes", scripts, bytes)
	}
}

// TestConcurrent runs one script from many goroutines, each with its own words.
func TestConcurrent(t *testing.T) {
	e := NewEngine(Options{})
	script, err := Compile([]byte("local t = {} for i = 1, 50 do t[i] = ARGV[1] end redis.call('set', KEYS[1], table.concat(t)) return redis.call('get', KEYS[1])"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, word := range []string{"a", "b", "c", "d"} {
		all.Go(func() {
			for range 200 {
				v, err := e.Run(&Run{Script: script, Host: newHost(), Keys: [][]byte{[]byte("k")}, Args: [][]byte{[]byte(word)}})
				if err != nil || v.Text != strings.Repeat(word, 50) {
					t.Errorf("%s answers %q, %v", word, v.Text, err)
				}
			}
		})
	}
	all.Wait()
}

func TestLog(t *testing.T) {
	h := newHost()
	eval(NewEngine(Options{}), h, "redis.log(redis.LOG_WARNING, 'one', 2, {}) redis.set_repl(redis.REPL_AOF)")
	if len(h.log) != 1 || h.log[0] != "3 one 2" || h.repl != ReplicateAOF {
		t.Errorf("the host saw %q, %d", h.log, h.repl)
	}
}
