package keys

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

func (f *family) expireSeconds(c *commands.Call) error { return f.expire(c, commands.Second, c.Op.Now) }
func (f *family) expireMilliseconds(c *commands.Call) error {
	return f.expire(c, commands.Millisecond, c.Op.Now)
}
func (f *family) expireAtSeconds(c *commands.Call) error { return f.expireAt(c, commands.Second) }
func (f *family) expireAtMilliseconds(c *commands.Call) error {
	return f.expireAt(c, commands.Millisecond)
}

// The errors of EXPIRE and its like.
const (
	errNotWithNX commands.Error = "ERR NX and XX, GT or LT options at the same time are not compatible"
	errNotWithGT commands.Error = "ERR GT and LT options at the same time are not compatible"
)

// parseExpire reads what follows the key: a time of a unit, counted from base, which is milliseconds since the Unix
// epoch, and conditions.
func parseExpire(words [][]byte, unit, base int64, command string) (o store.ExpireOptions, err error) {
	for _, word := range words[1:] {
		switch {
		case commands.Is(word, "NX"):
			o.IfNever = true
		case commands.Is(word, "XX"):
			o.IfExpires = true
		case commands.Is(word, "GT"):
			o.IfLater = true
		case commands.Is(word, "LT"):
			o.IfEarlier = true
		default:
			return o, errUnsupportedOption(word)
		}
	}
	if o.IfNever && (o.IfExpires || o.IfLater || o.IfEarlier) {
		return o, errNotWithNX
	}
	if o.IfLater && o.IfEarlier {
		return o, errNotWithGT
	}
	n, ok := store.ParseInt(words[0])
	if !ok {
		return o, commands.ErrNotInteger
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		return o, commands.ErrExpire(command)
	}
	o.At = n*unit + base
	return o, nil
}

// expireAt is expire with a time of the wall clock.
func (f *family) expireAt(c *commands.Call, unit int64) error {
	o, err := parseExpire(c.Args[1:], unit, 0, c.Command.Name)
	if err != nil {
		return err
	}
	o.At = c.Dispatcher.Clock.FromWall(o.At)
	return f.change(c, o)
}

func (f *family) expire(c *commands.Call, unit, base int64) error {
	o, err := parseExpire(c.Args[1:], unit, base, c.Command.Name)
	if err != nil {
		return err
	}
	return f.change(c, o)
}

// change changes when a key expires, and answers whether it did.
func (f *family) change(c *commands.Call, o store.ExpireOptions) error {
	changed, err := f.engine.Expire(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	c.IntBool(changed)
	return nil
}

func (f *family) persist(c *commands.Call) error {
	changed, err := f.engine.Persist(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.IntBool(changed)
	return nil
}

func (f *family) ttl(c *commands.Call) error { return f.expiry(c, commands.Second, c.Op.Now) }
func (f *family) ttlMilliseconds(c *commands.Call) error {
	return f.expiry(c, commands.Millisecond, c.Op.Now)
}
func (f *family) expiryTime(c *commands.Call) error { return f.expiry(c, commands.Second, 0) }
func (f *family) expiryTimeMilliseconds(c *commands.Call) error {
	return f.expiry(c, commands.Millisecond, 0)
}

// What TTL and its like answer instead of a time.
const (
	neverExpires = -1
	noKey        = -2
)

// expiry answers when a key expires, counted from base and rounded to the nearest unit.
func (f *family) expiry(c *commands.Call, unit, base int64) error {
	at, found, err := f.engine.Expiry(c.Context, c.Op, c.Args[0])
	switch {
	case err != nil:
		return err
	case !found:
		c.Reply.Int(noKey)
	case at == store.Never:
		c.Reply.Int(neverExpires)
	default:
		if base == 0 { // a time, not a distance
			at = c.Dispatcher.Clock.ToWall(at)
		}
		left := at - base
		n := left / unit
		if 2*(left%unit) >= unit {
			n++
		}
		c.Reply.Int(n)
	}
	return nil
}

func errUnsupportedOption(word []byte) error {
	return commands.Errorf("ERR Unsupported option %.128s", word)
}
