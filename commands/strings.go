package commands

import "sessd/store"

func stringRows() []Spec {
	return []Spec{
		{
			Usage:   "GET key",
			Summary: "Returns the value of a string.",
			Group:   StringGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: get,
			Example: `SET k hello; GET k -> "hello"`,
		},
		{
			Usage:   "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
			Summary: "Stores a string over whatever the key holds, and with GET returns what it held.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: set,
			Example: `SET k hello NX EX 60 -> "OK"`,
		},
		{
			Usage:   "SETEX key seconds value",
			Summary: "Stores a string that expires.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: setSeconds,
			Example: `SETEX k 60 hello; TTL k -> 60`,
		},
		{
			Usage:   "PSETEX key milliseconds value",
			Summary: "Stores a string that expires after a time in milliseconds.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: setMilliseconds,
			Example: `PSETEX k 60000 hello; TTL k -> 60`,
		},
		{
			Usage:   "SETNX key value",
			Summary: "Stores a string unless the key exists.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: setAbsent,
			Example: `SET k hello; SETNX k other -> 0`,
		},
		{
			Usage:   "GETSET key value",
			Summary: "Stores a string and returns the one before.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: getSet,
			Example: `SET k hello; GETSET k other -> "hello"`,
		},
		{
			Usage:   "GETDEL key",
			Summary: "Returns the value of a string and deletes it.",
			Group:   StringGroup, Flags: Write | Fast, Since: "1.0.0", Run: getDelete,
			Example: `SET k hello; GETDEL k -> "hello"`,
		},
		{
			Usage:   "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
			Summary: "Returns the value of a string and changes when it expires.",
			Group:   StringGroup, Flags: Write | Fast, Since: "1.0.0", Run: getExpire,
			Example: `SET k hello; GETEX k EX 60 -> "hello"`,
		},
		{
			Usage:   "MGET key [key ...]",
			Summary: "Returns the values of several strings, null for what is none.",
			Group:   StringGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: getMany,
			Example: `SET k hello; MGET k l -> ["hello",null]`,
		},
		{
			Usage:   "MSET key value [key value ...]",
			Summary: "Stores several strings in one step.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: setMany,
			Example: `MSET k hello l world -> "OK"`,
		},
		{
			Usage:   "MSETNX key value [key value ...]",
			Summary: "Stores several strings in one step unless one of the keys exists.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: setManyAbsent,
			Example: `SET k hello; MSETNX k other l world -> 0`,
		},
		{
			Usage:   "INCR key",
			Summary: "Adds one to the integer in a string.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: increment,
			Example: `INCR k -> 1`,
		},
		{
			Usage:   "DECR key",
			Summary: "Takes one from the integer in a string.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: decrement,
			Example: `DECR k -> -1`,
		},
		{
			Usage:   "INCRBY key increment",
			Summary: "Adds to the integer in a string.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: incrementBy,
			Example: `SET k 40; INCRBY k 2 -> 42`,
		},
		{
			Usage:   "DECRBY key decrement",
			Summary: "Takes from the integer in a string.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: decrementBy,
			Example: `SET k 44; DECRBY k 2 -> 42`,
		},
		{
			Usage:   "INCRBYFLOAT key increment",
			Summary: "Adds to the number in a string.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: incrementByFloat,
			Example: `SET k 10.5; INCRBYFLOAT k 0.1 -> "10.6"`,
		},
		{
			Usage:   "APPEND key value",
			Summary: "Adds bytes at the end of a string and returns its length.",
			Group:   StringGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: appendTail,
			Example: `SET k hello; APPEND k !! -> 7`,
		},
		{
			Usage:   "STRLEN key",
			Summary: "Returns the length of a string.",
			Group:   StringGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: length,
			Example: `SET k hello; STRLEN k -> 5`,
		},
		{
			Usage:   "GETRANGE key start end",
			Summary: "Returns a part of a string; negative positions count from its end.",
			Group:   StringGroup, Flags: ReadOnly, Since: "1.0.0", Run: getRange,
			Example: `SET k hello; GETRANGE k 1 -2 -> "ell"`,
		},
		{
			Usage:   "SUBSTR key start end",
			Summary: "The former name of GETRANGE.",
			Group:   StringGroup, Flags: ReadOnly, Since: "1.0.0", Run: getRange,
			Example: `SET k hello; SUBSTR k 0 1 -> "he"`,
		},
		{
			Usage:   "SETRANGE key offset value",
			Summary: "Overwrites a part of a string and returns its length.",
			Group:   StringGroup, Flags: Write | DenyOOM, Since: "1.0.0", Run: setRange,
			Example: `SET k hello; SETRANGE k 1 ipp -> 5`,
		},
	}
}

