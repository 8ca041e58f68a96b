package commands

import (
	"math"

	"sessd/store"
)

// expireOption is the option of a string's command that says when the string expires. Its time is read last, as Redis
// does, so that a request which is wrong in its form gets that error.
type expireOption struct {
	option   string // the literal; empty: none was given
	time     []byte
	unit     int64
	absolute bool
}

// take reads the option that word begins, if it begins one. The same option may come again, another one may not.
func (l *expireOption) take(word []byte, rest *argReader) (taken bool, err error) {
	var next expireOption
	switch {
	case is(word, "EX"):
		next = expireOption{option: "EX", unit: second}
	case is(word, "PX"):
		next = expireOption{option: "PX", unit: millisecond}
	case is(word, "EXAT"):
		next = expireOption{option: "EXAT", unit: second, absolute: true}
	case is(word, "PXAT"):
		next = expireOption{option: "PXAT", unit: millisecond, absolute: true}
	default:
		return false, nil
	}
	if l.option != "" && l.option != next.option {
		return true, errSyntax
	}
	if next.time, err = rest.next(); err != nil {
		return true, err
	}
	*l = next
	return true, nil
}

// exclusive reads an option that excludes every time.
func (l *expireOption) exclusive(option string) error {
	if l.option != "" && l.option != option {
		return errSyntax
	}
	l.option = option
	return nil
}

// at returns when the string expires, in milliseconds since the Unix epoch, or Never without a time.
func (l *expireOption) at(now int64, command string) (int64, error) {
	if l.time == nil {
		return store.Never, nil
	}
	n, ok := store.ParseInt(l.time)
	if !ok {
		return 0, errNotInteger
	}
	if n <= 0 || n > math.MaxInt64/l.unit {
		return 0, errExpire(command)
	}
	n *= l.unit
	if l.absolute {
		return n, nil
	}
	if n > math.MaxInt64-now {
		return 0, errExpire(command)
	}
	return now + n, nil
}

// parseSet reads what follows SET's value. get says that the value before is the reply.
func parseSet(words [][]byte, now int64) (o store.SetOptions, get bool, err error) {
	rest := argReader{words}
	var l expireOption
	for rest.more() {
		word, _ := rest.next()
		taken, err := l.take(word, &rest)
		switch {
		case taken:
		case is(word, "NX") && !o.IfPresent:
			o.IfAbsent = true
		case is(word, "XX") && !o.IfAbsent:
			o.IfPresent = true
		case is(word, "GET"):
			get = true
		case is(word, "KEEPTTL"):
			o.KeepTTL = true
			err = l.exclusive("KEEPTTL")
		default:
			err = errSyntax
		}
		if err != nil {
			return o, false, err
		}
	}
	o.ExpireAt, err = l.at(now, "set")
	return o, get, err
}

func set(c *Call) error {
	o, get, err := parseSet(c.Args[2:], c.Op.Now)
	if err != nil {
		return err
	}
	if get {
		o.Previous = c.valueTo()
	}
	stored, err := c.System.strings.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
	switch {
	case err != nil:
		return err
	case get: // the visitor has answered
	case stored:
		c.Reply.Status("OK")
	default:
		c.Reply.Null()
	}
	return nil
}

func setSeconds(c *Call) error      { return c.setFor(second) }
func setMilliseconds(c *Call) error { return c.setFor(millisecond) }

// setFor stores a string that expires after a time of a unit.
func (c *Call) setFor(unit int64) error {
	l := expireOption{time: c.Args[1], unit: unit}
	at, err := l.at(c.Op.Now, c.Command.Name)
	if err != nil {
		return err
	}
	if _, err := c.System.strings.SetString(c.Context, c.Op, c.Args[0], c.Args[2], store.SetOptions{ExpireAt: at}); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

func setAbsent(c *Call) error {
	o := store.SetOptions{ExpireAt: store.Never, IfAbsent: true}
	stored, err := c.System.strings.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
	if err != nil {
		return err
	}
	c.intBool(stored)
	return nil
}

func getSet(c *Call) error {
	o := store.SetOptions{ExpireAt: store.Never, Previous: c.valueTo()}
	_, err := c.System.strings.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
	return err
}

// parseGetExpire reads what follows GETEX's key. Without an option the expiry is to stay, and change is false.
func parseGetExpire(words [][]byte) (l expireOption, change bool, err error) {
	rest := argReader{words}
	for rest.more() {
		word, _ := rest.next()
		taken, err := l.take(word, &rest)
		switch {
		case taken:
		case is(word, "PERSIST"):
			err = l.exclusive("PERSIST")
		default:
			err = errSyntax
		}
		if err != nil {
			return l, false, err
		}
	}
	return l, l.option != "", nil
}

func getExpire(c *Call) error {
	l, change, err := parseGetExpire(c.Args[1:])
	if err != nil {
		return err
	}
	if !change {
		return get(c)
	}
	at, wrong := l.at(c.Op.Now, c.Command.Name)
	if wrong == nil {
		return c.System.strings.GetStringExpire(c.Context, c.Op, c.Args[0], at, c.valueTo())
	}
	// A time that is wrong is told only to one who names a string: where there is none the answer is null.
	if err := get(c); err != nil || !c.value.found {
		return err
	}
	return wrong
}
