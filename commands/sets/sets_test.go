package sets_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestCountsAtTheEnds(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(":1\r\n", "SADD", "k", "m")
	const outOfRange = "-ERR value is out of range\r\n"
	for words, want := range map[string]string{
		"SRANDMEMBER k -9223372036854775808": "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
		"SRANDMEMBER k -9223372036854775807": outOfRange, // Redis answers until its memory ends
		"SRANDMEMBER k 9223372036854775807":  "*1\r\n$1\r\nm\r\n",
		"SRANDMEMBER k 9223372036854775808":  "-ERR value is not an integer or out of range\r\n",
		"SRANDMEMBER k -2":                   "*2\r\n$1\r\nm\r\n$1\r\nm\r\n",
		"SRANDMEMBER k 0":                    "*0\r\n",
		"SRANDMEMBER k 1 x":                  "-ERR syntax error\r\n",
		"SRANDMEMBER none":                   "$-1\r\n",
		"SRANDMEMBER none -5":                "*0\r\n",
		"SPOP k -9223372036854775808":        "-ERR value is out of range, must be positive\r\n",
		"SPOP k -1":                          "-ERR value is out of range, must be positive\r\n",
		"SPOP k x":                           "-ERR value is out of range, must be positive\r\n",
		"SPOP k 1 x":                         "-ERR syntax error\r\n",
		"SPOP k 9223372036854775808":         "-ERR value is out of range, must be positive\r\n",
		"SPOP k 0":                           "*0\r\n",
		"SPOP none":                          "$-1\r\n",
		"SINTERCARD 0 k":                     "-ERR numkeys should be greater than 0\r\n",
		"SINTERCARD 2 k":                     "-ERR Number of keys can't be greater than number of args\r\n",
		"SINTERCARD 9223372036854775807 k":   "-ERR Number of keys can't be greater than number of args\r\n",
		"SINTERCARD 9223372036854775808 k":   "-ERR numkeys should be greater than 0\r\n",
		"SINTERCARD 1 k LIMIT -1":            "-ERR LIMIT can't be negative\r\n",
		"SINTERCARD 1 k LIMIT":               "-ERR syntax error\r\n",
		"SINTERCARD 1 k LIMIT 0 LIMIT 1":     ":1\r\n",
		"SPOP none 9223372036854775807":      "*0\r\n",
	} {
		c.Want(want, strings.Fields(words)...)
	}
	c.Want("*1\r\n$1\r\nm\r\n", "SPOP", "k", "9223372036854775807")
	c.Want(":0\r\n", "EXISTS", "k")
}

func TestSetsInTheThirdProtocol(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	c.Want(":1\r\n", "SADD", "k", "m")
	c.Want("~1\r\n$1\r\nm\r\n", "SMEMBERS", "k")
	c.Want("~0\r\n", "SMEMBERS", "none")
	c.Want("*1\r\n$1\r\nm\r\n", "SRANDMEMBER", "k", "1")
	c.Want("*0\r\n", "SRANDMEMBER", "none", "1")
	c.Want("_\r\n", "SRANDMEMBER", "none")
	c.Want("~0\r\n", "SPOP", "k", "0")
	c.Want("~1\r\n$1\r\nm\r\n", "SPOP", "k", "1")
	c.Want("~0\r\n", "SPOP", "k", "1")
	c.Want("_\r\n", "SPOP", "k")
}

// TestManyMembersAtOnce: a request of very many members is one step, and what it made can be scanned and taken away.
func TestManyMembersAtOnce(t *testing.T) {
	const n = 100_000
	c := servertest.Start(t).Dial(t)
	add := []string{"SADD", "k"}
	for i := range n {
		add = append(add, fmt.Sprint("member", i))
	}
	c.Want(fmt.Sprintf(":%d\r\n", n), add...)
	c.Want(":1\r\n", "SISMEMBER", "k", "member99999")
	all := c.Do("SSCAN", "k", "0", "COUNT", "9223372036854775807")
	if begin := fmt.Sprintf("*2\r\n$1\r\n0\r\n*%d\r\n", n); !strings.HasPrefix(all, begin) {
		t.Errorf("a scan answers %.60q", all)
	}
	if popped := c.Do("SPOP", "k", "60000"); !strings.HasPrefix(popped, "*60000\r\n") {
		t.Errorf("a pop answers %.60q", popped)
	}
	c.Want(":40000\r\n", "SCARD", "k")
	add[0] = "SREM"
	c.Want(":40000\r\n", add...)
	c.Want(":0\r\n", "EXISTS", "k")
}
