package commands_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server/servertest"
)

// words returns the bulks of a flat array of them.
func words(t *testing.T, reply string) []string {
	t.Helper()
	if !strings.HasPrefix(reply, "*") {
		t.Fatalf("%q is no array", reply)
	}
	var all []string
	lines := strings.Split(reply, "\r\n")
	for i := 1; i+1 < len(lines); i += 2 {
		all = append(all, lines[i+1])
	}
	if strconv.Itoa(len(all)) != lines[0][1:] {
		t.Fatalf("%q has %d elements", reply, len(all))
	}
	return all
}

func TestCommandInfo(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	spec2 := func(index, flags string) string {
		return "*6\r\n$5\r\nflags\r\n" + flags + "$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:" + index + "\r\n" +
			"$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n"
	}
	rotate2 := "*10\r\n$11\r\nsess.rotate\r\n:-3\r\n*3\r\n+write\r\n+denyoom\r\n+fast\r\n:1\r\n:2\r\n:1\r\n*3\r\n+@write\r\n+@fast\r\n+@session\r\n*0\r\n*2\r\n" +
		spec2("1", "*3\r\n+RW\r\n+access\r\n+delete\r\n") + spec2("2", "*2\r\n+OW\r\n+insert\r\n") + "*0\r\n"
	c.Want("*3\r\n"+rotate2+"$-1\r\n*10\r\n$9\r\nclient|id\r\n:2\r\n*3\r\n+noscript\r\n+loading\r\n+stale\r\n:0\r\n:0\r\n:0\r\n*2\r\n+@slow\r\n+@connection\r\n*0\r\n*0\r\n*0\r\n",
		"COMMAND", "INFO", "SESS.ROTATE", "nothing", "client|id")
	c.Do("HELLO", "3")
	const spec3 = "~1\r\n%3\r\n$5\r\nflags\r\n~3\r\n+RM\r\n+delete\r\n+variable_flags\r\n$12\r\nbegin_search\r\n%2\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n%1\r\n$5\r\nindex\r\n:1\r\n" +
		"$9\r\nfind_keys\r\n%2\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n%3\r\n$7\r\nlastkey\r\n:-1\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n"
	c.Want("*2\r\n*10\r\n$12\r\nsess.destroy\r\n:-2\r\n~2\r\n+write\r\n+fast\r\n:1\r\n:-1\r\n:1\r\n~3\r\n+@write\r\n+@fast\r\n+@session\r\n~0\r\n"+spec3+"~0\r\n_\r\n",
		"COMMAND", "INFO", "sess.destroy", "nothing")
}

func TestCommandInfoNestsSubcommands(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	reply := c.Do("COMMAND", "INFO", "config")
	const head = "*1\r\n*10\r\n$6\r\nconfig\r\n:-2\r\n*0\r\n:0\r\n:0\r\n:0\r\n*1\r\n+@slow\r\n*0\r\n*0\r\n*6\r\n*10\r\n$10\r\nconfig|get\r\n:-3\r\n"
	if !strings.HasPrefix(reply, head) {
		t.Errorf("got %q, want it to begin with %q", reply, head)
	}
	for _, sub := range []string{"config|set", "config|resetstat", "config|rewrite", "config|help"} {
		if !strings.Contains(reply, servertest.Bulk(sub)) {
			t.Errorf("%s is missing in %q", sub, reply)
		}
	}
}

