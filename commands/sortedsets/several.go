package sortedsets

import (
	"sessd/commands"
	"sessd/store"
)

// The errors of commands on several sorted sets, and of members at random.
const (
	errNumKeys    commands.Error = "ERR numkeys should be greater than 0"
	errPopCount   commands.Error = "ERR count should be greater than 0"
	errDrawn      commands.Error = "ERR value is out of range"
	errLeastDrawn commands.Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)

func (f *family) severalSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
			Summary: "Stores the members of a range of ranks, scores or names under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Since: "1.0.0", Run: f.storeRange,
			Keys:    []commands.KeySpec{{Access: commands.OW | commands.Update, Begin: 1}, {Access: commands.RO | commands.Access, Begin: 2}},
			Example: `ZADD k 1 ada 2 bob; ZRANGESTORE l k 1 -1 -> 1`,
		},
		{
			Usage:   "ZRANDMEMBER key [count [WITHSCORES]]",
			Summary: "Returns a member at random, or several different ones; with a negative count, each may come again.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.random, Heavy: commands.HeavyRandom,
			Example: `ZADD k 1 ada; ZRANDMEMBER k 5 WITHSCORES -> [["ada",1]]`,
		},
		{
			Usage:   "ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count]",
			Summary: "Removes the members with the least or greatest scores from the first sorted set of several and returns them.",
			Flags:   commands.Write, Since: "1.0.0", Run: f.popFirst,
			Keys:    []commands.KeySpec{{Access: commands.RW | commands.Access | commands.Delete, Begin: 1, Counted: true}},
			Example: `ZADD k 1 ada 2 bob; ZMPOP 2 none k MIN -> ["k",[["ada",1]]]`,
		},
	}
}

func (f *family) storeRange(c *commands.Call) error {
	r, _, err := parseRange(c.Args[2:], form{stored: true})
	if err != nil {
		return err
	}
	n, err := f.engine.StoreRange(c.Context, c.Op, c.Args[0], c.Args[1], r)
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

// mostDrawn is the greatest number of members that are drawn for one reply. Redis goes on until its memory or the limit of
// the client's output ends, so nobody lives on more.
const mostDrawn = 1 << 20

// parseRandom reads what follows the key of ZRANDMEMBER.
func parseRandom(words [][]byte) (count int64, withScores bool, err error) {
	rest := commands.Read(words)
	if count, err = rest.Integer(); err != nil {
		return 0, false, err
	}
	const most = 1<<63 - 1
	if count < -most {
		return 0, false, errLeastDrawn
	}
	if rest.More() {
		word, _ := rest.Next()
		switch {
		case rest.More() || !commands.Is(word, "WITHSCORES"):
			return 0, false, commands.ErrSyntax
		case count < -most/2 || count > most/2:
			return 0, false, errDrawn
		}
		withScores = true
	}
	if count < -mostDrawn {
		return 0, false, errDrawn
	}
	return count, withScores, nil
}

func (f *family) random(c *commands.Call) error {
	if len(c.Args) == 1 {
		return f.engine.RandomMembers(c.Context, c.Op, c.Args[0], 1, replyTo(c, showAny))
	}
	count, withScores, err := parseRandom(c.Args[1:])
	if err != nil {
		return err
	}
	s := showMembers
	if withScores {
		s = showPairs
	}
	return f.engine.RandomMembers(c.Context, c.Op, c.Args[0], count, replyTo(c, s))
}

// pop is a parsed pop from the first of several sorted sets.
type pop struct {
	keys    [][]byte
	fromEnd bool
	count   int64
}

// parsePop reads the words of ZMPOP, or those of BZMPOP that follow the timeout.
func parsePop(words [][]byte) (p pop, err error) {
	n, ok := store.ParseInt(words[0])
	switch {
	case !ok || n < 1:
		return p, errNumKeys
	case n >= int64(len(words)-1):
		return p, commands.ErrSyntax
	}
	p.keys, words = words[1:1+n], words[1+n:]
	switch {
	case commands.Is(words[0], "MAX"):
		p.fromEnd = true
	case !commands.Is(words[0], "MIN"):
		return p, commands.ErrSyntax
	}
	p.count = 1
	if words = words[1:]; len(words) == 0 {
		return p, nil
	}
	if !commands.Is(words[0], "COUNT") || len(words) < 2 {
		return p, commands.ErrSyntax
	}
	if p.count, ok = store.ParseInt(words[1]); !ok || p.count < 1 {
		return p, errPopCount
	}
	if len(words) > 2 {
		return p, commands.ErrSyntax
	}
	return p, nil
}

// popAny pops from the first sorted set and answers with its key and the members, and reports whether there was one.
func (f *family) popAny(c *commands.Call, p *pop, s show) (popped bool, err error) {
	mark := c.Reply.Mark()
	defer func() { c.Scratch().(*scratch).sorted.key = nil }()
	err = f.engine.PopFirst(c.Context, c.Op, p.keys, p.count, p.fromEnd, func(at int) store.SortedVisitor {
		popped = true
		v := replyTo(c, s)
		v.key = p.keys[at]
		return v
	})
	if err != nil {
		c.Reply.Rewind(mark)
	}
	return popped, err
}

func (f *family) popFirst(c *commands.Call) error {
	p, err := parsePop(c.Args)
	if err != nil {
		return err
	}
	popped, err := f.popAny(c, &p, showNested)
	if err == nil && !popped {
		c.Reply.NullArray()
	}
	return err
}
