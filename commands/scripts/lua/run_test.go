package lua

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// written is a reply in a form to compare.
func written(v Value) string {
	switch v.Kind {
	case Null:
		return "null"
	case Status:
		return "+" + v.Text
	case Error:
		return "-" + v.Text
	case Int:
		return fmt.Sprint(v.Int)
	case Bulk:
		return fmt.Sprintf("%q", v.Text)
	case Bool:
		return fmt.Sprint(v.Int == 1)
	case Double:
		return fmt.Sprintf("double %v", v.Float)
	case Verbatim:
		return v.Format + ":" + v.Text
	case BigNumber:
		return "(" + v.Text
	}
	var items []string
	for _, item := range v.Items {
		items = append(items, written(item))
	}
	return fmt.Sprintf("%s[%s]", map[Kind]string{Array: "", Map: "map", Set: "set"}[v.Kind], strings.Join(items, " "))
}

// eval compiles and runs a script with one key, "key", and one argument, "arg". It returns the reply, or the error.
func eval(e *Engine, h Host, source string) string {
	script, err := Compile([]byte(source))
	if err != nil {
		return "-" + err.Error()
	}
	v, err := e.Run(&Run{Script: script, Host: h, Keys: [][]byte{[]byte("key")}, Args: [][]byte{[]byte("arg")}})
	if err != nil {
		return "-" + strings.Replace(err.Error(), " script: "+script.SHA, "", 1)
	}
	return written(v)
}

func TestReplies(t *testing.T) {
	e, h := NewEngine(Options{}), newHost()
	for _, c := range []struct{ source, want string }{
		{"return {1, 'two', 3.9, {true, false}, nil, 6}", `[1 "two" 3 [1 null]]`},
		{"return 1e300", "-9223372036854775808"},
		{"return {ok = 'fine'}", "+fine"},
		{"return {err = 'CODE text\\r\\nmore'}", "-CODE text  more"},
		{"return {double = 0.1}", "double 0.1"},
		{"return {map = {a = 1}}", `map["a" 1]`},
		{"return {set = {a = true}}", `set["a"]`},
		{"return {big_number = '12'}", "(12"},
		{"return {verbatim_string = {format = 'txt', string = 'x'}}", "txt:x"},
		{"redis.setresp(3) return {true, redis.call('get', 'none'), 5}", "[true]"},
		{"return {redis.call('get', 'none'), 5}", "[null 5]"},
		{"return {KEYS[1], ARGV[1], #KEYS, #ARGV}", `["key" "arg" 1 1]`},
		{"redis.call('set', 'f', 0.1) return redis.call('get', 'f')", `"0.10000000000000001"`},
		{"return redis.call('incr', 'counter') + 1", "2"},
		{"redis.call('set', 'word', 'x') return redis.call('incr', 'word')", "-ERR value is not an integer or out of range, on @user_script:1."},
		{"return redis.pcall('incr', 'word')", "-ERR value is not an integer or out of range"},
		{"return redis.acl_check_cmd('del', 'x')", "null"},
		{"local t = {} for i = 1, 2000 do t = {t} end return t", strings.Repeat("[", 1000) + "-ERR reached lua stack limit" + strings.Repeat("]", 1000)},
		{"\n\nreturn foo", "-ERR user_script:3: Script attempted to access nonexistent global variable 'foo', on @user_script:3."},
		{"return {map = {a = 1, b = 2, c = 3, d = 4}}", `map["a" 1 "b" 2 "c" 3 "d" 4]`},
		{"local t = {} for i = 1, 200000 do t[i] = i end while #t > 0 do t[#t] = nil end return #t", "0"},
		{"local t = {} for i = 1, 200000 do t[i] = i end while #t > 0 do table.remove(t) end return next(t)", "null"},
		{"local t, n = {1, 2, 3, a = 4, b = 5}, 0 for k in pairs(t) do t[k] = nil n = n + 1 + #t * 0 end return {n, next(t)}", "[5]"},
		{"local t = {1, 2, 3, [0] = 9, [-1] = 8, [2.5] = 7} local n = 0 for k, v in pairs(t) do n = n + v end return n", "30"},
		{"return os.clock() >= 0", "1"},
		{"return math.random(100)", "18"},
		{"return {math.random(100), math.random(100)}", "[18 75]"},
		{"local a = cjson.decode('[]') return cjson.encode(a)", `"{}"`},
		{"cjson.decode_array_with_array_mt(true) return cjson.encode(cjson.decode('{\"a\":[]}'))", `"{\"a\":[]}"`},
		{"return cjson.encode(cjson.decode('[]'))", `"{}"`},
	} {
		if got := eval(e, h, c.source); got != c.want {
			t.Errorf("%s\nanswers %s\nwant    %s", c.source, got, c.want)
		}
	}
}

