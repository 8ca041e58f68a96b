package keys

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

// The errors of commands on keyspaces.
const (
	errFirstIndex  commands.Error = "ERR invalid first DB index"
	errSecondIndex commands.Error = "ERR invalid second DB index"
	errNoSwap      commands.Error = "ERR this server's store cannot swap keyspaces"
)

func (f *family) keyspaceSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "DBSIZE",
			Summary: "Returns the number of keys in the selected keyspace.",
			Group:   commands.ServerGroup, Flags: commands.ReadOnly | commands.Fast | commands.Keyspace, Since: "1.0.0", Run: f.size,
			Example: `SET k hello; SESS.CREATE s1; DBSIZE -> 2`,
		},
		{
			Usage:   "FLUSHDB [ASYNC | SYNC]",
			Summary: "Deletes every key of the selected keyspace.",
			Group:   commands.ServerGroup, Flags: commands.Write | commands.Dangerous | commands.Keyspace, Since: "1.0.0", Run: f.flushSelected, Heavy: commands.Always,
			Example: `FLUSHDB -> "OK"`,
		},
		{
			Usage:   "FLUSHALL [ASYNC | SYNC]",
			Summary: "Deletes every key of every keyspace.",
			Group:   commands.ServerGroup, Flags: commands.Write | commands.Dangerous | commands.Keyspace, Since: "1.0.0", Run: f.flushAll, Heavy: commands.Always,
			Example: `FLUSHALL ASYNC -> "OK"`,
		},
		{
			Usage:   "SWAPDB index1 index2",
			Summary: "Exchanges what two keyspaces hold, sessions included, in one step for everybody.",
			Group:   commands.ServerGroup, Flags: commands.Write | commands.Fast | commands.Dangerous | commands.Keyspace, Since: "1.0.0", Run: f.swap,
			Example: `SET k hello; SWAPDB 0 1; SELECT 1; GET k -> "hello"`,
		},
		{
			Usage:   "MEMORY USAGE key [SAMPLES count]",
			Summary: "Returns the bytes of memory that a key and what it holds are counted for.",
			Group:   commands.ServerGroup, Flags: commands.ReadOnly, Access: commands.RO, Since: "1.0.0", Run: f.memoryUsage,
			Example: `SET k hello; MEMORY USAGE k -> ...`,
		},
	}
}

func (f *family) size(c *commands.Call) error {
	n, err := f.engine.Size(c.Context, c.Op)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) flushSelected(c *commands.Call) error { return f.flush(c, false) }
func (f *family) flushAll(c *commands.Call) error      { return f.flush(c, true) }

// parseFlush checks what follows the name. Both ways of flushing are one step, so neither makes a difference.
func parseFlush(words [][]byte) error {
	if len(words) > 1 || len(words) == 1 && !commands.Is(words[0], "ASYNC") && !commands.Is(words[0], "SYNC") {
		return commands.ErrSyntax
	}
	return nil
}

func (f *family) flush(c *commands.Call, all bool) error {
	if err := parseFlush(c.Args); err != nil {
		return err
	}
	if err := f.engine.Flush(c.Context, c.Op, all); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// parseSwap reads SWAPDB's keyspaces, of which there are so many.
func parseSwap(words [][]byte, keyspaces int) (one, other int, err error) {
	one, err = parseIndex(words[0], errFirstIndex)
	if err == nil {
		other, err = parseIndex(words[1], errSecondIndex)
	}
	if err == nil && (min(one, other) < 0 || max(one, other) >= keyspaces) {
		err = errDatabase
	}
	return one, other, err
}

// parseIndex reads the number of a keyspace that need not be there. What is none is answered with a text of its own.
func parseIndex(word []byte, otherwise commands.Error) (int, error) {
	n, ok := store.ParseInt(word)
	if !ok || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, otherwise
	}
	return int(n), nil
}

func (f *family) swap(c *commands.Call) error {
	one, other, err := parseSwap(c.Args, f.keyspaces)
	switch {
	case err != nil:
		return err
	case f.swapper == nil:
		return errNoSwap
	}
	if err := f.swapper.SwapKeyspaces(c.Context, c.Op, one, other); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// parseMemoryUsage checks what follows the key. The size is counted and not guessed from samples.
func parseMemoryUsage(words [][]byte) error {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		if !commands.Is(word, "SAMPLES") || !rest.More() {
			return commands.ErrSyntax
		}
		samples, err := rest.Integer()
		if err != nil {
			return err
		}
		if samples < 0 {
			return commands.ErrSyntax
		}
	}
	return nil
}

func (f *family) memoryUsage(c *commands.Call) error {
	if err := parseMemoryUsage(c.Args[1:]); err != nil {
		return err
	}
	n, found, err := f.engine.KeyBytes(c.Context, c.Op, c.Args[0])
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
