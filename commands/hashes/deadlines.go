package hashes

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

// The errors of commands on fields that end.
const (
	errFields      commands.Error = "ERR Mandatory argument FIELDS is missing or not at the right position"
	errFieldCount  commands.Error = "ERR Number of fields must be a positive integer"
	errCountToEnd  commands.Error = "ERR Parameter `numFields` should be greater than 0"
	errCountToSet  commands.Error = "ERR invalid number of fields"
	errFieldsMatch commands.Error = "ERR The `numfields` parameter must match the number of arguments"
	errNegative    commands.Error = "ERR invalid expire time, must be >= 0"
	errNoTime      commands.Error = "ERR missing expire time"
	errOneExpiry   commands.Error = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
	errOneCase     commands.Error = "ERR Only one of FXX or FNX arguments can be specified"
)

// lastEnd is the last time at which a field can end, as in Redis.
const lastEnd = 1<<46 - 1

const toSet = " [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"

func (f *family) deadlineSpecs() []commands.Spec {
	const write, read = commands.Write | commands.Fast, commands.ReadOnly | commands.Fast
	const update, end = commands.RW | commands.Update, " [NX | XX | GT | LT] FIELDS numfields field [field ...]"
	return []commands.Spec{
		{
			Usage: "HEXPIRE key seconds" + end, Summary: "Has fields end after a time.",
			Flags: write | commands.DenyOOM, Access: update, Since: "1.0.0", Run: f.expire(commands.Second, true),
			Example: `HSET k name Ada; HEXPIRE k 60 FIELDS 2 name born -> [1,-2]`,
		},
		{
			Usage: "HPEXPIRE key milliseconds" + end, Summary: "Has fields end after a time in milliseconds.",
			Flags: write | commands.DenyOOM, Access: update, Since: "1.0.0", Run: f.expire(commands.Millisecond, true),
			Example: `HSET k name Ada; HPEXPIRE k 60000 NX FIELDS 1 name -> [1]`,
		},
		{
			Usage: "HEXPIREAT key unix-time-seconds" + end, Summary: "Has fields end at a time.",
			Flags: write | commands.DenyOOM, Access: update, Since: "1.0.0", Run: f.expire(commands.Second, false),
			Example: `HSET k name Ada; HEXPIREAT k 4102444800 FIELDS 1 name -> [1]`,
		},
		{
			Usage: "HPEXPIREAT key unix-time-milliseconds" + end, Summary: "Has fields end at a time in milliseconds.",
			Flags: write | commands.DenyOOM, Access: update, Since: "1.0.0", Run: f.expire(commands.Millisecond, false),
			Example: `HSET k name Ada; HPEXPIREAT k 1 FIELDS 1 name -> [2]`,
		},
		{
			Usage: "HTTL key FIELDS numfields field [field ...]", Summary: "Returns after how many seconds fields end: -1 for one that ends with the hash, -2 for one that is not there.",
			Flags: read, Access: commands.RO | commands.Access, Since: "1.0.0", Run: f.ends(commands.Second, true),
			Example: `HSET k name Ada; HTTL k FIELDS 2 name born -> [-1,-2]`,
		},
		{
			Usage: "HPTTL key FIELDS numfields field [field ...]", Summary: "Returns after how many milliseconds fields end, as HTTL does.",
			Flags: read, Access: commands.RO | commands.Access, Since: "1.0.0", Run: f.ends(commands.Millisecond, true),
			Example: `HSET k name Ada; HPTTL k FIELDS 1 name -> [-1]`,
		},
		{
			Usage: "HEXPIRETIME key FIELDS numfields field [field ...]", Summary: "Returns the Unix time at which fields end, as HTTL does.",
			Flags: read, Access: commands.RO | commands.Access, Since: "1.0.0", Run: f.ends(commands.Second, false),
			Example: `HSET k name Ada; HEXPIREAT k 4102444800 FIELDS 1 name; HEXPIRETIME k FIELDS 1 name -> [4102444800]`,
		},
		{
			Usage: "HPEXPIRETIME key FIELDS numfields field [field ...]", Summary: "Returns the Unix time in milliseconds at which fields end, as HTTL does.",
			Flags: read, Access: commands.RO | commands.Access, Since: "1.0.0", Run: f.ends(commands.Millisecond, false),
			Example: `HSET k name Ada; HEXPIREAT k 4102444800 FIELDS 1 name; HPEXPIRETIME k FIELDS 1 name -> [4102444800000]`,
		},
		{
			Usage: "HPERSIST key FIELDS numfields field [field ...]", Summary: "Has fields end with their hash again.",
			Flags: write, Access: update, Since: "1.0.0", Run: f.persist,
			Example: `HSET k name Ada; HEXPIRE k 60 FIELDS 1 name; HPERSIST k FIELDS 2 name name -> [1,-1]`,
		},
		{
			Usage:   "HGETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]",
			Summary: "Returns the values of fields, and changes when they end.",
			Flags:   write, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.getAndExpire,
			Example: `HSET k name Ada; HGETEX k EX 60 FIELDS 2 name born -> ["Ada",null]`,
		},
		{
			Usage: "HSETEX key" + toSet + " FIELDS numfields field value [field value ...]", Summary: "Gives fields values and an end of their own.",
			Flags: write | commands.DenyOOM, Access: update, Since: "1.0.0", Run: f.setAndExpire,
			Example: `HSETEX k EX 60 FIELDS 1 name Ada -> 1`,
		},
		{
			Usage: "HGETDEL key FIELDS numfields field [field ...]", Summary: "Returns the values of fields and removes them.",
			Flags: write, Access: commands.RW | commands.Access | commands.Delete, Since: "1.0.0", Run: f.getAndDelete,
			Example: `HSET k name Ada born 1815; HGETDEL k FIELDS 1 name -> ["Ada"]`,
		},
	}
}

