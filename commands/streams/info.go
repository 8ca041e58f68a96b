package streams

import (
	"sessd/commands"
	"sessd/store"
)

// fullEntries is how many entries XINFO STREAM FULL shows without COUNT.
const fullEntries = 10

// parseInfo reads what follows the key of XINFO STREAM. Of negative counts each is as none.
func parseInfo(words [][]byte) (full bool, count int64, err error) {
	switch {
	case len(words) == 2:
		return false, 0, nil
	case len(words) != 3 && len(words) != 5 || !commands.Is(words[2], "FULL"), len(words) == 5 && !commands.Is(words[3], "COUNT"):
		return false, 0, commands.ErrSubcommandWords(append([][]byte{[]byte("XINFO")}, words[0]))
	case len(words) == 3:
		return true, fullEntries, nil
	}
	n, ok := store.ParseInt(words[4])
	switch {
	case !ok:
		return true, 0, commands.ErrNotInteger
	case n < 0:
		n = fullEntries
	}
	return true, n, nil
}

// info is XINFO STREAM. The stream is looked up before the options are read, as Redis does.
func (f *family) info(c *commands.Call) error {
	key := c.Args[0]
	i, found, err := f.engine.StreamInfo(c.Context, c.Op, key)
	switch {
	case err != nil:
		return err
	case !found:
		return commands.ErrNoKey
	}
	full, count, err := parseInfo(c.Words[1:])
	if err != nil {
		return err
	}
	r, mark := c.Reply, c.Reply.Mark()
	r.Map(map[bool]int{false: 10, true: 9}[full])
	number := func(name string, n int64) {
		r.BulkString(name)
		r.Int(n)
	}
	id := func(name string, id store.StreamID) {
		r.BulkString(name)
		writeID(r, id)
	}
	number("length", int64(i.Length))
	number("radix-tree-keys", int64(i.Nodes))
	number("radix-tree-nodes", int64(i.Nodes)+1)
	id("last-generated-id", i.Last)
	id("max-deleted-entry-id", i.MaxDeleted)
	number("entries-added", i.Added)
	id("recorded-first-entry-id", i.First)
	if full {
		r.BulkString("entries")
		err = f.show(c, key, store.StreamRange{Last: store.LastStreamID, Count: count}, replyTo(c))
		r.BulkString("groups")
		r.Array(0)
	} else {
		number("groups", 0)
		err = f.showEdges(c, key)
	}
	if err != nil {
		r.Rewind(mark)
	}
	return err
}

// showEdges answers with the first and the last entry.
func (f *family) showEdges(c *commands.Call, key []byte) error {
	for _, name := range [...]string{"first-entry", "last-entry"} {
		c.Reply.BulkString(name)
		v := replyTo(c)
		v.one = true
		r := store.StreamRange{Last: store.LastStreamID, Count: 1, FromEnd: name == "last-entry"}
		if err := f.show(c, key, r, v); err != nil {
			return err
		}
	}
	return nil
}
