package differential

import (
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/test/redistest"
)

// requests are single requests, of words without spaces. Behind EVAL stands a script, which gets no keys.
var requests = []string{
	// keys of requests whose number of keys is wrong, or 0
	"COMMAND GETKEYS eval a b", "COMMAND GETKEYS eval a 0", "COMMAND GETKEYS eval a 1", "COMMAND GETKEYS eval a -1 k", "COMMAND GETKEYS eval a x k",
	"COMMAND GETKEYS eval a 2 k l", "COMMAND GETKEYS evalsha a 0", "COMMAND GETKEYSANDFLAGS eval_ro a 0", "COMMAND GETKEYS fcall a 0 b",
	"COMMAND GETKEYS zunion 0 a", "COMMAND GETKEYS zunion 9 a", "COMMAND GETKEYS sintercard x a", "COMMAND GETKEYS get", "COMMAND GETKEYS ping",
	// categories in their order
	"COMMAND INFO get", "COMMAND INFO config|get", "COMMAND INFO blpop xread", "COMMAND INFO zadd", "COMMAND INFO publish",
	"ACL CAT nosuch",
	// rules on what Redis alone has
	"ACL SETUSER u reset +@all -@geo -migrate", "ACL GETUSER u", "ACL SETUSER u reset -@all +@string +geoadd", "ACL GETUSER u", "ACL SETUSER u +@nosuch",
	"ACL SETUSER u +nosuch", "ACL SETUSER u -restore-asking", "ACL DELUSER u",
	// values of every type
	"DEBUG PROTOCOL push", "PING", "DEBUG PROTOCOL map", "DEBUG PROTOCOL double", "DEBUG PROTOCOL null", "DEBUG PROTOCOL nosuch",
	// what scripts may not do, and what they read
	"EVAL return redis.call('xread','block','0','streams','x','$')", "EVAL return redis.call('XRead','BLOCK','0','streams','x','$')",
	`EVAL return cmsgpack.unpack('\207\255\255\255\255\255\255\255\255')`, `EVAL return cmsgpack.unpack('\207\0\0\0\1\0\0\0\0')`,
	`EVAL return cmsgpack.unpack('\206\255\255\255\255')`, "EVAL return struct.unpack('B','a',0)", "EVAL return struct.unpack('B','a',-1)",
	"EVAL return struct.unpack('B','a',2)",
	// scripts with flags while memory is used up
	"CONFIG SET maxmemory 1", "EVAL #!lua\nreturn 1", "EVAL #!lua flags=no-writes\nreturn 1", "EVAL #!lua flags=allow-oom\nreturn 1", "EVAL return 1",
	"CONFIG SET maxmemory 0",
}

// wordsOf returns the words of one of these requests.
func wordsOf(request string) []string {
	if script, found := strings.CutPrefix(request, "EVAL "); found {
		return []string{"EVAL", script, "0"}
	}
	return strings.Fields(request)
}

// TestRequests compares the replies to single requests.
func TestRequests(t *testing.T) {
	socket := redistest.Start(t, "--enable-debug-command", "yes")
	ours := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.DebugCommand = "yes" })
	for _, protocol := range []string{"2", "3"} {
		redis, sessd := servertest.Dial(t, "unix", socket), ours.Dial(t)
		redis.Do("HELLO", protocol)
		sessd.Do("HELLO", protocol)
		for _, request := range requests {
			if want, got := redis.Do(wordsOf(request)...), sessd.Do(wordsOf(request)...); want != got {
				t.Errorf("RESP%s: %s: Redis answers %q, sessd %q", protocol, request, want, got)
			}
		}
	}
}
