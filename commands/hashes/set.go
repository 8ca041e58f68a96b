package hashes

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

func (f *family) set(c *commands.Call) error {
	n, err := f.setPairs(c)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) setMany(c *commands.Call) error {
	if _, err := f.setPairs(c); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// setPairs sets the fields that follow the key.
func (f *family) setPairs(c *commands.Call) (added int, err error) {
	if len(c.Args)%2 != 1 {
		return 0, commands.ErrArity(c.Command.Name)
	}
	return f.engine.SetHash(c.Context, c.Op, c.Args[0], c.Args[1:], false)
}

func (f *family) setAbsent(c *commands.Call) error {
	n, err := f.engine.SetHash(c.Context, c.Op, c.Args[0], c.Args[1:], true)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) delete(c *commands.Call) error {
	n, err := f.engine.DeleteFields(c.Context, c.Op, c.Args[0], c.Args[1:])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) increment(c *commands.Call) error {
	delta, ok := store.ParseInt(c.Args[2])
	if !ok {
		return commands.ErrNotInteger
	}
	sum, err := f.engine.IncrField(c.Context, c.Op, c.Args[0], c.Args[1], delta)
	if err != nil {
		return err
	}
	c.Reply.Int(sum)
	return nil
}

func (f *family) incrementFloat(c *commands.Call) error {
	if err := checkIncrement(c.Args[2]); err != nil {
		return err
	}
	sum, err := f.engine.IncrFieldFloat(c.Context, c.Op, c.Args[0], c.Args[1], c.Args[2])
	if err != nil {
		return err
	}
	c.Reply.Bulk(sum)
	return nil
}

// checkIncrement returns the error of an increment that is no finite number, which comes before what the key holds.
func checkIncrement(word []byte) error {
	switch _, err := store.AddFloat([]byte("0"), word); {
	case errors.Is(err, store.ErrNotFinite):
		return errNoIncrement
	case err != nil:
		return errIncrement
	}
	return nil
}
