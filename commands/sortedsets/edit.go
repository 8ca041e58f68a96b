package sortedsets

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// addition is a parsed ZADD.
type addition struct {
	options store.ScoreOptions
	changes bool // CH
	members []store.Scored
}

// parseAdd reads what follows the key of ZADD. The members lie in the array of a slice, if there is room.
func parseAdd(words [][]byte, members []store.Scored) (a addition, err error) {
	o := &a.options
options:
	for ; len(words) > 0; words = words[1:] {
		switch word := words[0]; {
		case commands.Is(word, "NX"):
			o.IfAbsent = true
		case commands.Is(word, "XX"):
			o.IfPresent = true
		case commands.Is(word, "GT"):
			o.IfGreater = true
		case commands.Is(word, "LT"):
			o.IfLess = true
		case commands.Is(word, "CH"):
			a.changes = true
		case commands.Is(word, "INCR"):
			o.Add = true
		default:
			break options
		}
	}
	switch {
	case len(words) == 0 || len(words)%2 != 0:
		return a, commands.ErrSyntax
	case o.IfAbsent && o.IfPresent:
		return a, errBothXX
	case o.IfGreater && (o.IfAbsent || o.IfLess) || o.IfLess && o.IfAbsent:
		return a, errBothGT
	case o.Add && len(words) > 2:
		return a, errOnePair
	}
	a.members = slices.Grow(members, len(words)/2)
	for ; len(words) > 0; words = words[2:] {
		score, err := parseScore(words[0])
		if err != nil {
			return a, err
		}
		a.members = append(a.members, store.Scored{Member: words[1], Score: score})
	}
	return a, nil
}

func (f *family) add(c *commands.Call) error {
	one := &c.Scratch().(*scratch).one
	a, err := parseAdd(c.Args[1:], one[:0])
	if err != nil {
		return err
	}
	err = f.addMembers(c, &a)
	clear(one[:]) // its bytes are the request's
	return err
}

func (f *family) increment(c *commands.Call) error {
	score, err := parseScore(c.Args[1])
	if err != nil {
		return err
	}
	return f.addMembers(c, &addition{options: store.ScoreOptions{Add: true}, members: []store.Scored{{Member: c.Args[2], Score: score}}})
}

func (f *family) addMembers(c *commands.Call, a *addition) error {
	r, err := f.engine.AddScores(c.Context, c.Op, c.Args[0], a.members, a.options)
	switch {
	case err != nil:
		return err
	case a.options.Add && r.Done:
		c.Reply.Double(r.Score)
	case a.options.Add:
		c.Reply.Null()
	case a.changes:
		c.Reply.Int(int64(r.Added + r.Changed))
	default:
		c.Reply.Int(int64(r.Added))
	}
	return nil
}

func (f *family) remove(c *commands.Call) error {
	n, err := f.engine.RemoveMembers(c.Context, c.Op, c.Args[0], c.Args[1:])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) popMin(c *commands.Call) error { return f.pop(c, false) }
func (f *family) popMax(c *commands.Call) error { return f.pop(c, true) }

func (f *family) pop(c *commands.Call, fromEnd bool) error {
	s, count := showOne, int64(1)
	switch {
	case len(c.Args) > 2:
		return commands.ErrSyntax
	case len(c.Args) == 2:
		n, ok := store.ParseInt(c.Args[1])
		if !ok || n < 0 {
			return errCount
		}
		s, count = showPairs, n
	}
	mark := c.Reply.Mark()
	err := f.engine.PopMembers(c.Context, c.Op, c.Args[0], count, fromEnd, replyTo(c, s))
	if err != nil {
		c.Reply.Rewind(mark)
	}
	return err
}
