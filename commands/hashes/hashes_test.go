package hashes_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestRandomFieldsAtTheEnds(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(":1\r\n", "HSET", "k", "f", "v")
	const outOfRange = "-ERR value is out of range\r\n"
	for words, want := range map[string]string{
		"-9223372036854775808":            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
		"-9223372036854775807":            outOfRange, // Redis answers until its memory ends
		"9223372036854775807":             "*1\r\n$1\r\nf\r\n",
		"9223372036854775808":             "-ERR value is not an integer or out of range\r\n",
		"4611686018427387904 WITHVALUES":  outOfRange,
		"4611686018427387903 withvalues":  "*2\r\n$1\r\nf\r\n$1\r\nv\r\n",
		"-4611686018427387904 WITHVALUES": outOfRange,
		"-2 WITHVALUES":                   "*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\nf\r\n$1\r\nv\r\n",
		"1 VALUES":                        "-ERR syntax error\r\n",
		"1 WITHVALUES x":                  "-ERR syntax error\r\n",
		"0":                               "*0\r\n",
	} {
		c.Want(want, append([]string{"HRANDFIELD", "k"}, strings.Fields(words)...)...)
	}
	c.Want("$-1\r\n", "HRANDFIELD", "none")
	c.Want("*0\r\n", "HRANDFIELD", "none", "-5")
}

func TestMapsInTheThirdProtocol(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	c.Want(":1\r\n", "HSET", "k", "f", "v")
	c.Want("%1\r\n$1\r\nf\r\n$1\r\nv\r\n", "HGETALL", "k")
	c.Want("%0\r\n", "HGETALL", "none")
	c.Want("*1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n", "HRANDFIELD", "k", "1", "WITHVALUES")
	c.Want("*2\r\n$1\r\nv\r\n_\r\n", "HMGET", "k", "f", "g")
	c.Want("_\r\n", "HRANDFIELD", "none")
}

// TestManyFieldsAtOnce: a request of very many fields is one step, and what it made can be scanned and taken away.
func TestManyFieldsAtOnce(t *testing.T) {
	const n = 100_000
	c := servertest.Start(t).Dial(t)
	set, del := []string{"HSET", "k"}, []string{"HDEL", "k"}
	for i := range n {
		set = append(set, fmt.Sprint("field", i), fmt.Sprint(i))
		del = append(del, fmt.Sprint("field", i))
	}
	c.Want(fmt.Sprintf(":%d\r\n", n), set...)
	c.Want(fmt.Sprintf(":%d\r\n", n), "HLEN", "k")
	c.Want(servertest.Bulk("99999"), "HGET", "k", "field99999")
	all := c.Do("HSCAN", "k", "0", "COUNT", "9223372036854775807")
	if begin := fmt.Sprintf("*2\r\n$1\r\n0\r\n*%d\r\n", 2*n); !strings.HasPrefix(all, begin) {
		t.Errorf("a scan answers %.60q", all)
	}
	c.Want(fmt.Sprintf(":%d\r\n", n), del...)
	c.Want(":0\r\n", "EXISTS", "k")
}

// Options of a scan are looked at once there is a hash, as in Redis.
func TestScanLooksAtTheKeyFirst(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	const nothing = "*2\r\n$1\r\n0\r\n*0\r\n"
	c.Want(nothing, "HSCAN", "none", "0", "COUNT", "0")
	c.Want("-ERR invalid cursor\r\n", "HSCAN", "none", "x")
	c.Do("SET", "s", "v")
	c.Want("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", "HSCAN", "s", "0", "COUNT", "0")
	c.Do("HSET", "k", "f", "v")
	c.Want("-ERR syntax error\r\n", "HSCAN", "k", "0", "COUNT", "0")
	c.Want("*2\r\n$1\r\n0\r\n*0\r\n", "HSCAN", "k", "0", "MATCH", "g*")
}
