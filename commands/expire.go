package commands

import (
	"math"

	"sessd/store"
)

func expireSeconds(c *Call) error        { return c.expire(second, c.Op.Now) }
func expireMilliseconds(c *Call) error   { return c.expire(millisecond, c.Op.Now) }
func expireAtSeconds(c *Call) error      { return c.expire(second, 0) }
func expireAtMilliseconds(c *Call) error { return c.expire(millisecond, 0) }

// parseExpire reads what follows the key: a time of a unit, counted from base, which is milliseconds since the Unix
// epoch, and conditions.
func parseExpire(words [][]byte, unit, base int64, command string) (o store.ExpireOptions, err error) {
	for _, word := range words[1:] {
		switch {
		case is(word, "NX"):
			o.IfNever = true
		case is(word, "XX"):
			o.IfExpires = true
		case is(word, "GT"):
			o.IfLater = true
		case is(word, "LT"):
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
		return o, errNotInteger
	}
	if n > math.MaxInt64/unit || n < math.MinInt64/unit || n*unit > math.MaxInt64-base {
		return o, errExpire(command)
	}
	o.At = n*unit + base
	return o, nil
}

func (c *Call) expire(unit, base int64) error {
	o, err := parseExpire(c.Args[1:], unit, base, c.Command.Name)
	if err != nil {
		return err
	}
	changed, err := c.System.keys.Expire(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	c.intBool(changed)
	return nil
}

func persist(c *Call) error {
	changed, err := c.System.keys.Persist(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.intBool(changed)
	return nil
}

func ttl(c *Call) error                    { return c.expiry(second, c.Op.Now) }
func ttlMilliseconds(c *Call) error        { return c.expiry(millisecond, c.Op.Now) }
func expiryTime(c *Call) error             { return c.expiry(second, 0) }
func expiryTimeMilliseconds(c *Call) error { return c.expiry(millisecond, 0) }

// What TTL and its like answer instead of a time.
const (
	neverExpires = -1
	noKey        = -2
)

// expiry answers when a key expires, counted from base and rounded to the nearest unit.
func (c *Call) expiry(unit, base int64) error {
	at, found, err := c.System.keys.Expiry(c.Context, c.Op, c.Args[0])
	switch {
	case err != nil:
		return err
	case !found:
		c.Reply.Int(noKey)
	case at == store.Never:
		c.Reply.Int(neverExpires)
	default:
		left := at - base
		n := left / unit
		if 2*(left%unit) >= unit {
			n++
		}
		c.Reply.Int(n)
	}
	return nil
}
