package sortedsets

import (
	"sessd/commands"
	"sessd/store"
)

// form is what the name of a command on ranges says.
type form struct {
	by      store.RangeBy
	fixed   bool // neither BYSCORE, BYLEX nor REV may follow
	fromEnd bool
	stored  bool // WITHSCORES may not follow
}

// parseRange reads what follows the key of a command that shows a range.
func parseRange(words [][]byte, as form) (r store.SortedRange, withScores bool, err error) {
	r.By, r.FromEnd, r.Count = as.by, as.fromEnd, -1
	turned := as.fixed
	for rest := commands.Read(words[2:]); rest.More(); {
		word, _ := rest.Next()
		switch {
		case !as.stored && commands.Is(word, "WITHSCORES"):
			withScores = true
		case commands.Is(word, "LIMIT"):
			if r.Offset, r.Count, err = parseLimit(&rest); err != nil {
				return r, false, err
			}
		case !turned && !r.FromEnd && commands.Is(word, "REV"):
			r.FromEnd = true
		case !as.fixed && r.By == store.ByRank && commands.Is(word, "BYSCORE"):
			r.By = store.ByScore
		case !as.fixed && r.By == store.ByRank && commands.Is(word, "BYLEX"):
			r.By = store.ByLex
		default:
			return r, false, commands.ErrSyntax
		}
	}
	switch {
	case r.Count != -1 && r.By == store.ByRank:
		return r, false, errLimit
	case withScores && r.By == store.ByLex:
		return r, false, errLexScores
	}
	low, high := words[0], words[1]
	if r.FromEnd && r.By != store.ByRank {
		low, high = high, low
	}
	return r, withScores, parseBounds(&r, low, high)
}

// parseLimit reads an offset and a count; with one of them missing it is a syntax error, whatever the other is.
func parseLimit(rest *commands.ArgReader) (offset, count int64, err error) {
	first, err := rest.Next()
	if err != nil {
		return 0, 0, err
	}
	second, err := rest.Next()
	if err != nil {
		return 0, 0, err
	}
	both := commands.Read([][]byte{first, second})
	if offset, err = both.Integer(); err != nil {
		return 0, 0, err
	}
	count, err = both.Integer()
	return offset, count, err
}

// parseBounds reads the bounds of a range, the lesser one first.
func parseBounds(r *store.SortedRange, low, high []byte) (err error) {
	switch r.By {
	case store.ByRank:
		both := commands.Read([][]byte{low, high})
		if r.Start, err = both.Integer(); err == nil {
			r.Stop, err = both.Integer()
		}
	case store.ByScore:
		if r.Min, err = parseScoreBound(low); err == nil {
			r.Max, err = parseScoreBound(high)
		}
	case store.ByLex:
		if r.Min, err = parseLexBound(low); err == nil {
			r.Max, err = parseLexBound(high)
		}
	}
	return err
}

func (f *family) readForm(c *commands.Call, as form) error {
	r, withScores, err := parseRange(c.Args[1:], as)
	if err != nil {
		return err
	}
	s := showMembers
	if withScores {
		s = showPairs
	}
	return f.engine.ReadRange(c.Context, c.Op, c.Args[0], r, replyTo(c, s))
}

func (f *family) readRange(c *commands.Call) error { return f.readForm(c, form{}) }
func (f *family) revRange(c *commands.Call) error {
	return f.readForm(c, form{by: store.ByRank, fixed: true, fromEnd: true})
}
func (f *family) rangeByScore(c *commands.Call) error {
	return f.readForm(c, form{by: store.ByScore, fixed: true})
}
func (f *family) revRangeByScore(c *commands.Call) error {
	return f.readForm(c, form{by: store.ByScore, fixed: true, fromEnd: true})
}
func (f *family) rangeByLex(c *commands.Call) error {
	return f.readForm(c, form{by: store.ByLex, fixed: true})
}
func (f *family) revRangeByLex(c *commands.Call) error {
	return f.readForm(c, form{by: store.ByLex, fixed: true, fromEnd: true})
}

// answer answers with the number that use makes of a range.
func answer(c *commands.Call, by store.RangeBy, use func(r store.SortedRange) (int, error)) error {
	r := store.SortedRange{By: by, Count: -1}
	if err := parseBounds(&r, c.Args[1], c.Args[2]); err != nil {
		return err
	}
	n, err := use(r)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) count(c *commands.Call, by store.RangeBy) error {
	return answer(c, by, func(r store.SortedRange) (int, error) { return f.engine.CountRange(c.Context, c.Op, c.Args[0], r) })
}

func (f *family) removeRange(c *commands.Call, by store.RangeBy) error {
	return answer(c, by, func(r store.SortedRange) (int, error) { return f.engine.RemoveRange(c.Context, c.Op, c.Args[0], r) })
}

func (f *family) countByScore(c *commands.Call) error  { return f.count(c, store.ByScore) }
func (f *family) countByLex(c *commands.Call) error    { return f.count(c, store.ByLex) }
func (f *family) removeByRank(c *commands.Call) error  { return f.removeRange(c, store.ByRank) }
func (f *family) removeByScore(c *commands.Call) error { return f.removeRange(c, store.ByScore) }
func (f *family) removeByLex(c *commands.Call) error   { return f.removeRange(c, store.ByLex) }
