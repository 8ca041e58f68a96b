package sortedsets

import "sessd/commands"

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
			Summary: "Gives members of a sorted set scores and returns how many are new, with CH how many changed, with INCR the score.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.add,
			Example: `ZADD k 1 ada 2 bob -> 2`,
		},
		{
			Usage:   "ZINCRBY key increment member",
			Summary: "Adds to the score of a member.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.increment,
			Example: `ZADD k 1 ada; ZINCRBY k 2 ada -> 3`,
		},
		{
			Usage:   "ZREM key member [member ...]",
			Summary: "Removes members, and the sorted set with its last one, and returns how many there were.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.remove,
			Example: `ZADD k 1 ada; ZREM k ada bob -> 1`,
		},
		{
			Usage:   "ZCARD key",
			Summary: "Returns the number of members.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.size,
			Example: `ZADD k 1 ada 2 bob; ZCARD k -> 2`,
		},
		{
			Usage:   "ZSCORE key member",
			Summary: "Returns the score of a member.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.score,
			Example: `ZADD k 1.5 ada; ZSCORE k ada -> 1.5`,
		},
		{
			Usage:   "ZMSCORE key member [member ...]",
			Summary: "Returns the scores of several members, null for those that are not there.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.scores,
			Example: `ZADD k 1.5 ada; ZMSCORE k ada bob -> [1.5,null]`,
		},
		{
			Usage:   "ZRANK key member [WITHSCORE]",
			Summary: "Returns how many members are before one.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.rank,
			Example: `ZADD k 1 ada 2 bob; ZRANK k bob -> 1`,
		},
		{
			Usage:   "ZREVRANK key member [WITHSCORE]",
			Summary: "Returns how many members are after one.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.revRank,
			Example: `ZADD k 1 ada 2 bob; ZREVRANK k bob -> 0`,
		},
		{
			Usage:   "ZCOUNT key min max",
			Summary: "Returns the number of members with scores within bounds; ( before a bound excludes it.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.countByScore,
			Example: `ZADD k 1 ada 2 bob; ZCOUNT k (1 +inf -> 1`,
		},
		{
			Usage:   "ZLEXCOUNT key min max",
			Summary: "Returns the number of members between two names, where all scores are equal.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.countByLex,
			Example: `ZADD k 0 a 0 b; ZLEXCOUNT k (a + -> 1`,
		},
		{
			Usage:   "ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
			Summary: "Returns the members of a range of ranks, scores or names.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.readRange,
			Example: `ZADD k 1 ada 2 bob; ZRANGE k 0 -1 REV -> ["bob","ada"]`,
		},
		{
			Usage:   "ZREVRANGE key start stop [WITHSCORES]",
			Summary: "Returns the members of a range of ranks, from the greatest score to the least.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.revRange,
			Example: `ZADD k 1 ada 2 bob; ZREVRANGE k 0 0 -> ["bob"]`,
		},
		{
			Usage:   "ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]",
			Summary: "Returns the members with scores within bounds.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.rangeByScore,
			Example: `ZADD k 1 ada 2 bob; ZRANGEBYSCORE k 2 +inf -> ["bob"]`,
		},
		{
			Usage:   "ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]",
			Summary: "Returns the members with scores within bounds, from the greatest to the least.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.revRangeByScore,
			Example: `ZADD k 1 ada 2 bob; ZREVRANGEBYSCORE k 2 1 -> ["bob","ada"]`,
		},
		{
			Usage:   "ZRANGEBYLEX key min max [LIMIT offset count]",
			Summary: "Returns the members between two names, where all scores are equal.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.rangeByLex,
			Example: `ZADD k 0 a 0 b; ZRANGEBYLEX k [b + -> ["b"]`,
		},
		{
			Usage:   "ZREVRANGEBYLEX key max min [LIMIT offset count]",
			Summary: "Returns the members between two names from the last to the first, where all scores are equal.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.revRangeByLex,
			Example: `ZADD k 0 a 0 b; ZREVRANGEBYLEX k + - -> ["b","a"]`,
		},
		{
			Usage:   "ZREMRANGEBYRANK key start stop",
			Summary: "Removes the members of a range of ranks and returns how many there were.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.removeByRank,
			Example: `ZADD k 1 ada 2 bob; ZREMRANGEBYRANK k 0 0 -> 1`,
		},
		{
			Usage:   "ZREMRANGEBYSCORE key min max",
			Summary: "Removes the members with scores within bounds and returns how many there were.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.removeByScore,
			Example: `ZADD k 1 ada 2 bob; ZREMRANGEBYSCORE k -inf (2 -> 1`,
		},
		{
			Usage:   "ZREMRANGEBYLEX key min max",
			Summary: "Removes the members between two names, where all scores are equal, and returns how many there were.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.removeByLex,
			Example: `ZADD k 0 a 0 b; ZREMRANGEBYLEX k - [a -> 1`,
		},
		{
			Usage:   "ZPOPMIN key [count]",
			Summary: "Removes the members with the least scores and returns them.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Access | commands.Delete, Since: "1.0.0", Run: f.popMin,
			Example: `ZADD k 1 ada 2 bob; ZPOPMIN k -> ["ada",1]`,
		},
		{
			Usage:   "ZPOPMAX key [count]",
			Summary: "Removes the members with the greatest scores and returns them.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Access | commands.Delete, Since: "1.0.0", Run: f.popMax,
			Example: `ZADD k 1 ada 2 bob; ZPOPMAX k -> ["bob",2]`,
		},
		{
			Usage:   "ZSCAN key cursor [MATCH pattern] [COUNT count]",
			Summary: "Visits members and scores step by step; a round begins and ends with cursor 0.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.scan, Heavy: commands.HeavyScan,
			Example: `ZADD k 1 ada; ZSCAN k 0 -> ["0",["ada","1"]]`,
		},
	}
}
