package scripts

import (
	"context"
	"testing"

	"sessd/commands"
	"sessd/commands/keys"
	"sessd/commands/pubsub"
	"sessd/commands/scripts/lua"
	"sessd/commands/sessions"
	"sessd/commands/strings"
	"sessd/store/memory"
)

// TestStaysWithin names scripts that may run beside others, and those that may not.
func TestStaysWithin(t *testing.T) {
	engine := memory.New(memory.Options{Keyspaces: 1})
	defer engine.Close()
	d := commands.New(commands.Options{Engine: engine, Families: []commands.Family{keys.Family(engine), strings.Family(engine), sessions.Family(engine), pubsub.Family(engine)}})
	f, call := new(family), d.NewCall(context.Background(), nil)
	for source, want := range map[string]bool{
		`if redis.call("get",KEYS[1]) == ARGV[1] then return redis.call("del",KEYS[1]) else return 0 end`: true,
		`local k = KEYS[1] local v = redis.call("GET", k) if v then redis.pcall("DEL", k) end return v`:   true,
		`return redis.call("mget", unpack(KEYS))`:                                                         true,
		`return redis.call("set", KEYS[1], unpack(ARGV))`:                                                 true,
		`return redis.call("set", KEYS[1], tostring(ARGV[1] + 1), "PX", 10 * 2)`:                          true,
		`return {KEYS[1], #KEYS, #ARGV, redis.sha1hex(ARGV[1])}`:                                          true,
		`return redis.call("ping")`:                                                                       true,
		`return redis.call("publish", "c", ARGV[1])`:                                                      true,
		`return redis.call("sess.get", KEYS[1])`:                                                          true,
		`return redis.call("get", "k")`:                                                                   false,
		`return redis.call("get", ARGV[1])`:                                                               false,
		`return redis.call("get", KEYS[1] .. "x")`:                                                        false,
		`return redis.call(ARGV[1], KEYS[1])`:                                                             false,
		`return redis.call(unpack(ARGV))`:                                                                 false,
		`return redis.call("del", KEYS[1], unpack(ARGV))`:                                                 false,
		`return redis.call("mget", KEYS[1], "k")`:                                                         false,
		`return redis.call("dbsize")`:                                                                     false,
		`return redis.call("select", 1)`:                                                                  false,
		`return redis.call("sess.create", KEYS[1], "PRINCIPAL", ARGV[1])`:                                 false,
		`return redis.call("sess.list", ARGV[1])`:                                                         false,
		`return redis.call("eval", "return 1", 0)`:                                                        false,
		`return redis.call("nosuch", KEYS[1])`:                                                            false,
		`KEYS[1] = "k" return redis.call("get", KEYS[1])`:                                                 false,
		`KEYS = {"k"} return redis.call("get", KEYS[1])`:                                                  false,
		`local KEYS = {"k"} return redis.call("get", KEYS[1])`:                                            false,
		`local redis = {call = 1} return redis.call("get", KEYS[1])`:                                      false,
		`local k = KEYS[1] k = "x" return redis.call("get", k)`:                                           false,
		`local k = KEYS[1] local l = k k = "x" return redis.call("get", l)`:                               false,
		`local a, b = KEYS[1] return redis.call("get", b)`:                                                false,
		`local t = KEYS t[1] = "x" return redis.call("get", KEYS[1])`:                                     false,
		`table.insert(KEYS, 1, "x") return redis.call("get", KEYS[1])`:                                    false,
		`_G.KEYS[1] = "x" return redis.call("get", KEYS[1])`:                                              false,
		`local c = redis.call return c("get", "k")`:                                                       false,
		`return pcall(redis.call, "get", "k")`:                                                            false,
		`return redis["call"]("get", "k")`:                                                                false,
		`return getfenv().redis.call("get", "k")`:                                                         false,
		`return loadstring("return 1")()`:                                                                 false,
		`while true do end`:                                                                               false,
		`repeat until false`:                                                                              false,
		`for i = 1, 2 do end`:                                                                             false,
		`for i, k in ipairs(KEYS) do redis.call("get", k) end`:                                            false,
		`local function f() return f() end return f()`:                                                    false,
		`return string.rep("x", 100)`:                                                                     false,
		`return ("x"):rep(100)`:                                                                           false,
		`return string.find(ARGV[1], ARGV[2])`:                                                            false,
		`::a:: goto a`:                                                                                    false,
	} {
		script, err := lua.Compile([]byte(source))
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		if got := f.staysWithin(call, script); got != want {
			t.Errorf("staysWithin is %t of %s", got, source)
		}
	}
}
