package sessions

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

// componentOption reads COMPONENT where word is that.
func componentOption(word []byte, rest *commands.ArgReader, component *[]byte) (taken bool, err error) {
	if !commands.Is(word, "COMPONENT") {
		return false, nil
	}
	if *component != nil {
		return true, commands.ErrSyntax
	}
	*component, err = rest.Next()
	return true, err
}

// integerOption reads an integer once.
func integerOption(rest *commands.ArgReader, seen *bool, n *int64) (err error) {
	if *seen {
		return commands.ErrSyntax
	}
	*seen = true
	*n, err = rest.Integer()
	return err
}

// parseIncr reads what follows the id.
func parseIncr(words [][]byte) (o store.IncrOptions, err error) {
	var ok, least, most bool
	o.Field, o.Min, o.Max = words[0], math.MinInt64, math.MaxInt64
	if o.Delta, ok = store.ParseInt(words[1]); !ok {
		return o, commands.ErrNotInteger
	}
	rest := commands.Read(words[2:])
	for rest.More() {
		word, _ := rest.Next()
		taken, err := componentOption(word, &rest, &o.Component)
		switch {
		case taken:
		case commands.Is(word, "MIN"):
			err = integerOption(&rest, &least, &o.Min)
		case commands.Is(word, "MAX"):
			err = integerOption(&rest, &most, &o.Max)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

func (f *family) incr(c *commands.Call) error {
	o, err := parseIncr(c.Args[1:])
	if err != nil {
		return err
	}
	sum, err := f.sessions.IncrSession(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	c.Reply.Int(sum)
	return nil
}

// parseTake reads what follows the id.
func parseTake(words [][]byte) (component []byte, fields [][]byte, err error) {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		taken, err := componentOption(word, &rest, &component)
		switch {
		case taken:
		case commands.Is(word, "FIELDS") && fields == nil:
			fields, err = rest.Counted(1)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if fields == nil {
		return nil, nil, commands.ErrSyntax
	}
	return component, fields, nil
}

func (f *family) take(c *commands.Call) error {
	component, fields, err := parseTake(c.Args[1:])
	if err != nil {
		return err
	}
	bag := c.Scratch().(*bagReply)
	*bag = bagReply{reply: c.Reply, values: true}
	return f.sessions.TakeSession(c.Context, c.Op, c.Args[0], component, fields, bag)
}

// parseAppend reads what follows the id.
func parseAppend(words [][]byte) (o store.AppendOptions, err error) {
	o.Field, o.Value = words[0], words[1]
	rest, limited, most := commands.Read(words[2:]), false, int64(0)
	for rest.More() {
		word, _ := rest.Next()
		taken, err := componentOption(word, &rest, &o.Component)
		switch {
		case taken:
		case commands.Is(word, "MAXLEN"):
			if err = integerOption(&rest, &limited, &most); err == nil && most < 1 {
				err = commands.ErrNotPositive
			}
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, err
		}
	}
	o.MaxLength = int(min(most, math.MaxInt))
	return o, nil
}

func (f *family) append(c *commands.Call) error {
	o, err := parseAppend(c.Args[1:])
	if err != nil {
		return err
	}
	n, err := f.sessions.AppendSession(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}