func TestCommandDocs(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	text := func(name, value string) string { return servertest.Bulk(name) + servertest.Bulk(value) }
	head := func(summary, group string) string {
		return text("summary", summary) + text("since", "1.0.0") + text("group", group)
	}
	const optional = "$5\r\nflags\r\n~1\r\n+optional\r\n"
	c.Want("%2\r\n"+
		servertest.Bulk("sess.touch")+"%4\r\n"+head("Renews the idle timeout of sessions without reading them, and returns how many there were.", "session")+servertest.Bulk("arguments")+"*3\r\n"+
		"%4\r\n"+text("name", "id")+text("type", "key")+servertest.Bulk("key_spec_index")+":0\r\n$5\r\nflags\r\n~1\r\n+multiple\r\n"+
		"%4\r\n"+text("name", "ex-or-px")+text("type", "oneof")+optional+servertest.Bulk("arguments")+"*2\r\n"+
		"%3\r\n"+text("name", "seconds")+text("type", "integer")+text("token", "EX")+
		"%3\r\n"+text("name", "ms")+text("type", "integer")+text("token", "PX")+
		"%4\r\n"+text("name", "withttl")+text("type", "pure-token")+text("token", "WITHTTL")+optional+
		servertest.Bulk("reset")+"%3\r\n"+head("Makes the connection as new: RESP2, the first keyspace, no name.", "connection"),
		"COMMAND", "DOCS", "sess.touch", "nothing", "RESET")
	c.Do("HELLO", "2")
	c.Want("*2\r\n"+servertest.Bulk("command|list")+"*8\r\n"+head("Lists the names of commands and subcommands.", "server")+servertest.Bulk("arguments")+"*1\r\n"+
		"*10\r\n"+text("name", "filterby")+text("type", "oneof")+text("token", "FILTERBY")+"$5\r\nflags\r\n*1\r\n+optional\r\n"+servertest.Bulk("arguments")+"*3\r\n"+
		"*6\r\n"+text("name", "module-name")+text("type", "string")+text("token", "MODULE")+
		"*6\r\n"+text("name", "category")+text("type", "string")+text("token", "ACLCAT")+
		"*6\r\n"+text("name", "pattern")+text("type", "pattern")+text("token", "PATTERN"),
		"COMMAND", "DOCS", "command|list")
	c.Want("*0\r\n", "COMMAND", "DOCS", "nothing")
	docs := c.Do("COMMAND", "DOCS", "SESS.ROTATE")
	for i, name := range []string{"id", "newid|*"} {
		if want := text("name", name) + text("type", "key") + servertest.Bulk("key_spec_index") + fmt.Sprintf(":%d\r\n", i); !strings.Contains(docs, want) {
			t.Errorf("%q lacks %q", docs, want)
		}
	}
}

func TestCommandList(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	all := words(t, c.Do("COMMAND", "LIST"))
	commands := 0
	for _, name := range all {
		if !strings.Contains(name, "|") {
			commands++
		}
	}
	c.Want(":"+strconv.Itoa(commands)+"\r\n", "COMMAND", "COUNT")
	for _, reply := range []string{c.Do("COMMAND"), c.Do("COMMAND", "INFO")} {
		if !strings.HasPrefix(reply, "*"+strconv.Itoa(commands)+"\r\n*10\r\n") {
			t.Errorf("COMMAND begins with %.20q, want %d commands", reply, commands)
		}
	}
	if head := c.Do("COMMAND", "DOCS")[:8]; !strings.HasPrefix(head, "*"+strconv.Itoa(2*commands)+"\r\n") {
		t.Errorf("COMMAND DOCS begins with %q, want %d commands", head, commands)
	}
	for _, test := range []struct {
		filter []string
		want   []string
	}{
		{[]string{"PATTERN", "sess.[gt]*"}, []string{"sess.get", "sess.take", "sess.touch"}},
		{[]string{"pattern", "CLIENT|GET*"}, []string{"client|getname", "client|getredir"}},
		{[]string{"ACLCAT", "nothing"}, nil},
		{[]string{"MODULE", "nothing"}, nil},
	} {
		if got := words(t, c.Do(append([]string{"COMMAND", "LIST", "FILTERBY"}, test.filter...)...)); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.filter, got, test.want)
		}
	}
	sessions := words(t, c.Do("COMMAND", "LIST", "FILTERBY", "PATTERN", "sess.*"))
	if got := words(t, c.Do("COMMAND", "LIST", "filterby", "aclcat", "SESSION")); !slices.Equal(got, sessions) {
		t.Errorf("category session: %q, want %q", got, sessions)
	}
	c.Want("-ERR syntax error\r\n", "COMMAND", "LIST", "FILTERBY", "x", "y")
	c.Want("-ERR syntax error\r\n", "COMMAND", "LIST", "FILTERBY", "PATTERN")
	c.Want("-ERR unknown subcommand 'x'. Try COMMAND HELP.\r\n", "COMMAND", "x")
}

