package differential

import "pgregory.net/rapid"

// element draws an element of a list: few, so that equal ones meet.
var element = one("element", "x", "y", "x", "", "12", "an element", "bin\r\n\x00\xff")

// count draws how many elements, in any form.
var count = one("count", "0", "1", "1", "2", "3", "100", "-1", "-2", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "x", "", "1.0")

// rank leaves out the least integer, which Redis takes before 7.2 and refuses since.
var rank = one("rank", "1", "1", "2", "3", "-1", "-2", "0", "9223372036854775807", "-9223372036854775807", "9223372036854775808", "x", "")

var listEnd = one("end", "LEFT", "RIGHT", "left", "Right", "LEFT", "RIGHT", "UP", "")

// poppedKeys draws numkeys and keys, mostly as many.
var poppedKeys = oneOf(
	several(1, 1, one("numkeys", "1"), key), several(1, 1, one("numkeys", "2"), key, key), several(1, 1, one("numkeys", "3"), key, key, key),
	several(1, 1, one("numkeys", "0", "-1", "2", "x", "9223372036854775807"), key),
)

var popOptions = options(option("COUNT", count))

var listRows = []row{
	{name: "LPUSH", args: []words{key, several(1, 4, element)}},
	{name: "RPUSH", args: []words{key, several(1, 4, element)}},
	{name: "LPUSHX", args: []words{key, several(1, 2, element)}},
	{name: "RPUSHX", args: []words{key, several(1, 2, element)}},
	{name: "LPOP", args: []words{key, maybe(count)}},
	{name: "RPOP", args: []words{key, maybe(count)}},
	{name: "LLEN", args: []words{key}},
	{name: "LRANGE", args: []words{key, index, index}},
	{name: "LRANGE", args: []words{key, one("start", "0"), one("stop", "-1")}},
	{name: "LINDEX", args: []words{key, index}},
	{name: "LSET", args: []words{key, index, element}},
	{name: "LINSERT", args: []words{key, one("where", "BEFORE", "AFTER", "after", "BESIDE"), element, element}},
	{name: "LREM", args: []words{key, count, element}},
	{name: "LTRIM", args: []words{key, index, index}},
	{name: "LPOS", args: []words{key, element, options(option("RANK", rank), option("COUNT", count), option("MAXLEN", count), option("MINLEN"))}},
	{name: "LMOVE", args: []words{key, key, listEnd, listEnd}},
	{name: "RPOPLPUSH", args: []words{key, key}},
	{name: "LMPOP", args: []words{poppedKeys, listEnd, popOptions}},
}

// oneOf draws the words of one of several.
func oneOf(of ...words) words {
	return func(t *rapid.T, step int) []string { return rapid.SampledFrom(of).Draw(t, "form")(t, step) }
}
