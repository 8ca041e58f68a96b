package lua

import (
	"testing"
	"time"
)

// fuzzScript runs a script on data from a fuzzer, which is ARGV[1]. The script must end, and the engine go on.
func fuzzScript(f *testing.F, source string) {
	e := NewEngine(Options{Memory: 64 << 20})
	script, err := Compile([]byte(source))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		runFuzzed(t, e, script, data)
	})
}

// runFuzzed runs a script for at most a second.
func runFuzzed(t *testing.T, e *Engine, script *Script, data []byte) {
	var stop Interrupt
	timer := time.AfterFunc(time.Second, stop.Kill)
	defer timer.Stop()
	_, err := e.Run(&Run{Script: script, Host: newHost(), Args: [][]byte{data}, Interrupt: &stop})
	if fault, ok := err.(*Fault); ok && len(fault.Text) > 18 && fault.Text[:18] == "ERR internal error" {
		t.Errorf("%q: %s", data, fault.Text)
	}
	if got := eval(e, newHost(), "return 1"); got != "1" {
		t.Errorf("after %q the engine answers %s", data, got)
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"\u00e9\ud83d\ude00",null,true]}`, `[`, `"\x`, `-0x1p`, `{"a":1,}`, `[nan,-inf]`} {
		f.Add([]byte(seed))
	}
	fuzzScript(f, "local v = cjson.decode(ARGV[1]) local text = cjson.encode(v) if cjson.encode(cjson.decode(text)) ~= text then return text end")
}

func FuzzMsgpack(f *testing.F) {
	for _, seed := range []string{"\x93\x01\xa1a\x81\xa1b\xcb\x40\x04\x00\x00\x00\x00\x00\x00", "\xdd\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc1"} {
		f.Add([]byte(seed))
	}
	fuzzScript(f, "local v = {cmsgpack.unpack(ARGV[1])} cmsgpack.pack(unpack(v, 1, math.min(#v, 100)), 1) return cmsgpack.unpack_limit(ARGV[1], 2, 1)")
}

func FuzzStruct(f *testing.F) {
	for _, seed := range []string{">I2hb\x00\x01\x02", "!8bi8s", "c0c99999999999", "I33", "!0i", "bc0", "=d<f"} {
		f.Add([]byte(seed))
	}
	fuzzScript(f, "pcall(struct.size, ARGV[1]) pcall(struct.pack, ARGV[1], 1, -2, 'abc', 4, 5.5) return struct.unpack(ARGV[1], ARGV[1] .. ARGV[1], 2)")
}

func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"(%w+)=(%w+)", "[^%]a-]*%f[%a]%b()", "%", "[", "(()", "%1", "^.-$", "a-b+c?"} {
		f.Add([]byte(seed))
	}
	fuzzScript(f, "local p, s = ARGV[1], ARGV[1] .. 'ab=cd (x)' string.find(s, p) string.gsub(s, p, '%0') string.format(p, 1, 2, 3) return string.match(s, p)")
}

func FuzzSource(f *testing.F) {
	for _, seed := range []string{
		"return redis.call('get', KEYS[1])", "local t = {} for i = 1, 10 do t[i] = i end return t", "return pcall(error, {err = 'x'})",
		"local c = coroutine.wrap(function() pcall(coroutine.yield, 1) end) c() c()", "return setmetatable({}, {__index = redis}).x",
		"local t = setmetatable({}, {__index = function() coroutine.yield() end}) coroutine.wrap(function() return t.x end)()",
		"goto a ::a:: return ...", "return #arg", "return table.sort({3, 2, 1}, function() return true end)", "#!lua flags=no-writes\nreturn 1",
		"return ('x'):rep(10):gsub('x', function(c) error(c) end)", "local function f(...) return select('#', ...) end return f(unpack({1, 2}))",
	} {
		f.Add([]byte(seed))
	}
	e := NewEngine(Options{Memory: 32 << 20})
	f.Fuzz(func(t *testing.T, source []byte) {
		if script, err := Compile(source); err == nil {
			runFuzzed(t, e, script, source)
		}
	})
}
