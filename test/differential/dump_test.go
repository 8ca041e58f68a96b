package differential

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// dumped are requests that make a value under k, in small and large forms, with what Redis packs: integers of every width, texts
// that can be compressed, and bytes of any kind.
func dumped() (all [][]string) {
	texts := []string{"", "0", "-1", "127", "-128", "4095", "-4096", "32767", "-32768", "8388607", "2147483647", "-9223372036854775808", "1.5", "a", "\x00\xff\r\n",
		strings.Repeat("x", 63), strings.Repeat("abc", 50), strings.Repeat("y", 20_000), fmt.Sprint(strings.Repeat("z", 300), "tail")}
	for _, text := range texts {
		all = append(all, []string{"SET", "k", text})
	}
	var numbers, many []string
	for i := range 600 {
		numbers = append(numbers, fmt.Sprint(i*i*i-300))
		many = append(many, fmt.Sprint("element ", i, strings.Repeat("-", i%90)))
	}
	for _, elements := range [][]string{{"a"}, texts, numbers[:20], numbers, many[:50], many} {
		all = append(all, append([]string{"RPUSH", "k"}, elements...), append([]string{"SADD", "k"}, elements...))
		hash, sorted := []string{"HSET", "k"}, []string{"ZADD", "k"}
		scores := []string{"0", "-1.5", "1e300", "inf", "-inf", "3", "0.1"}
		for i, element := range elements {
			hash = append(hash, element, elements[len(elements)-1-i])
			sorted = append(sorted, scores[i%len(scores)], element)
		}
		all = append(all, hash, sorted)
	}
	all = append(all, []string{"XADD", "k", "5-18446744073709551615", "f", "v", "f", ""}, []string{"EVAL", "redis.call('XADD', 'k', '7-7', 'f', 'v') redis.call('XDEL', 'k', '7-7') return 1", "1", "k"},
		[]string{"EVAL", `for i = 1, 250 do redis.call('XADD', 'k', i .. '-' .. i % 3, 'name', i, i % 7 == 0 and 'other' or 'same', string.rep('x', i % 9 * 40)) end
			redis.call('XDEL', 'k', '7-1', '100-1') redis.call('XTRIM', 'k', 'MINID', 3) return 1`, "1", "k"})
	return append(all, []string{"SADD", "k", "1", "2", "70000"}, []string{"SADD", "k", "9223372036854775807", "-1"})
}

// contents returns what a key holds, in an order of its own.
func contents(c *servertest.Conn, key string) string {
	switch c.Do("TYPE", key) {
	case "+string\r\n":
		return c.Do("GET", key)
	case "+list\r\n":
		return c.Do("LRANGE", key, "0", "-1")
	case "+zset\r\n":
		return c.Do("ZRANGE", key, "0", "-1", "WITHSCORES")
	case "+set\r\n":
		elements, _ := bulks(c.Do("SMEMBERS", key))
		slices.Sort(elements)
		return fmt.Sprintf("%q", elements)
	case "+hash\r\n":
		elements, _ := bulks(c.Do("HGETALL", key))
		return fmt.Sprintf("%q", sortedPairs(elements))
	case "+stream\r\n":
		_, known, _ := strings.Cut(c.Do("XINFO", "STREAM", key), "last-generated-id") // in front is how the entries are kept
		return c.Do("XRANGE", key, "-", "+") + known
	}
	return "nothing"
}

// TestDumpsAreExchanged restores what one server has dumped in the other, and in itself.
func TestDumpsAreExchanged(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	sessd := servertest.Start(t).Dial(t)
	servers := map[string]*servertest.Conn{"redis": redis, "sessd": sessd}
	for _, request := range dumped() {
		for _, c := range servers {
			c.Do("FLUSHALL")
			c.Do(request...)
		}
		want := contents(redis, "k")
		for from, source := range servers {
			payloads, rest := bulks("*1\r\n" + source.Do("DUMP", "k"))
			if len(payloads) != 1 {
				t.Fatalf("%.60q: %s dumps %q", request, from, rest)
			}
			for to, target := range servers {
				key := from + to
				if got := target.Do("RESTORE", key, "0", payloads[0]); got != "+OK\r\n" {
					t.Errorf("%.60q from %s to %s: %q", request, from, to, got)
				} else if got := contents(target, key); got != want {
					t.Errorf("%.60q from %s to %s is %.200q, not %.200q", request, from, to, got, want)
				}
			}
		}
	}
}

