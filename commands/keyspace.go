package commands

func keyspaceRows() []Spec {
	return []Spec{
		{
			Usage:   "DBSIZE",
			Summary: "Returns the number of keys in the selected keyspace.",
			Group:   ServerGroup, Flags: ReadOnly | Fast | Keyspace, Since: "1.0.0", Run: size,
			Example: `SET k hello; SESS.CREATE s1; DBSIZE -> 2`,
		},
		{
			Usage:   "FLUSHDB [ASYNC | SYNC]",
			Summary: "Deletes every key of the selected keyspace.",
			Group:   ServerGroup, Flags: Write | Dangerous | Keyspace, Since: "1.0.0", Run: flushSelected,
			Example: `FLUSHDB -> "OK"`,
		},
		{
			Usage:   "FLUSHALL [ASYNC | SYNC]",
			Summary: "Deletes every key of every keyspace.",
			Group:   ServerGroup, Flags: Write | Dangerous | Keyspace, Since: "1.0.0", Run: flushAll,
			Example: `FLUSHALL ASYNC -> "OK"`,
		},
		{
			Usage:   "MEMORY USAGE key [SAMPLES count]",
			Summary: "Returns the bytes of memory that a key and what it holds are counted for.",
			Group:   ServerGroup, Flags: ReadOnly, Since: "1.0.0", Run: memoryUsage,
			Example: `SET k hello; MEMORY USAGE k -> ...`,
		},
	}
}

func size(c *Call) error {
	n, err := c.System.keys.Size(c.Context, c.Op)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func flushSelected(c *Call) error { return c.flush(false) }
func flushAll(c *Call) error      { return c.flush(true) }

// parseFlush checks what follows the name. Both ways of flushing are one step, so neither makes a difference.
func parseFlush(words [][]byte) error {
	if len(words) > 1 || len(words) == 1 && !is(words[0], "ASYNC") && !is(words[0], "SYNC") {
		return errSyntax
	}
	return nil
}

func (c *Call) flush(all bool) error {
	if err := parseFlush(c.Args); err != nil {
		return err
	}
	if err := c.System.keys.Flush(c.Context, c.Op, all); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// parseMemoryUsage checks what follows the key. The size is counted and not guessed from samples.
func parseMemoryUsage(words [][]byte) error {
	rest := argReader{words}
	for rest.more() {
		word, _ := rest.next()
		if !is(word, "SAMPLES") || !rest.more() {
			return errSyntax
		}
		samples, err := rest.integer()
		if err != nil {
			return err
		}
		if samples < 0 {
			return errSyntax
		}
	}
	return nil
}

func memoryUsage(c *Call) error {
	if err := parseMemoryUsage(c.Args[1:]); err != nil {
		return err
	}
	n, found, err := c.System.keys.KeyBytes(c.Context, c.Op, c.Args[0])
	switch {
	case err != nil:
		return err
	case found:
		c.Reply.Int(n)
	default:
		c.Reply.Null()
	}
	return nil
}
