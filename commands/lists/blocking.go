package lists

import (
	"time"

	"sessd/commands"
	"sessd/store"
)

func (f *family) waitLeftPop(c *commands.Call) error  { return f.waitPop(c, store.ListHead) }
func (f *family) waitRightPop(c *commands.Call) error { return f.waitPop(c, store.ListTail) }

func (f *family) waitPop(c *commands.Call, at store.ListEnd) error {
	last := len(c.Args) - 1
	timeout, err := c.SecondsOf(c.Args[last])
	if err != nil {
		return err
	}
	return f.waitForSome(c, popping{last, at, 1}, 1, showPair, timeout)
}

func (f *family) waitPopFirst(c *commands.Call) error {
	p, err := parsePopping(c.Args[1:])
	if err != nil {
		return err
	}
	timeout, err := c.SecondsOf(c.Args[0])
	if err != nil {
		return err
	}
	return f.waitForSome(c, p, 3, showNamed, timeout)
}

// waitForSome pops elements of the first list under the keys from a word on, or waits for one.
func (f *family) waitForSome(c *commands.Call, p popping, key int, s show, timeout time.Duration) error {
	if found, err := f.engine.PopList(c.Context, c.Op, c.Words[key:key+p.keys], p.count, p.at, replyTo(c, s)); found || err != nil {
		return err
	}
	return c.Park(&commands.Wait{
		Type: store.TypeList, Key: key, Keys: p.keys, Timeout: timeout,
		Serve: func(c *commands.Call, key []byte) (bool, error) {
			return f.engine.PopList(c.Context, c.Op, [][]byte{key}, p.count, p.at, replyTo(c, s))
		},
	})
}

func (f *family) waitMove(c *commands.Call) error {
	m, err := parseMoving(c.Args[2:])
	if err != nil {
		return err
	}
	return f.waitForOne(c, m)
}

func (f *family) waitMoveRightLeft(c *commands.Call) error {
	return f.waitForOne(c, moving{store.ListTail, store.ListHead})
}

// waitForOne moves an element, or waits for one.
func (f *family) waitForOne(c *commands.Call, m moving) error {
	timeout, err := c.SecondsOf(c.Args[len(c.Args)-1])
	if err != nil {
		return err
	}
	return c.Block(&commands.Wait{
		Type: store.TypeList, Key: 1, Keys: 1, Timeout: timeout, InStep: commands.Reply.Null,
		Serve: func(c *commands.Call, _ []byte) (bool, error) { return f.moveOne(c, m) },
	})
}