// errNoDeadlines is for an engine that lacks the ability.
const errNoDeadlines commands.Error = "ERR this server's store holds no fields that end"

// refuse answers words with an error, unless the key holds another type: as in Redis, that is looked at first.
func (f *family) refuse(c *commands.Call, err error) error {
	var size sizeOf
	if wrong := f.engine.ReadHash(c.Context, c.Op, c.Args[0], store.HashRead{Size: true}, &size); wrong != nil {
		return wrong
	}
	return err
}

// readFields reads FIELDS, a count and so many words of fields.
func readFields(words [][]byte, wrongCount commands.Error) ([][]byte, error) {
	if len(words) == 0 || !commands.Is(words[0], "FIELDS") {
		return nil, errFields
	}
	if len(words) < 2 {
		return nil, wrongCount
	}
	n, ok := store.ParseInt(words[1])
	switch {
	case !ok || n < 1:
		return nil, wrongCount
	case n != int64(len(words)-2):
		return nil, errFieldsMatch
	}
	return words[2:], nil
}

// readEnd reads a time of unit milliseconds, after now where it is relative.
func readEnd(c *commands.Call, word []byte, unit int64, relative bool) (int64, error) {
	n, ok := store.ParseInt(word)
	base := int64(0)
	if relative {
		base = c.Op.Now
	}
	switch {
	case !ok:
		return 0, commands.ErrNotInteger
	case n < 0:
		return 0, errNegative
	case n > lastEnd/unit || n*unit > lastEnd-base:
		return 0, commands.ErrExpire(c.Command.Name)
	}
	return n*unit + base, nil
}

// expiries are the words before a time.
var expiries = [...]struct {
	word     string
	unit     int64
	relative bool
}{
	{"EX", commands.Second, true}, {"PX", commands.Millisecond, true}, {"EXAT", commands.Second, false}, {"PXAT", commands.Millisecond, false},
}

// readExpiry reads a word of expiries and the time after it. found is false where there is none.
func readExpiry(c *commands.Call, words [][]byte) (at int64, found bool, err error) {
	for _, x := range expiries {
		if commands.Is(words[0], x.word) {
			if len(words) < 2 {
				return 0, true, errNoTime
			}
			at, err = readEnd(c, words[1], x.unit, x.relative)
			return at, true, err
		}
	}
	return 0, false, nil
}

func (f *family) expire(unit int64, relative bool) func(*commands.Call) error {
	return func(c *commands.Call) error {
		var o store.ExpireOptions
		var err error
		if o.At, err = readEnd(c, c.Args[1], unit, relative); err != nil {
			return f.refuse(c, err)
		}
		rest := c.Args[2:]
		for word, condition := range map[string]*bool{"NX": &o.IfNever, "XX": &o.IfExpires, "GT": &o.IfLater, "LT": &o.IfEarlier} {
			if commands.Is(rest[0], word) {
				*condition = true
			}
		}
		if o.IfNever || o.IfExpires || o.IfLater || o.IfEarlier {
			rest = rest[1:]
		}
		fields, err := readFields(rest, errCountToEnd)
		if err != nil {
			return f.refuse(c, err)
		}
		return f.change(c, fields, o, [...]int64{store.FieldMissing: -2, store.FieldKept: 0, store.FieldExpires: 1, store.FieldRemoved: 2})
	}
}

func (f *family) persist(c *commands.Call) error {
	fields, err := readFields(c.Args[1:], errFieldCount)
	if err != nil {
		return f.refuse(c, err)
	}
	return f.change(c, fields, store.ExpireOptions{At: store.Never}, [...]int64{store.FieldMissing: -2, store.FieldKept: -1, store.FieldExpires: 1, store.FieldRemoved: 2})
}