func get(c *Call) error {
	return c.System.strings.GetString(c.Context, c.Op, c.Args[0], c.valueTo())
}

func getDelete(c *Call) error {
	return c.System.strings.DeleteString(c.Context, c.Op, c.Args[0], c.valueTo())
}

func getMany(c *Call) error {
	c.Reply.Array(len(c.Args))
	return c.System.strings.GetStrings(c.Context, c.Op, c.Args, c.valueTo())
}

func setMany(c *Call) error {
	if len(c.Args)%2 != 0 {
		return errArity(c.Command.Name)
	}
	if _, err := c.System.strings.SetStrings(c.Context, c.Op, c.Args, false); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

func setManyAbsent(c *Call) error {
	if len(c.Args)%2 != 0 {
		return errArity(c.Command.Name)
	}
	stored, err := c.System.strings.SetStrings(c.Context, c.Op, c.Args, true)
	if err != nil {
		return err
	}
	c.intBool(stored)
	return nil
}

func appendTail(c *Call) error {
	n, err := c.System.strings.AppendString(c.Context, c.Op, c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

// lengthReply writes a string's length, 0 when there is none.
type lengthReply struct{ reply Reply }

func (l *lengthReply) Value(value []byte, _ bool) { l.reply.Int(int64(len(value))) }

func length(c *Call) error {
	c.length.reply = c.Reply
	return c.System.strings.GetString(c.Context, c.Op, c.Args[0], &c.length)
}

// rangeReply writes a part of a string's value.
type rangeReply struct {
	reply      Reply
	start, end int64 // of the first and the last byte; negative: from the end
}

func (r *rangeReply) Value(value []byte, _ bool) {
	size := int64(len(value))
	start, end := r.start, r.end
	if start < 0 {
		start = max(0, start+size)
	}
	if end < 0 {
		end = max(0, end+size)
	}
	end = min(end, size-1)
	if start > end || r.start < 0 && r.end < 0 && r.start > r.end {
		r.reply.Bulk(nil)
		return
	}
	r.reply.Bulk(value[start : end+1])
}

// parseRange reads the positions of GETRANGE.
func parseRange(words [][]byte) (start, end int64, err error) {
	rest := argReader{words}
	if start, err = rest.integer(); err != nil {
		return 0, 0, err
	}
	end, err = rest.integer()
	return start, end, err
}

func getRange(c *Call) error {
	start, end, err := parseRange(c.Args[1:])
	if err != nil {
		return err
	}
	c.span = rangeReply{reply: c.Reply, start: start, end: end}
	return c.System.strings.GetString(c.Context, c.Op, c.Args[0], &c.span)
}

// parseOffset reads the offset of SETRANGE.
func parseOffset(word []byte) (int64, error) {
	offset, ok := store.ParseInt(word)
	if !ok {
		return 0, errNotInteger
	}
	if offset < 0 {
		return 0, errOffset
	}
	return offset, nil
}

func setRange(c *Call) error {
	offset, err := parseOffset(c.Args[1])
	if err != nil {
		return err
	}
	n, err := c.System.strings.SetStringRange(c.Context, c.Op, c.Args[0], offset, c.Args[2])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}
