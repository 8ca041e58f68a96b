package durability

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// formatRequests make an entry of every type, before the snapshot and after it.
var formatRequests = [][]string{
	{"SESS.CREATE s1 PRINCIPAL ada FIELDS 2 a 1 b two", "SESS.CREATE s2 PRINCIPAL ada FIELDS 1 a 1", "SESS.SAVE s2 COMPONENT cart FIELDS 1 n 3", "SET string value", "SET ends v PXAT 4102444800000",
		"HSET hash f v g w", "RPUSH list a b c", "SADD set a 1", "ZADD sorted 1.5 a 2 b", "XADD stream 1-1 f v", "PFADD log a b", "SETBIT bits 7 1",
		"EVAL for|i=1,600|do|redis.call('HSET','H',i,i)redis.call('ZADD','Z',i,i)redis.call('RPUSH','L',i)redis.call('SADD','S',i)end 0"},
	{"SESS.ROTATE s1 s3 GRACE 1000", "SESS.SAVE s3 a 10", "SESS.CREATE gone", "SESS.DESTROY gone", "APPEND string s", "SETRANGE string 1 A", "HSET hash f x", "HDEL hash g", "LPUSH list z", "LSET list 1 y", "SREM set a",
		"ZINCRBY sorted 2 a", "XADD stream 2-0 f w", "HSET H 7 seven", "ZREM Z 5", "LTRIM L 10 20", "SREM S 600", "RENAME log log2", "COPY string copy", "MULTI", "SET in multi", "DEL bits", "EXEC"},
}

var formatQuestions = []string{
	"SESS.GET s2 NOTOUCH WITHREV", "SESS.GET s2 COMPONENT cart NOTOUCH", "SESS.GET s3 NOTOUCH WITHREV", "SESS.LIST ada", "EXISTS gone", "GET string", "GET copy", "GET in", "PEXPIRETIME ends",
	"HGETALL hash", "LRANGE list 0 -1", "SMEMBERS set", "ZRANGE sorted 0 -1 WITHSCORES", "XRANGE stream - +", "PFCOUNT log2", "HGET H 7", "HLEN H", "ZRANGE Z 0 9", "ZCARD Z", "LRANGE L 0 -1", "SCARD S",
}

// TestFormats loads the small folders that daemons of every released format have left: a snapshot and the log after it. The
// variable SESSD_FIXTURES makes the one of this format, and what it answers.
func TestFormats(t *testing.T) {
	const newest = 3
	for format := 1; format <= newest; format++ {
		t.Run(fmt.Sprint(format), func(t *testing.T) { loadFormat(t, format, format == newest && os.Getenv("SESSD_FIXTURES") != "") })
	}
}

// loadFormat loads the folder of a format, which it writes before where it is told to.
func loadFormat(t *testing.T, format int, written bool) {
	const flag, years = "--idle-timeout", "438000h"
	folder := filepath.Join("testdata", fmt.Sprintf("format-%d", format))
	text := folder + ".txt"
	if written {
		os.RemoveAll(folder)
		d := start(t, folder, flag, years)
		c := d.Dial(t)
		for i, requests := range formatRequests {
			for _, request := range requests {
				words := strings.Fields(request)
				for j := range words {
					words[j] = strings.ReplaceAll(words[j], "|", " ")
				}
				if reply := c.Do(words...); strings.HasPrefix(reply, "-") {
					t.Fatal(request, reply)
				}
			}
			if i == 0 {
				c.Want("+OK\r\n", "SAVE")
			}
		}
		d.Kill()
		os.Remove(filepath.Join(folder, "lock"))
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	c := start(t, dir, flag, years).Dial(t)
	var got strings.Builder
	for _, question := range formatQuestions {
		lines := strings.Split(strings.TrimSuffix(c.Do(strings.Fields(question)...), "\r\n"), "\r\n")
		if strings.HasPrefix(question, "HGETALL") || strings.HasPrefix(question, "SMEMBERS") || strings.HasPrefix(question, "SESS") {
			slices.Sort(lines)
		}
		fmt.Fprintf(&got, "%s: %q\n", question, lines)
	}
	if written {
		if err := os.WriteFile(text, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
