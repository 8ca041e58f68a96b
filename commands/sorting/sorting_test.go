package sorting_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// array is a reply of bulks, null for "-".
func array(all ...string) string {
	text := fmt.Sprintf("*%d\r\n", len(all))
	for _, one := range all {
		if one == "-" {
			text += "$-1\r\n"
			continue
		}
		text += servertest.Bulk(one)
	}
	return text
}

func TestSort(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for _, request := range []string{
		"RPUSH l 3 1 10 2", "SADD s b c a", "ZADD z 2 x 1 y 3 w", "MSET w_1 30 w_2 20 w_3 10", "HSET h_1 f one", "HSET h_3 f three",
	} {
		c.Do(strings.Fields(request)...)
	}
	const (
		notFloat = "-ERR One or more scores can't be converted into double\r\n"
		syntax   = "-ERR syntax error\r\n"
		integer  = "-ERR value is not an integer or out of range\r\n"
	)
	for request, want := range map[string]string{
		"SORT l":               array("1", "2", "3", "10"),
		"SORT_RO l DESC ALPHA": array("3", "2", "10", "1"),
		"SORT l BY w_*":        array("10", "3", "2", "1"),
		"SORT l BY w_* GET # GET h_*->f GET none":              array("10", "-", "-", "3", "three", "-", "2", "-", "-", "1", "one", "-"),
		"SORT l BY nosort":                                     array("3", "1", "10", "2"),
		"SORT l BY nosort DESC LIMIT 1 2":                      array("10", "1"),
		"SORT z BY nosort DESC LIMIT 0 2":                      array("w", "x"),
		"SORT z BY nosort LIMIT 1 9223372036854775807":         array("x", "w"),
		"SORT z ALPHA":                                         array("w", "x", "y"),
		"SORT s":                                               notFloat,
		"SORT s ALPHA LIMIT -5 2":                              array("a", "b"),
		"SORT l LIMIT 9223372036854775807 9223372036854775807": array(),
		"SORT l LIMIT 1 -9223372036854775808":                  array("2", "3", "10"),
		"SORT l LIMIT 9223372036854775808 1":                   integer,
		"SORT l LIMIT 1":                                       syntax,
		"SORT l GET":                                           syntax,
		"SORT_RO l STORE d":                                    syntax,
		"SORT none":                                            array(),
		"SORT w_1":                                             "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
	} {
		c.Want(want, strings.Fields(request)...)
	}
	c.Do("RPUSH", "empty", "", "")
	c.Want(array("", ""), "SORT", "empty")
	c.Do("SADD", "members", "")
	c.Want(array(""), "SORT", "members", "ALPHA")
	c.Want(array(""), "SUNION", "members", "none")
}

func TestSortStores(t *testing.T) {
	s := servertest.Start(t)
	c, ear := s.Dial(t), s.Dial(t)
	c.Do("CONFIG", "SET", "notify-keyspace-events", "EA")
	ear.Do("PSUBSCRIBE", "__keyevent@0__:sortstore", "__keyevent@0__:del")
	c.Want(":3\r\n", "RPUSH", "l", "3", "1", "2")
	c.Want("+OK\r\n", "SET", "d", "text")
	c.Want(":3\r\n", "SORT", "l", "STORE", "d")
	c.Want(array("1", "2", "3"), "LRANGE", "d", "0", "-1")
	c.Want(":3\r\n", "SORT", "l", "GET", "none_*", "STORE", "l")
	c.Want(array("", "", ""), "LRANGE", "l", "0", "-1")
	c.Want(":0\r\n", "SORT", "none", "STORE", "d")
	c.Want(":0\r\n", "EXISTS", "d")
	c.Want("*2\r\n$1\r\nl\r\n$1\r\nd\r\n", "COMMAND", "GETKEYS", "SORT", "l", "STORE", "x", "GET", "STORE", "STORE", "d")
	for _, want := range []string{"sortstore d", "sortstore l", "del d"} {
		event, key, _ := strings.Cut(want, " ")
		message := ear.Reply()
		for strings.HasPrefix(message, "*3") { // the other subscription
			message = ear.Reply()
		}
		if !strings.Contains(message, ":"+event+"\r\n") || !strings.HasSuffix(message, servertest.Bulk(key)) {
			t.Errorf("%q is no %s", message, want)
		}
	}
}

