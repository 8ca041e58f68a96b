package differential

import (
	"strings"

	"sessd/server/servertest"
)

// The words of requests on sorted sets: few members and scores, so that requests meet.
var (
	member     = one("member", "a", "b", "c", "", "a member", "bin\r\n\x00\xff")
	score      = one("score", "0", "1", "2", "-1", "1.5", "3.3", "1e3", "-0", "inf", "-inf", "+Infinity", "0x10", "1e17", "1e400", "1e-400", "5e-324", "nan", "x", "", " 1", "1_0")
	scoreBound = one("bound", "0", "(0", "1", "(1", "2", "-1", "-inf", "+inf", "(inf", "(-inf", "1.5", "( 1", "", "(", "x", "nan", "1e400", "0x1", "1\x002")
	lexBound   = one("bound", "-", "+", "[a", "(a", "[b", "(c", "[", "(", "a", "")
	rankBound  = one("rank", "0", "1", "2", "-1", "-2", "5", "-9223372036854775808", "9223372036854775807", "x", "9223372036854775808")
	limitWord  = one("limit", "0", "1", "2", "-1", "9223372036854775807", "-9223372036854775808", "x")
	limit      = option("LIMIT", limitWord, limitWord)
	flagOf     = one("flag", "NX", "XX", "gt", "LT", "CH", "INCR", "CH")
)

var sortedRows = []row{
	{name: "ZADD", args: []words{key, several(1, 4, score, member)}},
	{name: "ZADD", args: []words{key, several(1, 4, score, member)}},
	{name: "ZADD", args: []words{key, several(1, 2, flagOf), several(1, 2, score, member)}},
	{name: "ZINCRBY", args: []words{key, score, member}},
	{name: "ZREM", args: []words{key, several(1, 3, member)}},
	{name: "ZCARD", args: []words{key}},
	{name: "ZSCORE", args: []words{key, member}},
	{name: "ZMSCORE", args: []words{key, several(1, 4, member)}},
	{name: "ZRANK", args: []words{key, member}, same: longerLater},
	{name: "ZREVRANK", args: []words{key, member}, same: longerLater},
	{name: "ZCOUNT", args: []words{key, scoreBound, scoreBound}},
	{name: "ZRANGE", args: []words{key, rankBound, rankBound, options(option("REV"), option("WITHSCORES"), limit)}},
	{name: "ZRANGE", args: []words{key, scoreBound, scoreBound, one("by", "BYSCORE"), options(option("REV"), option("WITHSCORES"), limit)}},
	{name: "ZREVRANGE", args: []words{key, rankBound, rankBound, options(option("WITHSCORES"), option("REV"))}},
	{name: "ZRANGEBYSCORE", args: []words{key, scoreBound, scoreBound, options(option("WITHSCORES"), limit)}},
	{name: "ZREVRANGEBYSCORE", args: []words{key, scoreBound, scoreBound, options(option("WITHSCORES"), limit)}},
	{name: "ZREMRANGEBYRANK", args: []words{key, rankBound, rankBound}},
	{name: "ZREMRANGEBYSCORE", args: []words{key, scoreBound, scoreBound}},
	{name: "ZPOPMIN", args: []words{key, maybe(limitWord)}},
	{name: "ZPOPMAX", args: []words{key, maybe(limitWord)}},
	{name: "ZSCAN", args: []words{key, one("cursor", "0", "0", "0", "x"), options(option("MATCH", pattern), option("COUNT", limitWord))}, ask: wholeHashScan},
	{name: "ZRANGESTORE", args: []words{key, key, rankBound, rankBound, options(option("REV"), option("WITHSCORES"), limit)}},
	{name: "ZRANGESTORE", args: []words{key, key, scoreBound, scoreBound, one("by", "BYSCORE"), options(option("REV"), limit)}},
	{name: "ZRANDMEMBER", args: []words{key, setCount, maybe(option("WITHSCORES"))}, ask: scoredAtRandom},
	{name: "ZMPOP", args: []words{countedKeys, one("end", "MIN", "max", "MAX", "x"), options(option("COUNT", one("count", "1", "2", "0", "-1", "x", "9223372036854775807")))}},
	{name: "ZUNION", args: []words{countedKeys, options(weights, aggregate, option("WITHSCORES"))}},
	{name: "ZINTER", args: []words{countedKeys, options(weights, aggregate, option("WITHSCORES"))}},
	{name: "ZDIFF", args: []words{countedKeys, options(option("WITHSCORES"), weights)}},
	{name: "ZUNIONSTORE", args: []words{key, countedKeys, options(weights, aggregate, option("WITHSCORES"))}},
	{name: "ZINTERSTORE", args: []words{key, countedKeys, options(weights, aggregate)}},
	{name: "ZDIFFSTORE", args: []words{key, countedKeys, options(aggregate)}},
	{name: "ZINTERCARD", args: []words{countedKeys, options(option("LIMIT", limitWord))}},
	// Ranges by member are defined where all scores are equal, so these have keys of their own.
	{name: "ZADD", args: []words{lexKey, several(1, 4, one("score", "0"), member)}},
	{name: "ZRANGE", args: []words{lexKey, lexBound, lexBound, one("by", "BYLEX"), options(option("REV"), option("WITHSCORES"), limit)}},
	{name: "ZRANGEBYLEX", args: []words{lexKey, lexBound, lexBound, options(limit)}},
	{name: "ZREVRANGEBYLEX", args: []words{lexKey, lexBound, lexBound, options(limit)}},
	{name: "ZLEXCOUNT", args: []words{lexKey, lexBound, lexBound}},
	{name: "ZREMRANGEBYLEX", args: []words{lexKey, lexBound, lexBound}},
}

// The options of combinations. There are as many weights as keys, or not.
var (
	weights   = option("WEIGHTS", several(1, 3, one("weight", "1", "2", "0", "-1", "0.5", "inf", "-inf", "nan", "x", "1e400", "-0")))
	aggregate = option("AGGREGATE", one("how", "SUM", "min", "MAX", "avg", ""))
)

// longerLater takes a word too many for what it is since Redis 7.2: an option that is none.
func longerLater(redis, sessd string) bool {
	return strings.HasPrefix(redis, "-ERR wrong number of arguments") && sessd == "-ERR syntax error\r\n"
}

// scoredAtRandom returns the form of a reply of members at random, as someMembers does.
func scoredAtRandom(c *servertest.Conn, request []string) string {
	if len(request) == 2 {
		request = append(request, "9223372036854775807") // all of them
	}
	return someMembers(c, request)
}

var lexKey = one("lex key", "lex", "names")