func TestCommandGetKeys(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "COMMAND", "GETKEYS", "sess.rotate", "a", "b", "GRACE", "5")
	c.Want("*3\r\n$1\r\na\r\n$0\r\n\r\n$1\r\na\r\n", "COMMAND", "GETKEYS", "SESS.DESTROY", "a", "", "a")
	c.Want("*1\r\n*2\r\n$1\r\na\r\n*2\r\n+RO\r\n+access\r\n", "COMMAND", "GETKEYSANDFLAGS", "SESS.GET", "a")
	c.Want("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYS", "nothing", "a")
	c.Want("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYS", "client", "nothing")
	c.Want("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYS", "PING", "a")
	c.Want("-ERR Invalid number of arguments specified for command\r\n", "COMMAND", "GETKEYS", "SESS.META", "a", "b")
	c.Want("-ERR wrong number of arguments for 'command|getkeys' command\r\n", "COMMAND", "GETKEYS", "SESS.META")
	c.Want("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYSANDFLAGS", "nothing", "a")
}

// TestRowsAreDescribed: what COMMAND says about each command is what its row says.
func TestRowsAreDescribed(t *testing.T) {
	conn := servertest.Start(t).Dial(t)
	var names []string
	for _, c := range commands.Table(families.Of(nil)) {
		names = append(names, c.Name)
		info := conn.Do("COMMAND", "INFO", c.Name)
		head := fmt.Sprintf("*1\r\n*10\r\n%s:%d\r\n*", servertest.Bulk(c.Name), c.Arity)
		keys := fmt.Sprintf("\r\n:%d\r\n:%d\r\n:%d\r\n*", c.FirstKey, c.LastKey, c.KeyStep)
		if !strings.HasPrefix(info, head) || !strings.Contains(info, keys) {
			t.Errorf("COMMAND INFO %s: %q, want %q and %q", c.Name, info, head, keys)
		}
		docs := conn.Do("COMMAND", "DOCS", c.Name)
		head = servertest.Bulk(c.Name) + "*"
		for _, want := range []string{head, servertest.Bulk("summary") + servertest.Bulk(c.Summary) + servertest.Bulk("since") + servertest.Bulk(c.Since) + servertest.Bulk("group") + servertest.Bulk(string(c.Group))} {
			if !strings.Contains(docs, want) {
				t.Errorf("COMMAND DOCS %s: %q, want %q", c.Name, docs, want)
			}
		}
	}
	if got := words(t, conn.Do("COMMAND", "LIST")); !slices.Equal(got, names) {
		t.Errorf("COMMAND LIST: %q, want %q", got, names)
	}
}

// exampleKey matches the keys of the rows' examples, which are named alike so that this test can tell them.
var exampleKey = regexp.MustCompile(`^(k|l|m|s[0-9])$`)

func TestGetKeysOfEveryExample(t *testing.T) {
	conn := servertest.Start(t).Dial(t)
	for _, c := range runnable() {
		if c.FirstKey == 0 || c.Keys[0].Access&commands.NotKey != 0 {
			continue
		}
		requests, _, _ := strings.Cut(c.Example, " -> ")
		var request []string
		for one := range strings.SplitSeq(requests, "; ") {
			if fields := strings.Fields(one); strings.EqualFold(strings.Join(fields[:c.NameWords()], "|"), c.Name) {
				request = fields
			}
		}
		want := slices.DeleteFunc(slices.Clone(request), func(word string) bool { return !exampleKey.MatchString(word) })
		if got := words(t, conn.Do(append([]string{"COMMAND", "GETKEYS"}, request...)...)); !slices.Equal(got, want) {
			t.Errorf("COMMAND GETKEYS %q: %q, want %q", request, got, want)
		}
	}
}

func TestHelpOfAContainer(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	reply := c.Do("CONFIG", "HELP")
	for _, want := range []string{"+CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n", "+GET parameter [parameter ...]\r\n", "+    Sets the counters of INFO to zero.\r\n", "+HELP\r\n"} {
		if !strings.Contains(reply, want) {
			t.Errorf("%q is missing in %q", want, reply)
		}
	}
}