// TestSortOfMany: a large list is sorted by what other keys hold as it is in a step, with the loop serving others.
func TestSortOfMany(t *testing.T) {
	s := servertest.Start(t)
	c, other := s.Dial(t), s.Dial(t)
	const n = 3000
	list, weights := []string{"RPUSH", "l"}, []string{"MSET"}
	for i := range n {
		list = append(list, fmt.Sprint(i))
		if i%7 != 0 {
			weights = append(weights, fmt.Sprint("w_", i), fmt.Sprint(i*7919%n))
		}
	}
	c.Want(fmt.Sprintf(":%d\r\n", n), list...)
	c.Want("+OK\r\n", weights...)
	c.Want(":1\r\n", "HSET", "h_5", "f", "five")
	sort := func(target string) []string {
		return []string{"SORT", "l", "BY", "w_*", "DESC", "GET", "#", "GET", "h_*->f", "GET", "w_*", "STORE", target}
	}
	c.Want("+OK\r\n", "MULTI")
	c.Want("+QUEUED\r\n", sort("in step")...)
	c.Want(fmt.Sprintf("*1\r\n:%d\r\n", 3*n), "EXEC")
	c.Send(servertest.Request(sort("beside")...))
	other.Want("+PONG\r\n", "PING")
	if got, want := c.Reply(), fmt.Sprintf(":%d\r\n", 3*n); got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	want := c.Do("LRANGE", "in step", "0", "-1")
	if got := c.Do("LRANGE", "beside", "0", "-1"); got != want || !strings.Contains(got, "five") {
		t.Error("a list is sorted otherwise beside a step than in one")
	}
}

// TestSortInSteps: what SORT looks up belongs to the transaction or the script that it is part of.
func TestSortInSteps(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(":2\r\n", "RPUSH", "l", "1", "2")
	c.Want("+OK\r\n", "MSET", "w_1", "9", "w_2", "3")
	c.Want("+OK\r\n", "MULTI")
	c.Want("+QUEUED\r\n", "SORT", "l", "BY", "w_*", "GET", "w_*", "STORE", "d")
	c.Want("+QUEUED\r\n", "LRANGE", "d", "0", "-1")
	c.Want("*2\r\n:2\r\n"+array("3", "9"), "EXEC")
	c.Want(array("2", "1"), "EVAL", "return redis.call('SORT',KEYS[1],'BY','w_*')", "1", "l")
	c.Want(array("2", "1"), "EVAL", "return redis.call('SORT_RO','l','BY','w_*')", "0")
}

// TestSortRights: who may not read every key has neither BY nor GET.
func TestSortRights(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Want(":2\r\n", "RPUSH", "l", "1", "2")
	if err := s.Dispatcher.Users.LoadFile(usersFile(t)); err != nil {
		t.Fatal(err)
	}
	const key = "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n"
	for user, wants := range map[string]map[string]string{
		"some": {
			"SORT l": array("1", "2"), "SORT l BY w_*": "-ERR BY option of SORT denied due to insufficient ACL permissions\r\n",
			"SORT l BY nosort": array("1", "2"), "SORT_RO l GET #": "-ERR GET option of SORT denied due to insufficient ACL permissions\r\n",
			"SORT other": key, "SORT l STORE other": key, "SORT l STORE lx": ":2\r\n",
		},
		"reader": {"SORT_RO l GET w_*": array("-", "-"), "SORT l STORE d": key},
	} {
		c := s.Dial(t)
		c.Want("+OK\r\n", "AUTH", user, "x")
		for request, want := range wants {
			c.Want(want, strings.Fields(request)...)
		}
	}
}

func usersFile(t *testing.T) string {
	path := t.TempDir() + "/users"
	text := "user some on nopass ~l* +@all\nuser reader on nopass %R~* +@all\nuser default on nopass ~* +@all\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
