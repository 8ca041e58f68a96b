package commands_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

// id returns what CLIENT ID answers on a connection.
func id(t *testing.T, c *servertest.Conn) string {
	t.Helper()
	reply := c.Do("CLIENT", "ID")
	if !strings.HasPrefix(reply, ":") {
		t.Fatalf("CLIENT ID answered %q", reply)
	}
	return strings.TrimSpace(reply[1:])
}

func TestPingAndEcho(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("+PONG\r\n", "PING")
	c.Want("$2\r\nhi\r\n", "ping", "hi")
	c.Want("-ERR wrong number of arguments for 'ping' command\r\n", "PING", "a", "b")
	c.Want("$4\r\na\x00\r\n\r\n", "ECHO", "a\x00\r\n")
	c.Want("-ERR wrong number of arguments for 'echo' command\r\n", "ECHO")
}

func TestHello(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	me := id(t, c)
	fields := func(protocol string) string {
		return servertest.Bulk("server") + servertest.Bulk("redis") + servertest.Bulk("version") + servertest.Bulk("7.0.15") + servertest.Bulk("proto") + ":" + protocol + "\r\n" +
			servertest.Bulk("id") + ":" + me + "\r\n" + servertest.Bulk("mode") + servertest.Bulk("standalone") + servertest.Bulk("role") + servertest.Bulk("master") + servertest.Bulk("modules") + "*0\r\n"
	}
	c.Want("*14\r\n"+fields("2"), "HELLO")
	c.Want("%7\r\n"+fields("3"), "HELLO", "3")
	c.Want("%7\r\n"+fields("3"), "hello")
	c.Want("%7\r\n"+fields("3"), "HELLO", "3", "auth", "default", "any", "setname", "web")
	c.Want(servertest.Bulk("web"), "CLIENT", "GETNAME")
	c.Want("*14\r\n"+fields("2"), "HELLO", "2")
	c.Want(servertest.Bulk("web"), "CLIENT", "GETNAME")
	c.Want("*14\r\n"+fields("2"), "HELLO", "2", "SETNAME", "")
	c.Want("$-1\r\n", "CLIENT", "GETNAME")
}

func TestHelloThatIsRefusedChangesNothing(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, test := range []struct{ words, reply string }{
		{"4", "-NOPROTO unsupported protocol version\r\n"},
		{"1", "-NOPROTO unsupported protocol version\r\n"},
		{"x", "-ERR Protocol version is not an integer or out of range\r\n"},
		{"3 foo", "-ERR Syntax error in HELLO option 'foo'\r\n"},
		{"3 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'\r\n"},
		{"3 AUTH default", "-ERR Syntax error in HELLO option 'AUTH'\r\n"},
		{"3 SETNAME a\nb", "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"},
		{"3 SETNAME web AUTH nobody secret", "-WRONGPASS invalid username-password pair or user is disabled.\r\n"},
	} {
		c.Want(test.reply, append([]string{"HELLO"}, strings.Split(test.words, " ")...)...)
	}
	c.Want("$-1\r\n", "CLIENT", "GETNAME") // RESP2 still, and no name
}

func TestAuthWithoutPasswords(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n", "AUTH", "secret")
	c.Want("+OK\r\n", "AUTH", "default", "secret")
	c.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "nobody", "secret")
	c.Want("-ERR syntax error\r\n", "AUTH", "a", "b", "c")
	c.Want("-ERR wrong number of arguments for 'auth' command\r\n", "AUTH")
}

func TestSelect(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1")
	c.Want("+OK\r\n", "SELECT", "15")
	c.Want("*-1\r\n", "SESS.GET", "s1")
	c.Want("-ERR DB index is out of range\r\n", "SELECT", "16")
	c.Want("-ERR DB index is out of range\r\n", "SELECT", "-1")
	c.Want("-ERR value is not an integer or out of range\r\n", "SELECT", "one")
	c.Want("-ERR value is out of range, value must between -2147483648 and 2147483647\r\n", "SELECT", "2147483648")
	c.Want("*-1\r\n", "SESS.GET", "s1") // what fails changes nothing
	c.Want("+OK\r\n", "SELECT", "0")
	c.Want("*0\r\n", "SESS.GET", "s1")
}

func TestReset(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("$2\r\ns1\r\n", "SESS.CREATE", "s1")
	c.Do("HELLO", "3", "SETNAME", "web")
	c.Want("+OK\r\n", "SELECT", "1")
	c.Want("+OK\r\n", "CLIENT", "NO-TOUCH", "ON")
	c.Want("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "mine")
	c.Want("_\r\n", "SESS.GET", "s1")
	c.Want("+RESET\r\n", "RESET")
	c.Want("$-1\r\n", "CLIENT", "GETNAME") // RESP2, and no name
	c.Want("*0\r\n", "SESS.GET", "s1")     // the first keyspace
	if line := c.Do("CLIENT", "INFO"); !strings.Contains(line, " flags=N db=0 ") || !strings.Contains(line, " resp=2 lib-name=mine ") {
		t.Errorf("after RESET: %q", line)
	}
}

func TestQuitAnswersWhatCameBefore(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Send(servertest.Request("PING") + servertest.Request("QUIT") + servertest.Request("PING"))
	for _, want := range []string{"+PONG\r\n", "+OK\r\n"} {
		if got := c.Reply(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.WantClosed()
}
