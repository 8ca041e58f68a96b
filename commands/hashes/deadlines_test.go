package hashes_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/server/servertest"
)

// TestFieldsThatEnd holds the commands to what the source of Redis 8 answers, which has them and is not here.
func TestFieldsThatEnd(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SET", "s", "v")
	c.Do("HSET", "k", "a", "1", "b", "2", "c", "3")
	const (
		wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
		mandatory = "-ERR Mandatory argument FIELDS is missing or not at the right position\r\n"
		match     = "-ERR The `numfields` parameter must match the number of arguments\r\n"
		positive  = "-ERR Number of fields must be a positive integer\r\n"
		one       = "*1\r\n:1\r\n"
	)
	for _, row := range [][2]string{
		{"HEXPIRE s x FIELDS 1 a", wrongType},
		{"HTTL s FELDS 1 a", wrongType},
		{"HGETDEL s FIELDS x a", wrongType},
		{"HSETEX s FIELDS 1 a b", wrongType},
		{"HSETEX s XX FIELDS 1 a b", "-ERR unknown argument: XX\r\n"},
		{"HEXPIRE k", "-ERR wrong number of arguments for 'hexpire' command\r\n"},
		{"HEXPIRE k x FIELDS 1 a", "-ERR value is not an integer or out of range\r\n"},
		{"HEXPIRE k -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0\r\n"},
		{"HPEXPIREAT k 70368744177664 FIELDS 1 a", "-ERR invalid expire time in 'hpexpireat' command\r\n"},
		{"HEXPIRE k 70368744177 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command\r\n"},
		{"HEXPIRE k 9 QQ FIELDS 1 a", mandatory},
		{"HEXPIRE k 9 NX FIELDS 1", match},
		{"HEXPIRE k 9 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0\r\n"},
		{"HEXPIRE k 9 FIELDS 2 a", match},
		{"HTTL k FIELDS x a", positive},
		{"HPERSIST k FIELDS 2 a", match},
		{"HGETEX k EX x FIELDS 1 a", "-ERR value is not an integer or out of range\r\n"},
		{"HGETEX k KEEPTTL FIELDS 1 a", mandatory},
		{"HGETDEL k FIELDS 2 a", match},
		{"HSETEX k EX 1 PX 1 FIELDS 1 a 1", "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n"},
		{"HSETEX k FNX FXX FIELDS 1 a 1", "-ERR Only one of FXX or FNX arguments can be specified\r\n"},
		{"HSETEX k FIELDS x a 1", "-ERR invalid number of fields\r\n"},
		{"HSETEX k FIELDS 2 a 1", "-ERR wrong number of arguments for 'hsetex' command\r\n"},
		{"HSETEX k FNX FNX EX EX", "-ERR Only one of FXX or FNX arguments can be specified\r\n"},
		{"HEXPIRE none 9 FIELDS 2 a b", "*2\r\n:-2\r\n:-2\r\n"},
		{"HTTL none FIELDS 1 a", "*1\r\n:-2\r\n"},
		{"HPERSIST none FIELDS 1 a", "*1\r\n:-2\r\n"},
		{"HGETEX none EX 9 FIELDS 1 a", "*1\r\n$-1\r\n"},
		{"OBJECT ENCODING k", "$8\r\nlistpack\r\n"},
		{"HPEXPIREAT k 4102444800001 FIELDS 2 a z", "*2\r\n:1\r\n:-2\r\n"},
		{"OBJECT ENCODING k", "$10\r\nlistpackex\r\n"},
		{"HPEXPIRETIME k FIELDS 3 a b z", "*3\r\n:4102444800001\r\n:-1\r\n:-2\r\n"},
		{"HEXPIRETIME k FIELDS 1 a", "*1\r\n:4102444801\r\n"},
		{"HPEXPIREAT k 4102444800000 GT FIELDS 1 a", "*1\r\n:0\r\n"},
		{"hpexpireat k 4102444800000 lt fields 1 a", one},
		{"HPERSIST k FIELDS 3 a b z", "*3\r\n:1\r\n:-1\r\n:-2\r\n"},
		{"HEXPIRE k 100 FIELDS 1 a", one},
		{"HTTL k FIELDS 1 a", "*1\r\n:100\r\n"},
		{"HINCRBY k a 1", ":2\r\n"},
		{"HSETEX k FXX KEEPTTL FIELDS 1 a 3", ":1\r\n"},
		{"HTTL k FIELDS 1 a", "*1\r\n:100\r\n"},
		{"HSET k a 4", ":0\r\n"},
		{"HTTL k FIELDS 1 a", "*1\r\n:-1\r\n"},
		{"HGETEX k EX 100 FIELDS 2 a z", "*2\r\n$1\r\n4\r\n$-1\r\n"},
		{"HGETEX k PERSIST FIELDS 1 a", "*1\r\n$1\r\n4\r\n"},
		{"HGETEX k FIELDS 1 a", "*1\r\n$1\r\n4\r\n"},
		{"HTTL k FIELDS 1 a", "*1\r\n:-1\r\n"},
		{"HEXPIRE k 0 FIELDS 2 a a", "*2\r\n:2\r\n:-2\r\n"},
		{"HSETEX k FNX FIELDS 2 a 1 b 2", ":0\r\n"},
		{"HGETDEL k FIELDS 3 b z b", "*3\r\n$1\r\n2\r\n$-1\r\n$-1\r\n"},
		{"HGETEX k EXAT 0 FIELDS 1 c", "*1\r\n$1\r\n3\r\n"},
		{"EXISTS k", ":0\r\n"},
	} {
		words := strings.Fields(row[0])
		left := 0
		if got := c.Do(words...); row[1] == "*1\r\n:100\r\n" {
			if fmt.Sscanf(got, "*1\r\n:%d\r\n", &left); left <= 0 || left > 100 {
				t.Errorf("%s: %q, not %q or less", row[0], got, row[1])
			}
		} else if got != row[1] {
			t.Errorf("%s: %q, not %q", row[0], got, row[1])
		}
	}
}

func TestFieldsEndUnseen(t *testing.T) {
	s := servertest.Start(t)
	c, l := s.Dial(t), s.Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "Ehg")
	l.Do("PSUBSCRIBE", "__keyevent@0__:*")
	c.Want(":1\r\n", "HSETEX", "k", "PX", "50", "FIELDS", "1", "a", "1")
	for _, event := range []string{"hset", "hexpire", "hexpired", "del"} {
		channel := "__keyevent@0__:" + event
		if got, want := l.Reply(), "*4\r\n$8\r\npmessage\r\n$16\r\n__keyevent@0__:*\r\n"+servertest.Bulk(channel)+"$1\r\nk\r\n"; got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	}
	c.Want(":0\r\n", "DBSIZE")
}
