package commands

import (
	"math"

	"sessd/store"
)

func increment(c *Call) error { return c.add(1) }
func decrement(c *Call) error { return c.add(-1) }

func incrementBy(c *Call) error {
	delta, ok := store.ParseInt(c.Args[1])
	if !ok {
		return errNotInteger
	}
	return c.add(delta)
}

// parseDecrement reads the decrement of DECRBY as an increment. The least integer has no opposite.
func parseDecrement(word []byte) (delta int64, err error) {
	n, ok := store.ParseInt(word)
	if !ok {
		return 0, errNotInteger
	}
	if n == math.MinInt64 {
		return 0, errDecrement
	}
	return -n, nil
}

func decrementBy(c *Call) error {
	delta, err := parseDecrement(c.Args[1])
	if err != nil {
		return err
	}
	return c.add(delta)
}

// add adds to the integer in a string and answers with the sum.
func (c *Call) add(delta int64) error {
	sum, err := c.System.strings.IncrString(c.Context, c.Op, c.Args[0], delta)
	if err != nil {
		return err
	}
	c.Reply.Int(sum)
	return nil
}

func incrementByFloat(c *Call) error {
	sum, err := c.System.strings.IncrStringFloat(c.Context, c.Op, c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	c.Reply.Bulk(sum)
	return nil
}
