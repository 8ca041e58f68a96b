package keys_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestKeysOfEveryType(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want("+none\r\n", "TYPE", "k")
		c.Want(null, "RANDOMKEY")
		c.Want(ok, "SET", "k", "v")
		c.Want(servertest.Bulk("k"), "RANDOMKEY")
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		c.Want("+string\r\n", "TYPE", "k")
		c.Want("+session\r\n", "TYPE", "s1")
		c.Want(":3\r\n", "EXISTS", "k", "s1", "none", "k")
		c.Want(":3\r\n", "TOUCH", "k", "s1", "none", "k")
		c.Want(":2\r\n", "DBSIZE")
		c.Want(one, "DEL", "k", "k", "none")
		c.Want(one, "UNLINK", "s1", "k")
		c.Want(zero, "DBSIZE")
		c.Want(zero, "SESS.TOUCH", "s1")
		c.Want("-ERR wrong number of arguments for 'del' command\r\n", "DEL")
		c.Want("-ERR wrong number of arguments for 'randomkey' command\r\n", "RANDOMKEY", "x")
	})
}

func TestKeys(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want("*0\r\n", "KEYS", "*")
		for _, key := range []string{"a1", "a2", "b1", "", "a\x00"} {
			c.Want(ok, "SET", key, "v")
		}
		c.Want(ok, "SET", "ended", "v", "PXAT", "1")
		c.Want(servertest.Request("", "a\x00", "a1", "a2", "b1"), "KEYS", "*")
		c.Want(servertest.Request("a1", "b1"), "KEYS", "?1")
		c.Want(servertest.Request("a2"), "KEYS", "a[^1\x00]")
		c.Want(servertest.Request(""), "KEYS", "")
		c.Want("*0\r\n", "KEYS", "none*")
	})
}

func TestScan(t *testing.T) {
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		c.Want("*2\r\n"+servertest.Bulk("0")+"*0\r\n", "SCAN", "0")
		var all []string
		for i := range 100 {
			key := fmt.Sprint("key", i)
			all = append(all, key)
			c.Want(ok, "SET", key, "v")
		}
		c.Want(servertest.Bulk("s1"), "SESS.CREATE", "s1")
		round := func(options ...string) []string {
			var keys []string
			for at, steps := "0", 0; at != "0" || steps == 0; steps++ {
				words := strings.Split(c.Do(append([]string{"SCAN", at}, options...)...), "\r\n")
				at = words[2] // behind *2 and the length
				for i := 5; i < len(words); i += 2 {
					keys = append(keys, words[i])
				}
			}
			slices.Sort(keys)
			return slices.Compact(keys)
		}
		slices.Sort(all)
		for _, test := range []struct {
			options []string
			want    []string
		}{
			{nil, append(slices.Clone(all), "s1")},
			{[]string{"TYPE", "String", "COUNT", "1"}, all},
			{[]string{"type", "session", "count", "1000"}, []string{"s1"}},
			{[]string{"TYPE", "hash"}, nil},
			{[]string{"MATCH", "key1?", "COUNT", "50"}, all[2:12]},
			{[]string{"MATCH", "key*", "MATCH", "s*"}, []string{"s1"}},
		} {
			if got := round(test.options...); !slices.Equal(got, test.want) {
				t.Errorf("SCAN %q: %q, want %q", test.options, got, test.want)
			}
		}
	})
}

func TestScanErrors(t *testing.T) {
	const invalid = "-ERR invalid cursor\r\n"
	servertest.Protocols(t, func(c *servertest.Conn, null string) {
		for _, cursor := range []string{"x", "1x", " 1", "-", "+", "--1", "18446744073709551616", "1.0"} {
			c.Want(invalid, "SCAN", cursor)
		}
		for _, cursor := range []string{"", "00", "+0", "-0"} { // zero, as C reads it
			c.Want("*2\r\n"+servertest.Bulk("0")+"*0\r\n", "SCAN", cursor)
		}
		c.Want(syntax, "SCAN", "0", "MATCH")
		c.Want(syntax, "SCAN", "0", "COUNT", "0")
		c.Want(syntax, "SCAN", "0", "COUNT", "-1")
		c.Want(syntax, "SCAN", "0", "BOGUS", "1")
		c.Want(notInt, "SCAN", "0", "COUNT", "x", "BOGUS")
		c.Want(invalid, "SCAN", "x", "BOGUS")
		c.Want(syntax, "SESS.SCAN", "0", "TYPE", "string")
	})
}
