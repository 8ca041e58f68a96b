package commands_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
)

// together adds a command that runs requests, one a word, as a step on the keys that its second word has.
func together(o *commands.Options, _ *server.Options) {
	o.Families = append(o.Families, commands.Family{Group: "test", Specs: []commands.Spec{{
		Usage: "TOGETHER keys request [request ...]", Flags: commands.Write, Run: func(c *commands.Call) error {
			var plan commands.Plan
			if keys := bytes.Fields(c.Args[0]); len(keys) > 0 && string(keys[0]) == "*" {
				plan.CoverAll()
			} else {
				plan.Cover(c.Op.Keyspace, keys...)
			}
			step, err := c.BeginStep(&plan)
			if err != nil {
				return err
			}
			defer step.End()
			c.Reply.Array(len(c.Args) - 1)
			for _, request := range c.Args[1:] {
				step.Do(c.Reply, bytes.Fields(request))
			}
			return nil
		},
	}, {
		Usage: "INSTEP", Run: func(c *commands.Call) error { c.IntBool(c.InStep()); return nil },
	}, {
		Usage: "PANIC", Run: func(c *commands.Call) error { panic(errors.New("as it should")) },
	}}})
}

func TestStep(t *testing.T) {
	s := servertest.Start(t, together)
	c := s.Dial(t)
	for _, row := range []struct{ keys, requests, want string }{
		{"a", "SET a 1|INCR a|GET a", "*3\r\n+OK\r\n:2\r\n$1\r\n2\r\n"},
		{"a", "GET a|GET b", "*2\r\n$1\r\n2\r\n-ERR the key is none of those that were declared\r\n"},
		{"a", "DBSIZE|PING|FOO|GET", "*4\r\n-ERR the key is none of those that were declared\r\n+PONG\r\n-ERR unknown command 'FOO', with args beginning with: \r\n-ERR wrong number of arguments for 'get' command\r\n"},
		{"a b", "MSET a x b y|INCR a|LISTEN|MGET a b", "*4\r\n+OK\r\n-ERR value is not an integer or out of range\r\n-ERR unknown command 'LISTEN', with args beginning with: \r\n*2\r\n$1\r\nx\r\n$1\r\ny\r\n"},
		{"*", "SELECT 1|SET c 1|DBSIZE|SELECT 0|DBSIZE", "*5\r\n+OK\r\n+OK\r\n:1\r\n+OK\r\n:2\r\n"},
		{"a", "SELECT 1|GET a|SELECT 0", "*3\r\n+OK\r\n-ERR the key is none of those that were declared\r\n+OK\r\n"},
		{"a", "INSTEP", "*1\r\n:1\r\n"},
		{"", "PING|INSTEP", "*2\r\n+PONG\r\n:1\r\n"},
		{"a", "TOGETHER\tb\tPING", "*1\r\n*1\r\n+PONG\r\n"},
		{"s", "SESS.CREATE s|SESS.SAVE s f 1|SESS.GET s", "*3\r\n$1\r\ns\r\n:1\r\n*2\r\n$1\r\nf\r\n$1\r\n1\r\n"},
	} {
		c.Want(row.want, append([]string{"TOGETHER", row.keys}, strings.Split(row.requests, "|")...)...)
	}
	c.Want(":0\r\n", "INSTEP")
	if info := c.Do("TOGETHER", "*", "INFO keyspace"); !strings.Contains(info, "db1:keys=1,") {
		t.Errorf("INFO in a step: %q", info)
	}
	if info := c.Do("INFO", "commandstats"); !strings.Contains(info, "cmdstat_incr:calls=2,") {
		t.Errorf("calls of steps are not counted: %q", info)
	}
	c.Want("*1\r\n-ERR internal error\r\n"[4:], "TOGETHER", "a", "SET a after", "PANIC")
	c.WantClosed()
	s.Dial(t).Want("$5\r\nafter\r\n", "GET", "a")
}

func TestStepLacksMemory(t *testing.T) {
	s := servertest.Start(t, together)
	c := s.Dial(t)
	c.Want(ok, "CONFIG", "SET", "maxmemory", "1")
	c.Want("*2\r\n$-1\r\n-OOM command not allowed when used memory > 'maxmemory'.\r\n", "TOGETHER", "a", "GET a", "SET a 1")
}

// TestStepsAreOneAfterTheOther moves amounts between keys whose sum nobody sees change.
func TestStepsAreOneAfterTheOther(t *testing.T) {
	s := servertest.Start(t, together)
	var all sync.WaitGroup
	for i := range 4 {
		c := s.Dial(t)
		all.Go(func() {
			for j := range 50 {
				from, to := fmt.Sprint("k", (i+j)%3), fmt.Sprint("k", (i+j+1)%3)
				c.Do("TOGETHER", from+" "+to, "DECR "+from, "INCR "+to)
				n := 0
				for _, part := range strings.Split(c.Do("MGET", "k0", "k1", "k2"), "\r\n") {
					if x, ok := store.ParseInt([]byte(part)); ok {
						n += int(x)
					}
				}
				if n != 0 {
					t.Errorf("the sum is %d", n)
				}
			}
		})
	}
	all.Wait()
}
