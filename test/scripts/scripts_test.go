// Package scripts runs Lua on a real redis-server and on sessd's interpreter, and compares the replies.
package scripts

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sessd/commands/scripts/lua"
	"sessd/test/redistest"
)

// conn speaks RESP with a redis-server.
type conn struct {
	t  *testing.T
	nc net.Conn
	r  *bufio.Reader
}

func dial(t *testing.T, socket string) *conn {
	t.Helper()
	nc, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &conn{t, nc, bufio.NewReader(nc)}
}

func (c *conn) do(words ...string) lua.Value {
	c.t.Helper()
	request := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		request += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := c.nc.Write([]byte(request)); err != nil {
		c.t.Fatal(err)
	}
	return c.reply()
}

// reply reads one reply of RESP2 or RESP3.
func (c *conn) reply() lua.Value {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	kind, text := line[0], strings.TrimSuffix(line[1:], "\r\n")
	n, _ := strconv.Atoi(text)
	v := lua.Value{Text: text, Int: int64(n)}
	switch kind {
	case '+':
		v.Kind = lua.Status
	case '-':
		v.Kind = lua.Error
	case ':':
		v.Kind = lua.Int
	case ',':
		v.Kind = lua.Double
		v.Float, _ = strconv.ParseFloat(text, 64)
	case '#':
		v.Kind, v.Int = lua.Bool, int64(strings.Count(text, "t"))
	case '(':
		v.Kind = lua.BigNumber
	case '$', '=':
		if n < 0 {
			return lua.Value{}
		}
		bulk := make([]byte, n+2)
		if _, err := io.ReadFull(c.r, bulk); err != nil {
			c.t.Fatal(err)
		}
		v.Kind, v.Text = lua.Bulk, string(bulk[:n])
		if kind == '=' {
			v.Kind, v.Format, v.Text = lua.Verbatim, v.Text[:3], v.Text[4:]
		}
	case '*', '%', '~':
		if n < 0 {
			return lua.Value{}
		}
		v.Kind = map[byte]lua.Kind{'*': lua.Array, '%': lua.Map, '~': lua.Set}[kind]
		if kind == '%' {
			n *= 2
		}
		for range n {
			v.Items = append(v.Items, c.reply())
		}
	}
	return v
}

// host runs the commands of scripts on a redis-server.
type host struct{ *conn }

func (h host) Log(int, string) {}
func (h host) Replicate(int)   {}

func (h host) Permits(words [][]byte) (permitted, known bool) {
	return true, string(words[0]) != "nope"
}

func (h host) Call(words [][]byte, resp int) lua.Value {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	h.do("HELLO", strconv.Itoa(resp))
	v := h.do(texts...)
	switch {
	case strings.HasPrefix(v.Text, "ERR unknown command"):
		v.Text = "ERR Unknown Redis command called from script"
	case strings.HasPrefix(v.Text, "ERR wrong number of arguments for"):
		v.Text = "ERR Wrong number of args calling Redis command from script"
	}
	return v
}

// written is a reply in a form to compare.
func written(v lua.Value) string {
	switch v.Kind {
	case lua.Null:
		return "null"
	case lua.Int, lua.Bool:
		return strconv.FormatInt(v.Int, 10)
	case lua.Double:
		return fmt.Sprintf(",%v", v.Float)
	case lua.Array, lua.Map, lua.Set:
		var items []string
		for _, item := range v.Items {
			items = append(items, written(item))
		}
		return fmt.Sprint(v.Kind, items)
	}
	return fmt.Sprintf("%d %q %s", v.Kind, v.Text, v.Format)
}

// allowed are the snippets whose replies differ, with the reason.
var allowed = map[string]string{
	"local f,e=loadstring('x x','=name') return e": "the parser does not know what it expected",
	"f = function(":              "the parser does not know what it expected",
	"return {pcall(string.rep)}": "a library function keeps its name where Lua has none",
	"return {pcall(pcall)}":      "Redis calls the first of its own values",
}

var (
	keys = []string{"k", "n"}
	argv = []string{"first", "2"}
)

// run runs a script on the interpreter.
func run(e *lua.Engine, h lua.Host, source string) lua.Value {
	script, err := lua.Compile([]byte(source))
	if err != nil {
		return lua.Value{Kind: lua.Error, Text: err.Error()}
	}
	r := &lua.Run{Script: script, Host: h}
	for i := range keys {
		r.Keys, r.Args = append(r.Keys, []byte(keys[i])), append(r.Args, []byte(argv[i]))
	}
	v, err := e.Run(r)
	if err != nil {
		return lua.Value{Kind: lua.Error, Text: err.Error()}
	}
	return v
}

func TestSnippets(t *testing.T) {
	text, err := os.ReadFile("testdata/snippets.lua")
	if err != nil {
		t.Fatal(err)
	}
	socket := redistest.Start(t)
	redis, other := dial(t, socket), host{dial(t, socket)}
	redis.do("HELLO", "3")
	other.do("SELECT", "1")
	engine := lua.NewEngine(lua.Options{})
	for source := range strings.Lines(string(text)) {
		source = strings.TrimSuffix(source, "\n")
		request := slices.Concat([]string{"EVAL", source, "2"}, keys, argv)
		want, got := written(redis.do(request...)), written(run(engine, other, source))
		reason, differs := allowed[source]
		switch {
		case want != got && !differs:
			t.Errorf("%s\nRedis answers %s\nsessd answers %s", source, want, got)
		case want == got && differs:
			t.Errorf("%s\nboth answer %s, but a difference is allowed: %s", source, got, reason)
		}
	}
}

// TestWhole runs scripts as applications have them, one after the other and twice.
func TestWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/whole/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	socket := redistest.Start(t)
	redis, other := dial(t, socket), host{dial(t, socket)}
	redis.do("HELLO", "3")
	other.do("SELECT", "1")
	engine := lua.NewEngine(lua.Options{})
	for range 2 {
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			request := slices.Concat([]string{"EVAL", string(source), "2"}, keys, argv)
			if want, got := written(redis.do(request...)), written(run(engine, other, string(source))); want != got {
				t.Errorf("%s\nRedis answers %s\nsessd answers %s", file, want, got)
			}
			redis.do("DEL", keys[0], keys[1])
			other.do("DEL", keys[0], keys[1])
		}
	}
}
