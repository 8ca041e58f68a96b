package strings

import (
	"bytes"
	"errors"
	"math"

	"sessd/commands"
	"sessd/store"
)

// The errors of LCS.
const (
	errLCSTypes    commands.Error = "ERR The specified keys must contain string values"
	errLCSBoth     commands.Error = "ERR If you want both the length and indexes, please just use IDX."
	errLCSTooLarge commands.Error = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
)

// lcsOptions is what LCS answers.
type lcsOptions struct {
	length, ranges, matchLength bool
	least                       int64 // of the length of a range
}

// parseLCS reads what follows LCS's keys.
func parseLCS(words [][]byte) (o lcsOptions, err error) {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "LEN"):
			o.length = true
		case commands.Is(word, "IDX"):
			o.ranges = true
		case commands.Is(word, "WITHMATCHLEN"):
			o.matchLength = true
		case commands.Is(word, "MINMATCHLEN") && rest.More():
			if o.least, err = rest.Integer(); err != nil {
				return o, err
			}
		default:
			return o, commands.ErrSyntax
		}
	}
	if o.length && o.ranges {
		return o, errLCSBoth
	}
	return o, nil
}

// valueCopies copies the values that it is shown.
type valueCopies struct{ values [][]byte }

func (v *valueCopies) Value(value []byte, _ bool) { v.values = append(v.values, bytes.Clone(value)) }

// longestTable returns the bytes that Redis's table may take, which bound the time: one of 4 bytes for each pair of them.
func (f *family) longestTable() int64 {
	if l, ok := f.engine.(store.Limiter); ok {
		if n := l.Limits().StringBytes; n > 0 {
			return n
		}
	}
	return math.MaxInt32
}

// readBoth reads the values of two keys in one step. Both are looked up, whatever they hold.
func (f *family) readBoth(c *commands.Call, keys [][]byte) (v valueCopies, err error) {
	var plan commands.Plan
	plan.Cover(c.Op.Keyspace, keys...)
	step, err := c.BeginStep(&plan)
	if err != nil {
		return v, err
	}
	defer step.End()
	for _, key := range keys {
		switch failed := f.engine.GetString(c.Context, step.Op(), key, &v); {
		case errors.Is(failed, store.ErrWrongType):
			err = errLCSTypes
		case failed != nil:
			return v, failed
		}
	}
	return v, err
}

func (f *family) longestCommon(c *commands.Call) error {
	v, err := f.readBoth(c, c.Args[:2])
	if err != nil {
		return err
	}
	o, err := parseLCS(c.Args[2:])
	if err != nil {
		return err
	}
	a, b := v.values[0], v.values[1]
	if cells := int64(len(a)+1) * int64(len(b)+1); cells > f.longestTable()/4 {
		return errLCSTooLarge
	}
	l := newSubsequence(a, b, !o.length)
	switch {
	case o.length:
		c.Reply.Int(int64(l.length))
	case o.ranges:
		o.reply(c, l.ranges(), l.length)
	default:
		c.Reply.Bulk(l.bytes())
	}
	return nil
}

// reply answers the ranges of a length that is enough.
func (o *lcsOptions) reply(c *commands.Call, ranges []commonRange, length int) {
	var long []commonRange
	for _, r := range ranges {
		if int64(r.length) >= o.least {
			long = append(long, r)
		}
	}
	c.Reply.Map(2)
	c.Reply.BulkString("matches")
	c.Reply.Array(len(long))
	for _, r := range long {
		if o.matchLength {
			c.Reply.Array(3)
		} else {
			c.Reply.Array(2)
		}
		for _, begin := range [...]int{r.a, r.b} {
			c.Reply.Array(2)
			c.Reply.Int(int64(begin))
			c.Reply.Int(int64(begin + r.length - 1))
		}
		if o.matchLength {
			c.Reply.Int(int64(r.length))
		}
	}
	c.Reply.BulkString("len")
	c.Reply.Int(int64(length))
}
