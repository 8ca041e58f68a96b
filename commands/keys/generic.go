package keys

import (
	"bytes"
	"math/rand/v2"

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
	for tries := 1; err == nil && key != nil && !c.MayRead(key); tries++ {
		if tries == randomTries {
			key, err = f.anyReadable(c)
			break
		}
		key, err = f.engine.RandomKey(c.Context, c.Op)
	}
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

// randomTries is how often RANDOMKEY draws a key for a user who may read some of them, before it looks for one.
const randomTries = 100

// anyReadable returns a key that the user may read, or nil: of the step of a scan that has one first, one at random.
func (f *family) anyReadable(c *commands.Call) (found []byte, err error) {
	o := store.ScanOptions{Count: scanStep}
	for at, steps := uint64(0), 0; found == nil && (at != 0 || steps == 0); steps++ {
		seen := 0
		at, err = f.engine.Scan(c.Context, c.Op, at, o, func(key []byte) {
			if c.MayRead(key) {
				if seen++; rand.IntN(seen) == 0 {
					found = bytes.Clone(key)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// scanStep is about how many entries a step of anyReadable looks at.
const scanStep = 1000
