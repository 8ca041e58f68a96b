package lua

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openRedis makes the library redis.
func (s *state) openRedis() *lua.LTable {
	t := s.library(map[string]function{
		"error_reply": redisErrorReply, "status_reply": redisStatusReply, "sha1hex": redisSHA1, "log": redisLog,
		"setresp": redisSetResp, "set_repl": redisSetRepl, "acl_check_cmd": redisACLCheck,
		"replicate_commands": func(a args) int { return a.returns(lua.LTrue) },
		"breakpoint":         func(a args) int { return a.returns(lua.LFalse) },
		"debug":              func(a args) int { return 0 },
	})
	t.RawSetString("call", s.L.NewFunction(func(L *lua.LState) int { return s.call(L, true) }))
	t.RawSetString("pcall", s.L.NewFunction(func(L *lua.LState) int { return s.call(L, false) }))
	for name, n := range map[string]int{
		"LOG_DEBUG": LogDebug, "LOG_VERBOSE": LogVerbose, "LOG_NOTICE": LogNotice, "LOG_WARNING": LogWarning,
		"REPL_NONE": 0, "REPL_AOF": ReplicateAOF, "REPL_SLAVE": ReplicateReplicas, "REPL_REPLICA": ReplicateReplicas,
		"REPL_ALL": ReplicateAOF | ReplicateReplicas, "REDIS_VERSION_NUM": s.version.Number,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	t.RawSetString("REDIS_VERSION", lua.LString(s.version.Text))
	return t
}

// call is redis.call, which raises the error of a command, and redis.pcall, which returns it.
func (s *state) call(L *lua.LState, raises bool) int {
	words, wrong := s.callWords(L)
	var result lua.LValue
	failed := wrong != ""
	if failed {
		result = s.errorTable(wrong)
	} else {
		v := s.host.Call(words, s.resp)
		failed = v.Kind == Error
		result = s.push(&v)
	}
	if failed && raises {
		s.raise(L, result)
	}
	L.Push(result)
	return 1
}

// callWords returns the arguments of a call as words, which are good until the next call.
func (s *state) callWords(L *lua.LState) (words [][]byte, wrong string) {
	n := L.GetTop()
	if n == 0 {
		return nil, "ERR Please specify at least one argument for this redis lib call"
	}
	words, s.scratch = s.words[:0], s.scratch[:0]
	for i := 1; i <= n; i++ {
		word, ok := s.word(L.Get(i))
		if !ok {
			return nil, "ERR Lua redis lib command arguments must be strings or integers"
		}
		words = append(words, word)
	}
	s.words = words
	return words, ""
}

// redisErrorReply is redis.error_reply(text). A text of one word gets the code ERR.
func redisErrorReply(a args) int {
	text, ok := a.Get(1).(lua.LString)
	if !ok || a.GetTop() != 1 {
		return a.returns(a.s.errorTable("ERR wrong number or type of arguments"))
	}
	message := strings.TrimRight(strings.TrimPrefix(string(text), "-"), "\r\n")
	if !strings.Contains(message, " ") {
		message = "ERR " + message
	}
	return a.returns(a.s.errorTable(message))
}

// redisStatusReply is redis.status_reply(text).
func redisStatusReply(a args) int {
	text, ok := a.Get(1).(lua.LString)
	if !ok || a.GetTop() != 1 {
		return a.returns(a.s.errorTable("ERR wrong number or type of arguments"))
	}
	return a.returns(a.s.single("ok", text))
}

// redisSHA1 is redis.sha1hex(text). What is no text counts as an empty one.
func redisSHA1(a args) int {
	if a.GetTop() != 1 {
		a.s.raiseText(a.LState, "ERR wrong number of arguments")
	}
	text := ""
	switch v := a.Get(1).(type) {
	case lua.LString, lua.LNumber:
		text = tostring(v)
	}
	return a.returns(lua.LString(Sum(unsafeBytes(text))))
}

// redisLog is redis.log(level, text, ...).
func redisLog(a args) int {
	if a.GetTop() < 2 {
		a.s.raiseText(a.LState, "ERR redis.log() requires two arguments or more.")
	}
	level, ok := toNumber(a.Get(1))
	if !ok {
		a.s.raiseText(a.LState, "ERR First argument must be a number (log level).")
	}
	if level < LogDebug || level >= LogWarning+1 {
		a.s.raiseText(a.LState, "ERR Invalid debug level.")
	}
	var text []string
	for i := 2; i <= a.GetTop(); i++ {
		switch v := a.Get(i).(type) {
		case lua.LString, lua.LNumber:
			text = append(text, tostring(v))
		}
	}
	a.s.host.Log(int(level), strings.Join(text, " "))
	return 0
}

// redisSetResp is redis.setresp(2 or 3): the protocol of the replies to commands, and of this script's.
func redisSetResp(a args) int {
	if a.GetTop() != 1 {
		a.s.raiseText(a.LState, "ERR redis.setresp() requires one argument.")
	}
	version, _ := toNumber(a.Get(1))
	if truncate(version) != 2 && truncate(version) != 3 {
		a.s.raiseText(a.LState, "ERR RESP version must be 2 or 3.")
	}
	a.s.resp = int(version)
	return 0
}

// redisSetRepl is redis.set_repl(flags).
func redisSetRepl(a args) int {
	if a.GetTop() != 1 {
		a.s.raiseText(a.LState, "ERR redis.set_repl() requires two arguments.")
	}
	where, _ := toNumber(a.Get(1))
	if n := truncate(where); n&^(ReplicateAOF|ReplicateReplicas) != 0 {
		a.s.raiseText(a.LState, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	a.s.host.Replicate(int(where))
	return 0
}

// redisACLCheck is redis.acl_check_cmd(command, ...).
func redisACLCheck(a args) int {
	words, wrong := a.s.callWords(a.LState)
	if wrong != "" {
		a.s.raiseText(a.LState, wrong)
	}
	permitted, known := a.s.host.Permits(words)
	if !known {
		a.s.raiseText(a.LState, "ERR Invalid command passed to redis.acl_check_cmd()")
	}
	return a.returns(lua.LBool(permitted))
}
