package keys

import (
	"sessd/commands"
	"sessd/store"
)

func (f *family) exists(c *commands.Call) error {
	n, err := f.engine.Exists(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) typeOf(c *commands.Call) error {
	t, err := f.engine.KeyType(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.Reply.Status(t.String())
	return nil
}

func (f *family) del(c *commands.Call) error {
	n, err := f.engine.Delete(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) touch(c *commands.Call) error {
	n, err := f.engine.Touch(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) scan(c *commands.Call) error {
	at, o, err := commands.ParseScan(c.Args, true)
	if err != nil {
		return err
	}
	return c.Scan(f.engine, at, o)
}

func (f *family) keys(c *commands.Call) error {
	return f.allKeys(c, store.ScanOptions{Match: store.CompilePattern(c.Args[0]), Count: wholeRound})
}

func (f *family) randomKey(c *commands.Call) error {
	key, err := f.engine.RandomKey(c.Context, c.Op)
	switch {
	case err != nil:
		return err
	case key == nil:
		c.Reply.Null()
	default:
		c.Reply.Bulk(key)
	}
	return nil
}
