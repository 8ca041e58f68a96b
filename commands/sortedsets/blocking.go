package sortedsets

import (
	"time"

	"sessd/commands"
	"sessd/store"
)

func (f *family) blockingSpecs() []commands.Spec {
	taken := commands.RW | commands.Access | commands.Delete
	return []commands.Spec{
		{
			Usage:   "BZPOPMIN key [key ...] timeout",
			Summary: "Removes the member with the least score from the first sorted set of several and returns it, or waits for one. A timeout of 0 is none.",
			Flags:   commands.Write | commands.Blocking | commands.NoScript | commands.Fast, Since: "1.0.0", Run: f.waitPopMin,
			Keys:    []commands.KeySpec{{Access: taken, Begin: 1, Last: -2}},
			Example: `ZADD k 1 ada 2 bob; BZPOPMIN l k 1 -> ["k","ada",1]`,
		},
		{
			Usage:   "BZPOPMAX key [key ...] timeout",
			Summary: "BZPOPMIN for the member with the greatest score.",
			Flags:   commands.Write | commands.Blocking | commands.NoScript | commands.Fast, Since: "1.0.0", Run: f.waitPopMax,
			Keys:    []commands.KeySpec{{Access: taken, Begin: 1, Last: -2}},
			Example: `ZADD k 1 ada 2 bob; BZPOPMAX l k 1 -> ["k","bob",2]`,
		},
		{
			Usage:   "BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
			Summary: "ZMPOP that waits for a sorted set where there is none.",
			Flags:   commands.Write | commands.Blocking, Since: "1.0.0", Run: f.waitPopFirst,
			Keys:    []commands.KeySpec{{Access: taken, Begin: 2, Counted: true}},
			Example: `ZADD k 1 ada 2 bob; BZMPOP 1 2 l k MIN -> ["k",[["ada",1]]]`,
		},
	}
}

func (f *family) waitPopMin(c *commands.Call) error { return f.waitPop(c, false) }
func (f *family) waitPopMax(c *commands.Call) error { return f.waitPop(c, true) }

func (f *family) waitPop(c *commands.Call, fromEnd bool) error {
	last := len(c.Args) - 1
	timeout, err := c.SecondsOf(c.Args[last])
	if err != nil {
		return err
	}
	return f.waitForSome(c, pop{c.Args[:last], fromEnd, 1}, 1, showFlat, timeout)
}

func (f *family) waitPopFirst(c *commands.Call) error {
	p, err := parsePop(c.Args[1:])
	if err != nil {
		return err
	}
	timeout, err := c.SecondsOf(c.Args[0])
	if err != nil {
		return err
	}
	return f.waitForSome(c, p, 3, showNested, timeout)
}

// waitForSome pops from the first sorted set under the keys, which begin at a word, or waits for one.
func (f *family) waitForSome(c *commands.Call, p pop, key int, s show, timeout time.Duration) error {
	if popped, err := f.popAny(c, &p, s); popped || err != nil {
		return err
	}
	count, fromEnd := p.count, p.fromEnd
	return c.Park(&commands.Wait{
		Type: store.TypeSortedSet, Key: key, Keys: len(p.keys), Timeout: timeout,
		Serve: func(c *commands.Call, key []byte) (bool, error) {
			return f.popAny(c, &pop{[][]byte{key}, fromEnd, count}, s)
		},
	})
}
