package differential

import (
	"slices"
	"strings"

	"sessd/server/servertest"
)

// The words of SORT: keys that hold elements, and keys to which these lead.
var (
	sortKey     = one("key", "l", "s", "z", "none", "w_1")
	sortElement = one("element", "1", "2", "3", "10", "-1", "2.5", "1e3", "1", "2", "3", "x", "", "inf", " 4", "0x10") // no zero byte, at which Redis ends a text that it compares; nor 1e400, after which it refuses every number
	sortValue   = one("value", "1", "2", "3", "10", "-1", "2.5", "x", "", "nan", "1\x00z", "1_0", "1 ")
	sortPattern = one("pattern", "w_*", "w_*", "h_*->f", "h_*->f", "#", "nosort", "*", "h_*->", "h_*->f->g", "w_*\x00->f", "*_w", "", "h_*->none")
	sortWeight  = one("weight", "w_1", "w_2", "w_3", "w_10", "w_-1", "w_x", "w_", "1_w", "2_w")
	sortHash    = one("hash", "h_1", "h_2", "h_3", "h_10", "h_x")
)

var sortRows = []row{
	{name: "RPUSH", args: []words{one("key", "l"), several(1, 4, sortElement)}},
	{name: "SADD", args: []words{one("key", "s"), several(1, 4, sortElement)}},
	{name: "ZADD", args: []words{one("key", "z"), several(1, 3, one("score", "1", "2", "-3", "0.5"), sortElement)}},
	{name: "SET", args: []words{sortWeight, sortValue}},
	{name: "SET", args: []words{sortWeight, sortValue}},
	{name: "HSET", args: []words{sortHash, several(1, 2, one("field", "f", "f->g", ""), sortValue)}},
	{name: "HSET", args: []words{sortWeight, one("field", "f"), sortValue}},
	{name: "DEL", args: []words{sortKey}},
	{name: "SORT", args: []words{sortKey, sortOptions}, ask: sortAlike},
	{name: "SORT", args: []words{sortKey, sortOptions}, ask: sortAlike},
	{name: "SORT", args: []words{sortKey, sortOptions, option("STORE", one("target", "d", "l"))}, ask: sortAndShow},
	{name: "SORT_RO", args: []words{sortKey, sortOptions}, ask: sortAlike},
}

var sortOptions = options(option("BY", sortPattern), option("GET", sortPattern), option("GET", sortPattern), option("DESC"), option("ASC"), option("ALPHA"), option("ALPHA"),
	option("LIMIT", limitWord, limitWord), option("STORE"), option("BY", one("pattern", "nosort")))

// sortAlike returns a reply as far as it is defined. The order of what is equal by a text under other keys is not, and of a
// set that is not to be sorted neither.
func sortAlike(c *servertest.Conn, request []string) string {
	forget(c)
	reply := c.Do(request...)
	said := func(word string) bool {
		return slices.ContainsFunc(request[2:], func(other string) bool { return strings.EqualFold(word, other) })
	}
	if len(request) < 3 || !said("BY") || !said("ALPHA") && request[1] != "s" {
		return reply
	}
	lines := strings.Split(reply, "\r\n")
	if said("LIMIT") {
		return lines[0]
	}
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

// sortAndShow stores, and shows what is stored where that has a defined order. Else it is removed.
func sortAndShow(c *servertest.Conn, request []string) string {
	forget(c)
	reply, target := c.Do(request...), request[len(request)-1]
	if slices.ContainsFunc(request, func(word string) bool { return strings.EqualFold(word, "BY") }) {
		c.Do("DEL", target)
		return reply
	}
	return reply + c.Do("LRANGE", target, "0", "-1")
}

// forget makes Redis forget that a number of an earlier request was out of range. Its SORT reads the errno that is left from then,
// and refuses elements that are numbers; a timeout that is none sets it to zero.
func forget(c *servertest.Conn) { c.Do("BLPOP", "none", "x") }