// change changes when fields end, and answers with a number for what became of each.
func (f *family) change(c *commands.Call, fields [][]byte, o store.ExpireOptions, replies [4]int64) error {
	engine, able := f.engine.(store.FieldExpirer)
	if !able {
		return errNoDeadlines
	}
	begun := false
	return engine.ExpireFields(c.Context, c.Op, c.Args[0], fields, o, func(outcome store.FieldOutcome) {
		if !begun {
			c.Reply.Array(len(fields))
			begun = true
		}
		c.Reply.Int(replies[outcome])
	})
}

func (f *family) ends(unit int64, relative bool) func(*commands.Call) error {
	return func(c *commands.Call) error {
		fields, err := readFields(c.Args[1:], errFieldCount)
		if err != nil {
			return f.refuse(c, err)
		}
		engine, able := f.engine.(store.FieldExpirer)
		if !able {
			return errNoDeadlines
		}
		begun := false
		return engine.FieldEnds(c.Context, c.Op, c.Args[0], fields, func(at int64, found bool) {
			if !begun {
				c.Reply.Array(len(fields))
				begun = true
			}
			switch {
			case !found:
				c.Reply.Int(-2)
				return
			case at == store.Never:
				c.Reply.Int(-1)
				return
			case relative:
				at -= c.Op.Now
			}
			c.Reply.Int((at + unit - 1) / unit)
		})
	}
}

func (f *family) getAndExpire(c *commands.Call) error {
	var g store.GetFieldsOptions
	var err error
	rest := c.Args[1:]
	switch g.At, g.Expires, err = readExpiry(c, rest); {
	case err != nil:
		return f.refuse(c, err)
	case g.Expires:
		if rest = rest[2:]; len(rest) < 2 {
			return f.refuse(c, commands.ErrArity(c.Command.Name))
		}
	case commands.Is(rest[0], "PERSIST"):
		g.At, g.Expires = store.Never, true
		rest = rest[1:]
	}
	return f.getFields(c, g, rest)
}

func (f *family) getAndDelete(c *commands.Call) error {
	return f.getFields(c, store.GetFieldsOptions{Delete: true}, c.Args[1:])
}

// getFields answers with the fields that words name.
func (f *family) getFields(c *commands.Call, g store.GetFieldsOptions, words [][]byte) (err error) {
	if g.Fields, err = readFields(words, errFieldCount); err != nil {
		return f.refuse(c, err)
	}
	engine, able := f.engine.(store.FieldExpirer)
	if !able {
		return errNoDeadlines
	}
	v := replyTo(c, showValues)
	v.asked = len(g.Fields)
	return engine.GetFields(c.Context, c.Op, c.Args[0], g, v)
}

func (f *family) setAndExpire(c *commands.Call) error {
	o, err := readSet(c)
	if err != nil {
		return err
	}
	engine, able := f.engine.(store.FieldExpirer)
	if !able {
		return errNoDeadlines
	}
	set, err := engine.SetFields(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	n := int64(0)
	if set {
		n = 1
	}
	c.Reply.Int(n)
	return nil
}

// readSet reads what follows the key of HSETEX.
func readSet(c *commands.Call) (o store.SetFieldsOptions, err error) {
	o.At = store.Never
	expires := false
	for rest := c.Args[1:]; len(rest) > 0; rest = rest[1:] {
		word := rest[0]
		if commands.Is(word, "FIELDS") {
			return o, readPairs(c, rest, &o)
		}
		at, found, err := readExpiry(c, rest)
		switch {
		case found && expires:
			return o, errOneExpiry
		case found && err != nil:
			return o, err
		case found:
			o.At, expires, rest = at, true, rest[1:]
		case commands.Is(word, "KEEPTTL"):
			if expires {
				return o, errOneExpiry
			}
			o.KeepEnds, expires = true, true
		case commands.Is(word, "FXX"), commands.Is(word, "FNX"):
			if o.IfAbsent || o.IfPresent {
				return o, errOneCase
			}
			o.IfAbsent, o.IfPresent = commands.Is(word, "FNX"), commands.Is(word, "FXX")
		default:
			return o, commands.Errorf("ERR unknown argument: %s", word)
		}
	}
	return o, commands.ErrArity(c.Command.Name) // Redis ends here
}

// readPairs reads FIELDS, a count, and so many fields with values.
func readPairs(c *commands.Call, words [][]byte, o *store.SetFieldsOptions) error {
	if len(words) < 4 {
		return commands.ErrArity(c.Command.Name)
	}
	n, ok := store.ParseInt(words[1])
	switch o.Pairs = words[2:]; {
	case !ok || n < 1 || n > math.MaxInt32:
		return errCountToSet
	case len(o.Pairs)%2 != 0 || n != int64(len(o.Pairs)/2):
		return commands.ErrArity(c.Command.Name)
	}
	return nil
}
