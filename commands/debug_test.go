package commands_test

import (
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

func startDebug(t *testing.T, setting string) *servertest.Server {
	return servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.DebugCommand = setting })
}

func TestDebugIsRefused(t *testing.T) {
	for setting, want := range map[string]string{"": "-ERR DEBUG command not allowed.", "no": "-ERR DEBUG command not allowed.", "local": "+OK\r\n", "yes": "+OK\r\n"} {
		if got := startDebug(t, setting).Dial(t).Do("DEBUG", "SLEEP", "0"); !strings.HasPrefix(got, want) {
			t.Errorf("with %q DEBUG answers %q", setting, got)
		}
	}
}

func TestDebug(t *testing.T) {
	c := startDebug(t, "yes").Dial(t)
	for request, want := range map[string]string{
		"DEBUG SLEEP 0.01":     "+OK\r\n",
		"DEBUG SLEEP -1":       "+OK\r\n",
		"debug sleep x":        "+OK\r\n",
		"DEBUG ERROR MYERR":    "-MYERR\r\n",
		"DEBUG LOG hello":      "+OK\r\n",
		"DEBUG OBJECT none":    "-ERR no such key\r\n",
		"DEBUG PROTOCOL array": "*3\r\n:0\r\n:1\r\n:2\r\n",
		"DEBUG PROTOCOL foo":   "-ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false\r\n",
		"DEBUG JMAP":           "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP.\r\n",
		"DEBUG SLEEP":          "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.\r\n",
		"DEBUG":                "-ERR wrong number of arguments for 'debug' command\r\n",
	} {
		c.Want(want, strings.Fields(request)...)
	}
	c.Do("SET", "k", "hello")
	if got := c.Do("DEBUG", "OBJECT", "k"); !strings.HasPrefix(got, "+Value at:0x0 refcount:1 encoding:embstr serializedlength:") {
		t.Errorf("DEBUG OBJECT: %q", got)
	}
	if got := c.Do("DEBUG", "HELP"); !strings.Contains(got, "+SLEEP <seconds>\r\n") {
		t.Errorf("DEBUG HELP: %q", got)
	}
}

// TestActiveExpire: what has expired stays where it is until the background may remove it.
func TestActiveExpire(t *testing.T) {
	c := startDebug(t, "yes").Dial(t)
	c.Want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	c.Want("+OK\r\n", "SET", "k", "v", "PX", "1")
	time.Sleep(300 * time.Millisecond) // far longer than the background takes
	expired := func() bool { return !strings.Contains(c.Do("INFO", "stats"), "\r\nexpired_keys:0\r\n") }
	if expired() {
		t.Error("the background expires")
	}
	c.Want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	for end := time.Now().Add(time.Minute); !expired(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing expires")
		}
	}
	c.Want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	c.Want("+OK\r\n", "SET", "k", "v", "PX", "1")
	time.Sleep(10 * time.Millisecond)
	c.Want("$-1\r\n", "GET", "k")
}