// TestClosures keeps variables and the closures that share them together through errors.
func TestClosures(t *testing.T) {
	e := NewEngine(Options{})
	for source, want := range map[string]string{
		"local x = 1 local f = function() x = x + 1 end pcall(error) f() return x":                                                        "2",
		"local x = 1 local f = function() x = x + 1 end pcall(function() local t; return t.x end) f() return x":                           "2",
		"local x = 1 local f = function() x = x + 1 end xpcall(function() local t; return t.x end, function() end) f() return x":          "2",
		"local g; pcall(function() local y = 5 g = function() return y end error('x') end) local a, b, c = 1, 2, 3 return g()":            "5",
		"local r = {} for i = 1, 2 do pcall(function() local y = i r[i] = function() return y end error() end) end return r[1]()":         "1",
		"local g; coroutine.resume(coroutine.create(function() local y = 5 g = function() return y end error('x') end)) return g()":       "5",
		"local g; coroutine.resume(coroutine.create(function() local y = 5 g = function() return y end local t; t.x = 1 end)) return g()": "5",
		"local x = 1 local c = coroutine.wrap(function() pcall(error) x = x + 1 coroutine.yield() x = x + 1 end) c() c() return x":        "3",
	} {
		if got := eval(e, newHost(), source); got != want {
			t.Errorf("%s\nanswers %s, want %s", source, got, want)
		}
	}
}

// TestNothingLeaks runs scripts that try to leave something behind, each followed by one that looks for it.
func TestNothingLeaks(t *testing.T) {
	e := NewEngine(Options{})
	const readOnly = "-ERR user_script:1: Attempt to modify a readonly table, on @user_script:1."
	for _, c := range []struct{ source, want, look, found string }{
		{"foo = 1", readOnly, "return rawget(_G, 'foo')", "null"},
		{"KEYS = 1", readOnly, "return #KEYS", "1"},
		{"KEYS.x = 1 return 1", "1", "return KEYS.x", "null"},
		{"KEYS[7] = 1 return 1", "1", "return KEYS[7]", "null"},
		{"setmetatable(KEYS, {__index = function() return 5 end}) return 1", "1", "return KEYS[9]", "null"},
		{"redis.call = nil", readOnly, "return type(redis.call)", `"function"`},
		{"local t = setmetatable({}, {__newindex = redis}) t.call = 1", readOnly, "return type(redis.call)", `"function"`},
		{"local t = setmetatable({}, {__newindex = setmetatable({}, {__newindex = _G})}) t.x = 1", readOnly, "return rawget(_G, 'x')", "null"},
		{"getmetatable('').__index = nil", readOnly, "return ('x'):upper()", `"X"`},
		{"getmetatable('').__len = 1", readOnly, "return #'x'", "1"},
		{"cjson.array_mt.x = 1", readOnly, "return cjson.array_mt.x", "null"},
		{"rawset(math, 'pi', 3)", "-ERR Attempt to modify a readonly table, on @user_script:1.", "return math.pi > 3.1", "1"},
		{"table.sort(redis)", "-ERR Attempt to modify a readonly table, on @user_script:1.", "return 1", "1"},
		{"cjson.encode_max_depth(1) return 1", "1", "return cjson.encode_max_depth()", "1000"},
		{"math.randomseed(7) return 1", "1", "return math.random(100)", "18"},
		{"redis.setresp(3) return 1", "1", "return false", "null"},
		{"local function f() return f() + 1 end return pcall(f)", "null", "return 1", "1"},
		{"coroutine.wrap(function() coroutine.yield(1) end)() return 1", "1", "return coroutine.running()", "null"},
	} {
		h := newHost()
		if got := eval(e, h, c.source); got != c.want {
			t.Errorf("%s\nanswers %s\nwant    %s", c.source, got, c.want)
		}
		if got := eval(e, h, c.look); got != c.found {
			t.Errorf("after %s\n%s answers %s, want %s", c.source, c.look, got, c.found)
		}
	}
}

