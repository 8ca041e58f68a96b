package lists

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

func (f *family) leftPush(c *commands.Call) error   { return f.push(c, store.ListHead, false) }
func (f *family) rightPush(c *commands.Call) error  { return f.push(c, store.ListTail, false) }
func (f *family) leftPushX(c *commands.Call) error  { return f.push(c, store.ListHead, true) }
func (f *family) rightPushX(c *commands.Call) error { return f.push(c, store.ListTail, true) }

func (f *family) push(c *commands.Call, at store.ListEnd, ifPresent bool) error {
	n, err := f.engine.PushList(c.Context, c.Op, c.Args[0], c.Args[1:], at, ifPresent)
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

func (f *family) leftPop(c *commands.Call) error  { return f.pop(c, store.ListHead) }
func (f *family) rightPop(c *commands.Call) error { return f.pop(c, store.ListTail) }

func (f *family) pop(c *commands.Call, at store.ListEnd) error {
	count, s := int64(1), showOne
	switch len(c.Args) {
	case 1:
	case 2:
		var ok bool
		if count, ok = store.ParseInt(c.Args[1]); !ok || count < 0 {
			return commands.ErrNotPositive
		}
		s = showAll
	default:
		return commands.ErrArity(c.Command.Name)
	}
	found, err := f.engine.PopList(c.Context, c.Op, c.Args[:1], count, at, replyTo(c, s))
	switch {
	case err != nil || found:
	case s == showAll:
		c.Reply.NullArray()
	default:
		c.Reply.Null()
	}
	return err
}

func (f *family) set(c *commands.Call) error {
	index, ok := store.ParseInt(c.Args[1])
	if !ok {
		return f.wrongIndex(c, commands.ErrNoKey)
	}
	err := f.engine.SetElement(c.Context, c.Op, c.Args[0], index, c.Args[2])
	if err == nil {
		c.Reply.Status("OK")
	}
	return err
}

// wrongIndex is for an index that is no integer. As in Redis that counts where there is a list; else none is returned.
func (f *family) wrongIndex(c *commands.Call, none error) error {
	switch n, err := f.engine.ListLength(c.Context, c.Op, c.Args[0]); {
	case err != nil:
		return err
	case n == 0:
		return none
	}
	return commands.ErrNotInteger
}

func (f *family) insert(c *commands.Call) error {
	after := commands.Is(c.Args[1], "AFTER")
	if !after && !commands.Is(c.Args[1], "BEFORE") {
		return commands.ErrSyntax
	}
	n, err := f.engine.InsertElement(c.Context, c.Op, c.Args[0], c.Args[2], c.Args[3], after)
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

func (f *family) remove(c *commands.Call) error {
	count, ok := store.ParseInt(c.Args[1])
	if !ok {
		return commands.ErrNotInteger
	}
	n, err := f.engine.RemoveElements(c.Context, c.Op, c.Args[0], c.Args[2], count)
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

func (f *family) trim(c *commands.Call) error {
	start, stop, err := parseSpan(c.Args[1:])
	if err != nil {
		return err
	}
	if err := f.engine.TrimList(c.Context, c.Op, c.Args[0], start, stop); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// parseSpan reads two indexes.
func parseSpan(words [][]byte) (start, stop int64, err error) {
	rest := commands.Read(words)
	if start, err = rest.Integer(); err == nil {
		stop, err = rest.Integer()
	}
	return start, stop, err
}

// moving is from which end of a list to which of another an element moves.
type moving struct{ take, put store.ListEnd }

func parseMoving(words [][]byte) (m moving, err error) {
	if m.take, err = parseEnd(words[0]); err == nil {
		m.put, err = parseEnd(words[1])
	}
	return m, err
}

func (f *family) move(c *commands.Call) error {
	m, err := parseMoving(c.Args[2:])
	if err != nil {
		return err
	}
	return f.moveOrNull(c, m)
}

func (f *family) moveRightLeft(c *commands.Call) error {
	return f.moveOrNull(c, moving{store.ListTail, store.ListHead})
}

func (f *family) moveOrNull(c *commands.Call, m moving) error {
	found, err := f.moveOne(c, m)
	if err == nil && !found {
		c.Reply.Null()
	}
	return err
}

// moveOne answers with the element that it moves, and reports whether there was one.
func (f *family) moveOne(c *commands.Call, m moving) (bool, error) {
	return f.engine.MoveElement(c.Context, c.Op, c.Words[1], c.Words[2], m.take, m.put, c.Reply.Bulk)
}

// popping is what LMPOP and BLMPOP ask for.
type popping struct {
	keys  int // how many
	at    store.ListEnd
	count int64
}

// parsePopping reads numkeys and what follows it.
func parsePopping(words [][]byte) (p popping, err error) {
	n, ok := store.ParseInt(words[0])
	if !ok || n < 1 {
		return p, errNumKeys
	}
	if n >= int64(len(words)-1) {
		return p, commands.ErrSyntax
	}
	p.keys = int(n)
	rest := commands.Read(words[1+p.keys:])
	word, _ := rest.Next()
	if p.at, err = parseEnd(word); err != nil {
		return p, err
	}
	for rest.More() {
		word, _ := rest.Next()
		value, err := rest.Next()
		if err != nil || p.count != 0 || !commands.Is(word, "COUNT") {
			return p, commands.ErrSyntax
		}
		if p.count, ok = store.ParseInt(value); !ok || p.count < 1 {
			return p, errPopCount
		}
	}
	if p.count == 0 {
		p.count = 1
	}
	return p, nil
}

func (f *family) popFirst(c *commands.Call) error {
	p, err := parsePopping(c.Args)
	if err != nil {
		return err
	}
	found, err := f.engine.PopList(c.Context, c.Op, c.Args[1:1+p.keys], p.count, p.at, replyTo(c, showNamed))
	if err == nil && !found {
		c.Reply.NullArray()
	}
	return err
}

func (f *family) length(c *commands.Call) error {
	n, err := f.engine.ListLength(c.Context, c.Op, c.Args[0])
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

func (f *family) read(c *commands.Call) error {
	start, stop, err := parseSpan(c.Args[1:])
	if err != nil {
		return err
	}
	return f.show(c, start, stop, showAll, func() { c.Reply.Array(0) })
}

func (f *family) index(c *commands.Call) error {
	index, ok := store.ParseInt(c.Args[1])
	if !ok {
		if err := f.wrongIndex(c, nil); err != nil {
			return err
		}
		c.Reply.Null()
		return nil
	}
	return f.show(c, index, index, showOne, c.Reply.Null)
}

// show answers with the elements between two indexes; without elements none answers.
func (f *family) show(c *commands.Call, start, stop int64, s show, none func()) error {
	mark := c.Reply.Mark()
	err := f.engine.ReadList(c.Context, c.Op, c.Args[0], start, stop, replyTo(c, s))
	if err == nil && c.Reply.Mark() == mark {
		none()
	}
	return err
}

// parseSearch reads the options of LPOS. many says that COUNT is among them.
func parseSearch(words [][]byte) (s store.ListSearch, many bool, err error) {
	s = store.ListSearch{Rank: 1, Count: 1}
	rest := commands.Read(words)
	for rest.More() {
		option, _ := rest.Next()
		value, err := rest.Next()
		if err != nil {
			return s, many, err
		}
		n, ok := store.ParseInt(value)
		switch {
		case commands.Is(option, "RANK"):
			switch s.Rank = n; {
			case !ok:
				return s, many, commands.ErrNotInteger
			case n == 0:
				return s, many, errRankZero
			case n == math.MinInt64:
				return s, many, errRank
			}
		case commands.Is(option, "COUNT"):
			if s.Count, many = n, true; !ok || n < 0 {
				return s, many, errCount
			}
		case commands.Is(option, "MAXLEN"):
			if s.MaxSeen = n; !ok || n < 0 {
				return s, many, errMaxLen
			}
		default:
			return s, many, commands.ErrSyntax
		}
	}
	return s, many, nil
}

func (f *family) find(c *commands.Call) error {
	s, many, err := parseSearch(c.Args[2:])
	if err != nil {
		return err
	}
	var found []int
	if err := f.engine.FindElements(c.Context, c.Op, c.Args[0], c.Args[1], s, func(index int) { found = append(found, index) }); err != nil {
		return err
	}
	switch {
	case many:
		c.Reply.Array(len(found))
	case len(found) == 0:
		c.Reply.Null()
	}
	for _, index := range found {
		c.Reply.Int(int64(index))
	}
	return nil
}
