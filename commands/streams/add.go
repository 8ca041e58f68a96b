package streams

import (
	"sessd/commands"
	"sessd/store"
)

// defaultLimit is how many entries an approximate trim removes at most where LIMIT does not say it.
const defaultLimit = 100 * store.StreamBlock

// addition is a parsed XADD or XTRIM.
type addition struct {
	append store.StreamAppend
	limit  bool // LIMIT is given
}

// parseOption reads an option of XADD and XTRIM from the beginning of words, and returns how many words it has; 0 is none.
func (a *addition) parseOption(words [][]byte) (int, error) {
	t := &a.append.Trim
	switch word := words[0]; {
	case len(words) < 2:
		return 0, nil
	case commands.Is(word, "MAXLEN"), commands.Is(word, "MINID"):
		return a.parseTrim(words)
	case commands.Is(word, "LIMIT"):
		n, ok := store.ParseInt(words[1])
		switch {
		case !ok:
			return 0, commands.ErrNotInteger
		case n < 0:
			return 0, errLimit
		}
		t.Limit, a.limit = n, true
		return 2, nil
	}
	return 0, nil
}

func (a *addition) parseTrim(words [][]byte) (n int, err error) {
	t := &a.append.Trim
	if t.By != store.NoTrim {
		return 0, errTwoTrims
	}
	n = 2
	if mark := string(words[1]); len(words) > 2 && (mark == "~" || mark == "=") {
		t.Approximate = mark == "~"
		n++
	}
	threshold := words[n-1]
	if commands.Is(words[0], "MINID") {
		t.By = store.ByID
		t.First, err = wholeID(threshold, 0)
		return n, err
	}
	t.By = store.ByLength
	var ok bool
	switch t.Keep, ok = store.ParseInt(threshold); {
	case !ok:
		return n, commands.ErrNotInteger
	case t.Keep < 0:
		return n, errMaxLen
	}
	return n, nil
}

// check checks the options together, once all are read.
func (a *addition) check(trims bool) error {
	t := &a.append.Trim
	switch {
	case t.Limit > 0 && t.By == store.NoTrim:
		return errLimitAlone
	case trims && t.By == store.NoTrim:
		return errNoTrim
	case a.limit && !t.Approximate:
		return errLimitExact
	case !a.limit && t.Approximate:
		t.Limit = defaultLimit
	}
	return nil
}

// parseAdd reads what follows the key of XADD.
func parseAdd(words [][]byte) (a addition, err error) {
	for form := store.NoID; len(words) > 0; {
		if string(words[0]) == "*" {
			a.append.Form = form
			break
		}
		n, err := a.parseOption(words)
		if err != nil {
			return a, err
		}
		if n == 0 && commands.Is(words[0], "NOMKSTREAM") {
			a.append.IfPresent = true
			n = 1
		}
		if n == 0 {
			if a.append.ID, a.append.Form, err = parseID(words[0], 0); err != nil {
				return a, err
			}
			break
		}
		words = words[n:]
	}
	if err := a.check(false); err != nil {
		return a, err
	}
	if len(words) < 3 || len(words)%2 == 0 {
		return a, commands.ErrArity("xadd")
	}
	if a.append.Form == store.GivenID && a.append.ID.IsZero() {
		return a, errZeroID
	}
	a.append.Pairs = words[1:]
	return a, nil
}

func (f *family) add(c *commands.Call) error {
	a, err := parseAdd(c.Args[1:])
	if err != nil {
		return err
	}
	id, done, err := f.engine.AppendToStream(c.Context, c.Op, c.Args[0], a.append)
	switch {
	case err != nil:
		return err
	case !done:
		c.Reply.Null()
	default:
		writeID(c.Reply, id)
	}
	return nil
}

func (f *family) trim(c *commands.Call) error {
	var a addition
	for words := c.Args[1:]; len(words) > 0; {
		n, err := a.parseOption(words)
		switch {
		case err != nil:
			return err
		case n == 0:
			return commands.ErrSyntax
		}
		words = words[n:]
	}
	if err := a.check(true); err != nil {
		return err
	}
	n, err := f.engine.TrimStream(c.Context, c.Op, c.Args[0], a.append.Trim)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

// remove is XDEL. Without a stream no id is looked at.
func (f *family) remove(c *commands.Call) error {
	ids := make([]store.StreamID, 0, len(c.Args)-1)
	var wrong error
	for _, word := range c.Args[1:] {
		id, err := wholeID(word, 0)
		if err != nil {
			ids, wrong = nil, err
			break
		}
		ids = append(ids, id)
	}
	if wrong != nil {
		found, err := f.stream(c, c.Args[0])
		if err = orElse(found, err, "", wrong.(commands.Error)); err != commands.Error("") {
			return err
		}
	}
	n, err := f.engine.DeleteEntries(c.Context, c.Op, c.Args[0], ids)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

// parseSetID reads what follows the key of XSETID.
func parseSetID(words [][]byte) (m store.StreamMark, err error) {
	m.Added = -1
	if m.Last, err = wholeID(words[0], 0); err != nil {
		return m, err
	}
	for words = words[1:]; len(words) > 0; words = words[2:] {
		switch {
		case len(words) > 1 && commands.Is(words[0], "ENTRIESADDED"):
			var ok bool
			if m.Added, ok = store.ParseInt(words[1]); !ok {
				return m, commands.ErrNotInteger
			}
			if m.Added < 0 {
				return m, errAdded
			}
		case len(words) > 1 && commands.Is(words[0], "MAXDELETEDID"):
			if m.MaxDeleted, err = wholeID(words[1], 0); err != nil {
				return m, err
			}
			if m.Last.Compare(m.MaxDeleted) < 0 {
				return m, errBelowMax
			}
		default:
			return m, commands.ErrSyntax
		}
	}
	return m, nil
}

func (f *family) setID(c *commands.Call) error {
	m, err := parseSetID(c.Args[1:])
	if err != nil {
		return err
	}
	found, err := f.engine.SetStream(c.Context, c.Op, c.Args[0], m)
	switch {
	case err != nil:
		return err
	case !found:
		return commands.ErrNoKey
	}
	c.Reply.Status("OK")
	return nil
}
