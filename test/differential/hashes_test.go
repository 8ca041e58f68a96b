package differential

import (
	"fmt"
	"slices"
	"strings"

	"sessd/server/servertest"
)

// field draws the name of a field: few, so that requests meet.
var field = one("field", "f", "g", "h", "", "a field", "bin\r\n\x00\xff")

var hashRows = []row{
	{name: "HSET", args: []words{key, several(1, 4, field, value)}},
	{name: "HMSET", args: []words{key, several(1, 3, field, value)}},
	{name: "HSETNX", args: []words{key, field, value}},
	{name: "HGET", args: []words{key, field}},
	{name: "HMGET", args: []words{key, several(1, 4, field)}},
	{name: "HGETALL", args: []words{key}, ask: pairsInAnyOrder},
	{name: "HDEL", args: []words{key, several(1, 3, field)}},
	{name: "HLEN", args: []words{key}},
	{name: "HEXISTS", args: []words{key, field}},
	{name: "HSTRLEN", args: []words{key, field}},
	{name: "HKEYS", args: []words{key}, ask: anyOrder},
	{name: "HVALS", args: []words{key}, ask: anyOrder},
	{name: "HINCRBY", args: []words{key, field, integer}},
	{name: "HINCRBYFLOAT", args: []words{key, field, float}},
	{name: "HRANDFIELD", args: []words{key, maybe(several(1, 1, fields, maybe(one("with", "WITHVALUES", "withvalues", "VALUES"))))}, ask: someFields},
	{name: "HSCAN", args: []words{key, one("cursor", "0", "0", "0", "x", "", "18446744073709551616"), options(
		option("MATCH", pattern), option("COUNT", one("count", "1", "2", "10", "1000", "9223372036854775807", "0", "-1", "x")), option("TYPE"),
	)}, ask: wholeHashScan},
}

// fields draws a count of fields. Negative ones are near 0 or refused: Redis answers as many as it is asked for.
var fields = one("count", "0", "1", "3", "100", "9223372036854775807", "4611686018427387904", "4611686018427387903", "-1", "-3", "-9223372036854775808",
	"9223372036854775808", "-9223372036854775809", "x", "", "1.0")

// pairsInAnyOrder sorts the pairs of a map, or of an array that stands for one.
func pairsInAnyOrder(c *servertest.Conn, request []string) string {
	reply := c.Do(request...)
	flat := reply
	if rest, isMap := strings.CutPrefix(reply, "%"); isMap {
		var n int
		if _, err := fmt.Sscanf(rest, "%d\r\n", &n); err != nil {
			return reply
		}
		_, after, _ := strings.Cut(rest, "\r\n")
		flat = fmt.Sprintf("*%d\r\n%s", 2*n, after)
	}
	elements, rest := bulks(flat)
	return fmt.Sprintf("%.1s %q %q", reply, sortedPairs(elements), rest)
}

// sortedPairs joins elements two by two and sorts the pairs.
func sortedPairs(elements []string) (pairs []string) {
	for pair := range slices.Chunk(elements, 2) {
		pairs = append(pairs, fmt.Sprintf("%q", pair))
	}
	slices.Sort(pairs)
	return pairs
}

// wholeHashScan goes on with a scan to its end and returns the pairs, sorted and each once.
func wholeHashScan(c *servertest.Conn, request []string) string {
	var all []string
	for {
		reply := c.Do(request...)
		var size int
		if _, err := fmt.Sscanf(reply, "*2\r\n$%d\r\n", &size); err != nil {
			return reply
		}
		begin := strings.Index(reply[4:], "\r\n") + 6
		elements, rest := bulks(reply[begin+size+2:])
		if rest != "" {
			return reply
		}
		all = append(all, sortedPairs(elements)...)
		if cursor := reply[begin : begin+size]; cursor != "0" {
			request = append([]string{request[0], request[1], cursor}, request[3:]...)
			continue
		}
		slices.Sort(all)
		return fmt.Sprint(slices.Compact(all))
	}
}

// someFields returns the form of a reply of fields at random: all lines in order where all fields are asked for, and else
// the line that says how many there are.
func someFields(c *servertest.Conn, request []string) string {
	reply := c.Do(request...)
	if strings.HasPrefix(reply, "-") || reply == "$-1\r\n" || reply == "_\r\n" {
		return reply
	}
	count := ""
	if len(request) > 2 {
		count = request[2]
	}
	lines := strings.Split(reply, "\r\n")
	switch {
	case len(count) > 2 && count[0] != '-':
		slices.Sort(lines)
		return fmt.Sprintf("%q", lines)
	case count == "":
		return "a field"
	}
	return fmt.Sprint(lines[0], " ", strings.Count(reply, "*"))
}
