package strings

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

func (f *family) increment(c *commands.Call) error { return f.add(c, 1) }
func (f *family) decrement(c *commands.Call) error { return f.add(c, -1) }

func (f *family) incrementBy(c *commands.Call) error {
	delta, ok := store.ParseInt(c.Args[1])
	if !ok {
		return commands.ErrNotInteger
	}
	return f.add(c, delta)
}

// parseDecrement reads the decrement of DECRBY as an increment. The least integer has no opposite.
func parseDecrement(word []byte) (delta int64, err error) {
	n, ok := store.ParseInt(word)
	if !ok {
		return 0, commands.ErrNotInteger
	}
	if n == math.MinInt64 {
		return 0, errDecrement
	}
	return -n, nil
}

func (f *family) decrementBy(c *commands.Call) error {
	delta, err := parseDecrement(c.Args[1])
	if err != nil {
		return err
	}
	return f.add(c, delta)
}

// add adds to the integer in a string and answers with the sum.
func (f *family) add(c *commands.Call, delta int64) error {
	sum, err := f.engine.IncrString(c.Context, c.Op, c.Args[0], delta)
	if err != nil {
		return err
	}
	c.Reply.Int(sum)
	return nil
}

func (f *family) incrementByFloat(c *commands.Call) error {
	sum, err := f.engine.IncrStringFloat(c.Context, c.Op, c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	c.Reply.Bulk(sum)
	return nil
}
