package differential

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sessd/server/servertest"
)

var flags = options(option("NX"), option("XX"), option("GT"), option("LT"), option("QX"))

// database is mostly the one that is selected, which is an error, so that entries rarely leave it.
var database = one("database", "0", "1", "1", "15", "16", "-1", "2147483648", "x", "", "9223372036854775808")

var genericRows = []row{
	{name: "EXISTS", args: []words{several(1, 4, key)}},
	{name: "TYPE", args: []words{key}},
	{name: "TTL", args: []words{key}, same: within(5)},
	{name: "PTTL", args: []words{key}, same: within(5000)},
	{name: "EXPIRETIME", args: []words{key}, same: within(5)},
	{name: "PEXPIRETIME", args: []words{key}, same: within(5000)},
	{name: "EXPIRE", args: []words{key, seconds, flags}},
	{name: "PEXPIRE", args: []words{key, milliseconds, flags}},
	{name: "EXPIREAT", args: []words{key, unixSeconds, flags}},
	{name: "PEXPIREAT", args: []words{key, unixMilliseconds, flags}},
	{name: "PERSIST", args: []words{key}},
	{name: "DEL", args: []words{several(1, 3, key)}},
	{name: "UNLINK", args: []words{several(1, 3, key)}},
	{name: "TOUCH", args: []words{several(1, 3, key)}},
	{name: "COPY", args: []words{key, key, options(option("REPLACE"), option("REPLACE"), option("DB", database), option("DB"), option("NX"))}},
	{name: "RENAME", args: []words{key, key}},
	{name: "RENAMENX", args: []words{key, key}},
	{name: "MOVE", args: []words{key, database}},
	{name: "KEYS", args: []words{pattern}, ask: anyOrder},
	{name: "SCAN", args: []words{one("cursor", "0", "0", "0", "x", "", "18446744073709551616"), options(
		option("MATCH", pattern), option("COUNT", one("count", "1", "2", "10", "1000", "0", "-1", "x")),
		option("TYPE", one("type", "string", "hash", "STRING", "nothing", "")), option("MATCH"), option("NOVALUES"),
	)}, ask: wholeScan},
	{name: "RANDOMKEY", ask: someKey},
	{name: "DBSIZE", ask: afterExpiry},
	{name: "SWAPDB", args: []words{database, database}},
	{name: "FLUSHDB", args: []words{options(option("ASYNC"), option("SYNC"), option("NOW"))}},
}

// within makes a comparison of two times that are left, or at which something happens: they may differ by as much as the
// two servers may be asked one after the other.
func within(most int64) func(redis, sessd string) bool {
	return func(redis, sessd string) bool {
		a, errA := strconv.ParseInt(strings.Trim(redis, ":\r\n"), 10, 64)
		b, errB := strconv.ParseInt(strings.Trim(sessd, ":\r\n"), 10, 64)
		return errA == nil && errB == nil && a > 0 && b > 0 && a-b < most && b-a < most
	}
}

// anyOrder sorts the elements of the reply.
func anyOrder(c *servertest.Conn, request []string) string {
	elements, rest := bulks(c.Do(request...))
	slices.Sort(elements)
	return fmt.Sprintf("%q %q", elements, rest)
}

// wholeScan goes on with a scan to its end and returns the keys, sorted and each once; how they are spread over the steps
// and the cursors between are each server's own.
func wholeScan(c *servertest.Conn, request []string) string {
	found, at := make(map[string]bool), 1 // of the cursor
	if !strings.EqualFold(request[0], "SCAN") {
		at = 2 // after a key
	}
	for {
		reply := c.Do(request...)
		var size int
		if _, err := fmt.Sscanf(reply, "*2\r\n$%d\r\n", &size); err != nil {
			return reply
		}
		begin := strings.Index(reply[4:], "\r\n") + 6
		cursor := reply[begin : begin+size]
		keys, _ := bulks(reply[begin+size+2:])
		for _, key := range keys {
			found[key] = true
		}
		if cursor == "0" {
			return fmt.Sprintf("%q", slices.Sorted(maps.Keys(found)))
		}
		request = slices.Clone(request)
		request[at] = cursor
	}
}

// afterExpiry asks after a scan: Redis counts a key that has expired until somebody comes across it.
func afterExpiry(c *servertest.Conn, request []string) string {
	c.Do("SCAN", "0", "COUNT", "1000")
	return c.Do(request...)
}

// someKey reports whether a key was answered.
func someKey(c *servertest.Conn, request []string) string {
	reply := c.Do(request...)
	if strings.HasPrefix(reply, "$") && reply != "$-1\r\n" {
		return "a key"
	}
	return reply
}