// TestBounds runs scripts that would take all memory, all stack or all time. Each ends with an error, and the engine goes on.
func TestBounds(t *testing.T) {
	e, h := NewEngine(Options{Memory: 2 << 20}), newHost()
	for source, want := range map[string]string{
		"return string.rep('x', 1e9)":                                                                               "not enough memory",
		"return ('x'):rep(2^31 - 1)":                                                                                "resulting string too large",
		"local s = 'x' while true do s = s .. s end":                                                                "not enough memory",
		"local t = {} while true do t[#t + 1] = {} end":                                                             "not enough memory",
		"local t = {} for i = 1, 1e9 do t['k' .. i] = i end":                                                        "not enough memory",
		"local t = {} for i = 1, 1000 do t[i] = {} t[i][10000] = 1 end":                                             "not enough memory",
		"local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1e5) end return table.concat(t)":                          "not enough memory",
		"return (('x'):rep(1000)):gsub('x', ('y'):rep(100000))":                                                     "not enough memory",
		"return string.format('%99999d', 1)":                                                                        "invalid format",
		"local t = {} while true do t[#t + 1] = coroutine.create(function() end) end":                               "not enough memory",
		"local t = {} while true do t[#t + 1] = function() return t end end":                                        "not enough memory",
		"local t = {} for i = 1, 20 do t = {t, t} end return t":                                                     "not enough memory",
		"local t = {} for i = 1, 30 do t = {t, t} end return cjson.encode(t)":                                       "not enough memory",
		"local t = {} for i = 1, 10 do local u = {} for j = 1, 9 do u[j] = t end t = u end return cmsgpack.pack(t)": "not enough memory",
		"local function f() return 1 + f() end return f()":                                                          "stack overflow",
		"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x":        "stack overflow",
		"local function f() return pcall(f) end local function g() error(f()) end g()":                              "",
		"local function f() return coroutine.wrap(f)() end return f()":                                              "",
		"local t = setmetatable({}, {}) local f = function(t, k) if k > 1 then return t[k - 1] end return coroutine.wrap(function() return t[15000] end)() end " +
			"getmetatable(t).__index = f return t[15000]": "stack overflow",
		"local function f(s) return s:gsub('.', f) end return f('x')":     "C stack overflow",
		"return unpack({}, 1, 1e8)":                                       "too many results to unpack",
		"return loadstring(('('):rep(1e6) .. '1' .. (')'):rep(1e6))()":    "",
		"return loadstring('return ' .. ('-'):rep(1e5) .. '1')":           "",
		"return loadstring('return 1' .. ('+1'):rep(1e5))":                "",
		"return cjson.decode(('['):rep(1e6))":                             "too many nested",
		"cjson.decode_max_depth(1e9) return cjson.decode(('['):rep(1e6))": "too many nested",
		"return cmsgpack.unpack(('\\145'):rep(1e6))":                      "stack overflow",
		"local t = {} for i = 1, 2e6 do t[i] = true end":                  "",
		"local t = {} t[1] = t return t":                                  "",
		"local t = {} t[1] = t return cjson.encode(t)":                    "excessive nesting",
	} {
		if got := eval(e, h, source); !strings.Contains(got, want) {
			t.Errorf("%s\nanswers %.300s\nwant    %s", source, got, want)
		}
		if got := eval(e, h, "return 1"); got != "1" {
			t.Errorf("after %s\nthe engine answers %s", source, got)
		}
	}
}

// TestKill ends scripts that would run for ever, whatever they do about errors.
func TestKill(t *testing.T) {
	e := NewEngine(Options{})
	for _, source := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"local function f() while true do xpcall(f, f) end end f()",
		"return string.find(('a'):rep(100), ('a?'):rep(100) .. ('a'):rep(100) .. 'b')",
		"return string.find(('a'):rep(50000), '.-.-.-b')",
		"while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
		"local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
		"while true do redis.call('ping') end",
		"local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
	} {
		script, err := Compile([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		var stop Interrupt
		time.AfterFunc(20*time.Millisecond, stop.Kill)
		_, err = e.Run(&Run{Script: script, Host: newHost(), Interrupt: &stop})
		if want := "ERR Script killed by user with SCRIPT KILL... script: " + script.SHA; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\nanswers %v\nwant    %s", source, err, want)
		}
		if got := eval(e, newHost(), "return 1"); got != "1" {
			t.Errorf("after %s\nthe engine answers %s", source, got)
		}
	}
}

func BenchmarkUnlock(b *testing.B) {
	e, h := NewEngine(Options{}), newHost()
	script, _ := Compile([]byte("if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end"))
	r := &Run{Script: script, Host: h, Keys: [][]byte{[]byte("lock:one")}, Args: [][]byte{[]byte("token-of-the-owner")}}
	b.ReportAllocs()
	for b.Loop() {
		h.data["lock:one"] = "token-of-the-owner"
		if v, err := e.Run(r); err != nil || v.Int != 1 {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkLoop(b *testing.B) {
	e, h := NewEngine(Options{}), newHost()
	script, _ := Compile([]byte("local n=0 for i=1,1000 do n=n+i end local t={} for i=1,1000 do t[i]=i end return n"))
	r := &Run{Script: script, Host: h}
	b.ReportAllocs()
	for b.Loop() {
		e.Run(r)
	}
}

func BenchmarkCompile(b *testing.B) {
	source := []byte("if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end")
	b.ReportAllocs()
	for b.Loop() {
		Compile(source)
	}
}
