package differential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// setMember draws a member of a set: few, so that requests meet.
var setMember = one("member", "m", "n", "o", "", "12", "a member", "bin\r\n\x00\xff")

// setCount draws a count of members. Negative ones are near 0 or refused: Redis answers as many as it is asked for.
var setCount = one("count", "0", "100", "9223372036854775807", "-1", "-3", "-9223372036854775808", "9223372036854775808",
	"-9223372036854775809", "x", "", "1.0")

var setRows = []row{
	{name: "SADD", args: []words{key, several(1, 4, setMember)}},
	{name: "SREM", args: []words{key, several(1, 3, setMember)}},
	{name: "SCARD", args: []words{key}},
	{name: "SISMEMBER", args: []words{key, setMember}},
	{name: "SMISMEMBER", args: []words{key, several(1, 4, setMember)}},
	{name: "SMEMBERS", args: []words{key}, ask: setInAnyOrder},
	// What is popped at random differs, so pops take all or the same as nothing.
	{name: "SPOP", args: []words{key, one("count", "0", "100", "9223372036854775807", "-1", "-9223372036854775808", "9223372036854775808", "x", "")}, ask: popsAlike},
	{name: "SRANDMEMBER", args: []words{key, maybe(several(1, 1, setCount))}, ask: someMembers},
	{name: "SSCAN", args: []words{key, one("cursor", "0", "0", "0", "x", "", "18446744073709551616"), options(
		option("MATCH", pattern), option("COUNT", one("count", "1", "2", "10", "1000", "9223372036854775807", "0", "-1", "x")), option("TYPE"),
	)}, ask: wholeScan},
	{name: "SMOVE", args: []words{key, key, setMember}},
	{name: "SINTER", args: []words{several(1, 4, key)}, ask: setInAnyOrder},
	{name: "SUNION", args: []words{several(1, 4, key)}, ask: setInAnyOrder},
	{name: "SDIFF", args: []words{several(1, 4, key)}, ask: setInAnyOrder},
	{name: "SINTERSTORE", args: []words{key, several(1, 4, key)}},
	{name: "SUNIONSTORE", args: []words{key, several(1, 4, key)}},
	{name: "SDIFFSTORE", args: []words{key, several(1, 4, key)}},
	{name: "SINTERCARD", args: []words{countedKeys, maybe(option("limit", one("limit", "0", "1", "2", "-1", "9223372036854775807", "x", "")))}},
}

// countedKeys draws keys after their number, which is at times another one.
var countedKeys = func(t *rapid.T, step int) []string {
	keys := several(1, 3, key)(t, step)
	n := strconv.Itoa(len(keys))
	if rapid.IntRange(0, 9).Draw(t, "wrong number") == 9 {
		n = rapid.SampledFrom([]string{"0", "-1", "1", "4", "1000", "x", "", "9223372036854775806", "9223372036854775808"}).Draw(t, "number")
	}
	return append([]string{n}, keys...)
}

// setInAnyOrder sorts the elements of a set, or of an array that stands for one.
func setInAnyOrder(c *servertest.Conn, request []string) string {
	reply := c.Do(request...)
	flat := reply
	if rest, isSet := strings.CutPrefix(reply, "~"); isSet {
		flat = "*" + rest
	}
	elements, rest := bulks(flat)
	slices.Sort(elements)
	return fmt.Sprintf("%.1s %q %q", reply, elements, rest)
}

// popsAlike pops, but not a single member, which the two servers would choose differently.
func popsAlike(c *servertest.Conn, request []string) string {
	if len(request) == 2 {
		request = append(request, "100")
	}
	return setInAnyOrder(c, request)
}

// someMembers returns the form of a reply of members at random: all in order where all are asked for, and else the line
// that says how many there are.
func someMembers(c *servertest.Conn, request []string) string {
	reply := c.Do(request...)
	if strings.HasPrefix(reply, "-") || reply == "$-1\r\n" || reply == "_\r\n" {
		return reply
	}
	if len(request) == 2 {
		return "a member"
	}
	lines := strings.Split(reply, "\r\n")
	if strings.HasPrefix(request[2], "-") {
		return lines[0]
	}
	slices.Sort(lines)
	return fmt.Sprintf("%q", lines)
}
