package strings

import (
	"math"

	"sessd/commands"
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
func (l *expireOption) take(word []byte, rest *commands.ArgReader) (taken bool, err error) {
	var next expireOption
	switch {
	case commands.Is(word, "EX"):
		next = expireOption{option: "EX", unit: commands.Second}
	case commands.Is(word, "PX"):
		next = expireOption{option: "PX", unit: commands.Millisecond}
	case commands.Is(word, "EXAT"):
		next = expireOption{option: "EXAT", unit: commands.Second, absolute: true}
	case commands.Is(word, "PXAT"):
		next = expireOption{option: "PXAT", unit: commands.Millisecond, absolute: true}
	default:
		return false, nil
	}
	if l.option != "" && l.option != next.option {
		return true, commands.ErrSyntax
	}
	if next.time, err = rest.Next(); err != nil {
		return true, err
	}
	*l = next
	return true, nil
}

// exclusive reads an option that excludes every time.
func (l *expireOption) exclusive(option string) error {
	if l.option != "" && l.option != option {
		return commands.ErrSyntax
	}
	l.option = option
	return nil
}

// at returns when the string expires by the clock, in milliseconds since the Unix epoch, or Never without a time.
func (l *expireOption) at(now int64, clock *store.Clock, command string) (int64, error) {
	if l.time == nil {
		return store.Never, nil
	}
	n, ok := store.ParseInt(l.time)
	if !ok {
		return 0, commands.ErrNotInteger
	}
	if n <= 0 || n > math.MaxInt64/l.unit {
		return 0, commands.ErrExpire(command)
	}
	n *= l.unit
	if l.absolute {
		return clock.FromWall(n), nil
	}
	if n > math.MaxInt64-now {
		return 0, commands.ErrExpire(command)
	}
	return now + n, nil
}

// parseSet reads what follows SET's value. get says that the value before is the reply.
func parseSet(words [][]byte, now int64, clock *store.Clock) (o store.SetOptions, get bool, err error) {
	rest := commands.Read(words)
	var l expireOption
	for rest.More() {
		word, _ := rest.Next()
		taken, err := l.take(word, &rest)
		switch {
		case taken:
		case commands.Is(word, "NX") && !o.IfPresent:
			o.IfAbsent = true
		case commands.Is(word, "XX") && !o.IfAbsent:
			o.IfPresent = true
		case commands.Is(word, "GET"):
			get = true
		case commands.Is(word, "KEEPTTL"):
			o.KeepTTL = true
			err = l.exclusive("KEEPTTL")
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, false, err
		}
	}
	o.ExpireAt, err = l.at(now, clock, "set")
	return o, get, err
}

// keysOfSet returns SET's key. Only with GET is its value used.
func keysOfSet(keys []commands.Key, words [][]byte) []commands.Key {
	access := commands.OW | commands.Update
	for _, word := range words[min(3, len(words)):] {
		if commands.Is(word, "GET") {
			access = commands.RW | commands.Access | commands.Update
		}
	}
	return append(keys, commands.Key{Word: words[1], Access: access})
}

func (f *family) set(c *commands.Call) error {
	o, get, err := parseSet(c.Args[2:], c.Op.Now, c.Dispatcher.Clock)
	if err != nil {
		return err
	}
	if get {
		o.Previous = valueTo(c)
	}
	stored, err := f.engine.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
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

func (f *family) setSeconds(c *commands.Call) error      { return f.setFor(c, commands.Second) }
func (f *family) setMilliseconds(c *commands.Call) error { return f.setFor(c, commands.Millisecond) }

// setFor stores a string that expires after a time of a unit.
func (f *family) setFor(c *commands.Call, unit int64) error {
	l := expireOption{time: c.Args[1], unit: unit}
	at, err := l.at(c.Op.Now, c.Dispatcher.Clock, c.Command.Name)
	if err != nil {
		return err
	}
	if _, err := f.engine.SetString(c.Context, c.Op, c.Args[0], c.Args[2], store.SetOptions{ExpireAt: at}); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

func (f *family) setAbsent(c *commands.Call) error {
	o := store.SetOptions{ExpireAt: store.Never, IfAbsent: true}
	stored, err := f.engine.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
	if err != nil {
		return err
	}
	c.IntBool(stored)
	return nil
}

func (f *family) getSet(c *commands.Call) error {
	o := store.SetOptions{ExpireAt: store.Never, Previous: valueTo(c)}
	_, err := f.engine.SetString(c.Context, c.Op, c.Args[0], c.Args[1], o)
	return err
}

// parseGetExpire reads what follows GETEX's key. Without an option the expiry is to stay, and change is false.
func parseGetExpire(words [][]byte) (l expireOption, change bool, err error) {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		taken, err := l.take(word, &rest)
		switch {
		case taken:
		case commands.Is(word, "PERSIST"):
			err = l.exclusive("PERSIST")
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return l, false, err
		}
	}
	return l, l.option != "", nil
}

func (f *family) getExpire(c *commands.Call) error {
	l, change, err := parseGetExpire(c.Args[1:])
	if err != nil {
		return err
	}
	if !change {
		return f.get(c)
	}
	value := valueTo(c)
	at, wrong := l.at(c.Op.Now, c.Dispatcher.Clock, c.Command.Name)
	if wrong == nil {
		return f.engine.GetStringExpire(c.Context, c.Op, c.Args[0], at, value)
	}
	// A time that is wrong is told only to one who names a string: where there is none the answer is null.
	if err := f.get(c); err != nil || !value.found {
		return err
	}
	return wrong
}