// TestRestoreAgrees compares the answers to options, and to what is no payload.
func TestRestoreAgrees(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	sessd := servertest.Start(t).Dial(t)
	redis.Do("SET", "k", "value")
	payloads, _ := bulks("*1\r\n" + redis.Do("DUMP", "k"))
	payload := payloads[0]
	sessd.Do("SET", "k", "value")
	newer := []byte(payload)
	newer[len(newer)-10] = 99
	for _, request := range [][]string{
		{"RESTORE", "k", "0", payload}, {"RESTORE", "k", "x", payload}, {"RESTORE", "n", "x", payload}, {"RESTORE", "n", "-1", payload}, {"RESTORE", "n", "0", "x"},
		{"RESTORE", "n", "0", ""}, {"RESTORE", "n", "0", payload[:len(payload)-1]}, {"RESTORE", "n", "0", "x" + payload}, {"RESTORE", "n", "0", string(newer)},
		{"RESTORE", "k", "0", payload, "REPLACE"}, {"RESTORE", "n", "100000", payload}, {"PERSIST", "n"}, {"RESTORE", "n", "1", payload, "ABSTTL", "REPLACE"}, {"EXISTS", "n"},
		{"RESTORE", "n", "99999999999999", payload, "ABSTTL"}, {"EXPIRETIME", "n"}, {"RESTORE", "m", "0", payload, "IDLETIME", "5"}, {"RESTORE", "o", "0", payload, "FREQ", "5"},
		{"RESTORE", "p", "0", payload, "IDLETIME", "-1"}, {"RESTORE", "p", "0", payload, "FREQ", "256"}, {"RESTORE", "p", "0", payload, "IDLETIME", "x"},
		{"RESTORE", "p", "0", payload, "IDLETIME", "1", "FREQ", "1"}, {"RESTORE", "p", "0", payload, "FREQ"}, {"RESTORE", "p", "0", payload, "FOO"}, {"DUMP", "none"},
	} {
		if want, got := redis.Do(request...), sessd.Do(request...); want != got {
			t.Errorf("%q: Redis answers %q, sessd %q", request, want, got)
		}
	}
}

// TestStepsInScripts: commands that are a step of several operations are part of a script's step, and of a transaction's.
func TestStepsInScripts(t *testing.T) {
	redis, sessd := servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)
	const restore = `return{redis.call('restore',KEYS[1],0,ARGV[1],'REPLACE'),redis.call('type',KEYS[1]),redis.call('lcs',KEYS[2],KEYS[2])}`
	redis.Do("HSET", "k", "f", "v", "g", "w")
	payloads, _ := bulks("*1\r\n" + redis.Do("DUMP", "k"))
	for _, request := range [][]string{
		{"SET", "s", "text"}, {"EVAL", restore, "2", "k", "s", payloads[0]}, {"EVAL", restore + "--", "0", payloads[0]},
		{"EVAL", "redis.call('hset','n','f','v') return redis.call('restore','n',0,redis.call('dump','n'),'REPLACE')", "0"},
		{"EVAL", "return redis.call(ARGV[1],KEYS[1],KEYS[2])", "2", "s", "s", "lcs"}, {"EVAL", "return redis.call('sort',KEYS[1],'BY','nosort','STORE','d')", "1", "none"},
		{"EVAL", "return redis.call('xread','STREAMS','none','0')", "0"}, {"EVAL", "return redis.call('bzpopmin','none','0')", "0"}, {"EVAL", "return redis.call('copy','n','m')", "0"},
		{"MULTI"}, {"RESTORE", "r", "0", payloads[0]}, {"LCS", "s", "s"}, {"HGET", "r", "f"}, {"EVAL", restore, "2", "k", "s", payloads[0]}, {"EXEC"},
		{"HGET", "k", "g"}, {"HGET", "n", "f"}, {"HGET", "r", "f"},
	} {
		if want, got := redis.Do(request...), sessd.Do(request...); want != got {
			t.Errorf("%q: Redis answers %q, sessd %q", request, want, got)
		}
	}
}
