package commands

import "sessd/store"

func genericRows() []Spec {
	return []Spec{
		{
			Usage:   "EXISTS key [key ...]",
			Summary: "Returns how many of the keys exist.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: exists,
			Example: `SET k hello; EXISTS k k l -> 2`,
		},
		{
			Usage:   "TYPE key",
			Summary: "Returns the type of what a key holds: session, string, or none.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: typeOf,
			Example: `SESS.CREATE s1; TYPE s1 -> "session"`,
		},
		{
			Usage:   "TTL key",
			Summary: "Returns the seconds until a key expires, -1 if never, -2 without such a key.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: ttl,
			Example: `SET k hello EX 60; TTL k -> 60`,
		},
		{
			Usage:   "PTTL key",
			Summary: "Returns the milliseconds until a key expires, -1 if never, -2 without such a key.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: ttlMilliseconds,
			Example: `SET k hello PX 60000; PTTL k -> ...`,
		},
		{
			Usage:   "EXPIRETIME key",
			Summary: "Returns when a key expires, in seconds since the Unix epoch, -1 if never, -2 without such a key.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: expiryTime,
			Example: `SET k hello EXAT 33177117420; EXPIRETIME k -> 33177117420`,
		},
		{
			Usage:   "PEXPIRETIME key",
			Summary: "Returns when a key expires, in milliseconds since the Unix epoch, -1 if never, -2 without such a key.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: expiryTimeMilliseconds,
			Example: `SET k hello PXAT 33177117420000; PEXPIRETIME k -> 33177117420000`,
		},
		{
			Usage:   "EXPIRE key seconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire after a time, which for a session is its idle timeout from now on.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: expireSeconds,
			Example: `SET k hello; EXPIRE k 60 NX -> 1`,
		},
		{
			Usage:   "PEXPIRE key milliseconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire after a time in milliseconds.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: expireMilliseconds,
			Example: `SET k hello; PEXPIRE k 60000 XX -> 0`,
		},
		{
			Usage:   "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire at a time.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: expireAtSeconds,
			Example: `SET k hello; EXPIREAT k 33177117420 -> 1`,
		},
		{
			Usage:   "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]",
			Summary: "Makes a key expire at a time in milliseconds.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: expireAtMilliseconds,
			Example: `SET k hello; PEXPIREAT k 33177117420000 LT -> 1`,
		},
		{
			Usage:   "PERSIST key",
			Summary: "Removes a key's expiry; of a session it removes the idle timeout and never the absolute one.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: persist,
			Example: `SET k hello EX 60; PERSIST k -> 1`,
		},
		{
			Usage:   "DEL key [key ...]",
			Summary: "Deletes keys and returns how many there were.",
			Group:   GenericGroup, Flags: Write, Since: "1.0.0", Run: del,
			Example: `SET k hello; DEL k l -> 1`,
		},
		{
			Usage:   "UNLINK key [key ...]",
			Summary: "Deletes keys as DEL does.",
			Group:   GenericGroup, Flags: Write | Fast, Since: "1.0.0", Run: del,
			Example: `SET k hello; UNLINK k l -> 1`,
		},
		{
			Usage:   "TOUCH key [key ...]",
			Summary: "Renews the idle timeout of those keys that are sessions, and returns how many keys exist.",
			Group:   GenericGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: touch,
			Example: `SESS.CREATE s1; TOUCH s1 s2 -> 1`,
		},
		{
			Usage:   "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]",
			Summary: "Iterates over the keys: every key that stays during the iteration is returned at least once.",
			Group:   GenericGroup, Flags: ReadOnly | Keyspace, Since: "1.0.0", Run: scan,
			Example: `SET k hello; SCAN 0 MATCH k* COUNT 1000 TYPE string -> ["0",["k"]]`,
		},
		{
			Usage:   "KEYS pattern",
			Summary: "Returns every key that matches a pattern.",
			Group:   GenericGroup, Flags: ReadOnly | Dangerous | Keyspace, Since: "1.0.0", Run: keys,
			Example: `SET k hello; KEYS k* -> ["k"]`,
		},
		{
			Usage:   "RANDOMKEY",
			Summary: "Returns a key at random, null when there is none.",
			Group:   GenericGroup, Flags: ReadOnly | Keyspace, Since: "1.0.0", Run: randomKey,
			Example: `SET k hello; RANDOMKEY -> "k"`,
		},
	}
}

func exists(c *Call) error {
	n, err := c.System.keys.Exists(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func typeOf(c *Call) error {
	t, err := c.System.keys.KeyType(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.Reply.Status(t.String())
	return nil
}

func del(c *Call) error {
	n, err := c.System.keys.Delete(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func touch(c *Call) error {
	n, err := c.System.keys.Touch(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func scan(c *Call) error {
	at, o, err := parseScan(c.Args, true)
	if err != nil {
		return err
	}
	return c.scan(at, o)
}

func keys(c *Call) error {
	return c.allKeys(store.ScanOptions{Match: store.CompilePattern(c.Args[0]), Count: wholeRound})
}

func randomKey(c *Call) error {
	key, err := c.System.keys.RandomKey(c.Context, c.Op)
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
