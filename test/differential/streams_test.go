package differential

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The words of requests on streams: few ids, so that requests meet, and texts that Redis reads as ids in its own way.
var (
	streamID = one("id", "0", "1", "1-1", "1-2", "2-0", "2", "5-5", "0-0", "0-1", "9999999999999-7", "18446744073709551615-18446744073709551615",
		"18446744073709551615", "1-18446744073709551615", "18446744073709551616", "x", "", "-", "+", "1-", "-1", "1-*", "1--1", "1--0", " 5", "+5", "007", "5-x", "$",
		"2\x00x", "1-1-1", "1- 2", "(1")
	streamBound = one("bound", "-", "+", "(0", "(1-1", "(2-0", "(18446744073709551615-18446744073709551615", "(0-0", "(-", "(+", "(", "1", "1-1", "2-0", "5", "0", "x", "", "9999999999999")
	newID       = one("new id", "1-*", "2-*", "5-*", "0-*", "1-1", "1-2", "2-0", "2-1", "3-3", "5", "6-0", "7-1", "8-8", "9-9", "9999999999999-7", "18446744073709551615-*",
		"0-0", "0-1", "x", "-", "+", "1-x", "(1", "*-1", "")
	threshold = one("threshold", "0", "1", "2", "3", "100", "-1", "x", "", "1-1", "2-0", "9223372036854775807", "9223372036854775808")
	trimBy    = one("trim", "MAXLEN", "MINID", "maxlen", "minid")
	trimMark  = maybe(one("mark", "=", "~", "~", "=", "!"))
	trimLimit = option("LIMIT", one("limit", "0", "1", "10", "100", "-1", "x", ""))
	trimRule  = words(func(t *rapid.T, step int) []string {
		all := trimBy(t, step)
		for _, make := range []words{trimMark, threshold} {
			all = append(all, make(t, step)...)
		}
		return all
	})
	listCount = option("COUNT", one("count", "0", "1", "2", "10", "-1", "x", "9223372036854775807", ""))
)

var streamRows = []row{
	{name: "XADD", args: []words{key, maybe(options(trimRule, trimLimit, option("NOMKSTREAM"))), newID, several(1, 3, field, value)}, same: sameRefusal},
	{name: "XADD", args: []words{key, newID, several(1, 2, field, value)}, same: sameRefusal},
	{name: "XADD", args: []words{key, newID, several(1, 2, field, value)}, same: sameRefusal},
	{name: "XLEN", args: []words{key}},
	{name: "XRANGE", args: []words{key, streamBound, streamBound, maybe(options(listCount))}},
	{name: "XREVRANGE", args: []words{key, streamBound, streamBound, maybe(options(listCount))}},
	{name: "XRANGE", args: []words{key, one("all", "-"), one("all", "+")}},
	{name: "XDEL", args: []words{key, several(1, 3, streamID)}},
	{name: "XTRIM", args: []words{key, trimRule, maybe(options(trimLimit, trimRule))}},
	{name: "XREAD", args: []words{options(listCount, option("NOACK"), option("GROUP", one("group", "g"), one("consumer", "c"))), option("STREAMS", key, streamID)}},
	{name: "XREAD", args: []words{maybe(listCount), option("STREAMS", several(1, 2, key), several(1, 2, streamID))}},
	{name: "XSETID", args: []words{key, streamID, options(option("ENTRIESADDED", one("added", "0", "1", "5", "100", "-1", "x")), option("MAXDELETEDID", streamID))}},
	{name: "XINFO", args: []words{option("STREAM", key, maybe(option("FULL", maybe(listCount))))}, same: sameButNodes},
	{name: "XINFO", args: []words{option("GROUPS", key)}},
	{name: "XINFO", args: []words{option("CONSUMERS", key, one("group", "g"))}},
	{name: "XGROUP", args: []words{one("of a group", "SETID", "setid"), key, one("group", "g"), streamID}},
	{name: "XGROUP", args: []words{one("of a group", "DESTROY"), key, one("group", "g")}},
	{name: "XGROUP", args: []words{one("of a group", "CREATECONSUMER", "delconsumer"), key, one("group", "g"), one("consumer", "c")}},
	{name: "XACK", args: []words{key, one("group", "g"), streamID}},
	{name: "XPENDING", args: []words{key, one("group", "g"), maybe(several(1, 1, streamBound, streamBound, one("count", "1", "x", "-1")))}},
	{name: "XCLAIM", args: []words{key, one("group", "g"), one("consumer", "c"), one("idle", "0"), streamID}},
	{name: "XAUTOCLAIM", args: []words{key, one("group", "g"), one("consumer", "c"), one("idle", "0", "x"), streamBound, maybe(options(listCount, option("JUSTID")))}},
	{name: "XREADGROUP", args: []words{option("GROUP", one("group", "g"), one("consumer", "c")), options(listCount, option("NOACK")), option("STREAMS", key, one("id", ">", "0"))}},
}

// TestStreams sends requests on streams alone, so that they meet more often.
func TestStreams(t *testing.T) {
	for _, protocol := range []string{"2", "3"} {
		t.Run("RESP"+protocol, func(t *testing.T) { compare(t, protocol, slices.Values(streamRows)) })
	}
}

// radixTree is what XINFO STREAM says of Redis's tree, which sessd does not have.
var radixTree = regexp.MustCompile(`(radix-tree-(keys|nodes)\r\n:)\d+`)

func sameButNodes(redis, sessd string) bool {
	return radixTree.ReplaceAllString(redis, "$1") == radixTree.ReplaceAllString(sessd, "$1")
}

// sameRefusal is for a time of which the stream has the last id there is: Redis 7.0 returns its error without a cause, and
// answers with whatever cause an error before had.
func sameRefusal(redis, sessd string) bool {
	return redis == "-ERR Elements are too large to be stored\r\n" &&
		sessd == "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n"
}
