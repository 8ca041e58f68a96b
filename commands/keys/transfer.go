package keys

import (
	"bytes"
	"errors"
	"math"

	"sessd/commands"
	"sessd/store"
)

// The errors of commands that move entries.
const (
	errSameObject commands.Error = "ERR source and destination objects are the same"
	errDatabase   commands.Error = "ERR DB index is out of range"
	errInt32      commands.Error = "ERR value is out of range, value must between -2147483648 and 2147483647"
	errSessionID  commands.Error = "ERR session id must be 1 to 512 bytes long"
	errNoTransfer commands.Error = "ERR this server's store cannot move keys"
)

// wireText returns the text of an error that the engine has for keys.
func wireText(err error) commands.Error {
	if errors.Is(err, store.ErrSessionID) {
		return errSessionID
	}
	return ""
}

func (f *family) transferSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "COPY source destination [DB destination-db] [REPLACE]",
			Summary: "Copies what a key holds to another key, in the same keyspace or another one.",
			Flags:   commands.Write | commands.DenyOOM | commands.Keyspace, Since: "1.0.0", Run: f.copy,
			Keys:    []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 1}, {Access: commands.OW | commands.Update, Begin: 2}},
			Example: `SET k hello; COPY k l -> 1`,
		},
		{
			Usage:   "RENAME key newkey",
			Summary: "Gives what a key holds another key, over whatever that holds. A session keeps its revision and principal.",
			Flags:   commands.Write, Since: "1.0.0", Run: f.rename,
			Keys:    []commands.KeySpec{{Access: commands.RW | commands.Access | commands.Delete, Begin: 1}, {Access: commands.OW | commands.Update, Begin: 2}},
			Example: `SET k hello; RENAME k l -> "OK"`,
		},
		{
			Usage:   "RENAMENX key newkey",
			Summary: "Gives what a key holds another key unless that exists.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.renameAbsent,
			Keys:    []commands.KeySpec{{Access: commands.RW | commands.Access | commands.Delete, Begin: 1}, {Access: commands.OW | commands.Insert, Begin: 2}},
			Example: `SET k hello; RENAMENX k l -> 1`,
		},
		{
			Usage:   "MOVE key db",
			Summary: "Moves a key to another keyspace unless it exists there.",
			Flags:   commands.Write | commands.Fast | commands.Keyspace, Access: commands.RW | commands.Access | commands.Update, Since: "1.0.0", Run: f.move,
			Example: `SET k hello; MOVE k 1 -> 1`,
		},
	}
}

// parseKeyspace reads the number of a keyspace, of which there are so many.
func parseKeyspace(word []byte, keyspaces int) (int, error) {
	n, ok := store.ParseInt(word)
	switch {
	case !ok:
		return 0, commands.ErrNotInteger
	case n < math.MinInt32 || n > math.MaxInt32:
		return 0, errInt32
	case n < 0 || n >= int64(keyspaces):
		return 0, errDatabase
	}
	return int(n), nil
}

// parseCopy reads what follows COPY's keys. The entry is copied within a keyspace unless the words name another one.
func parseCopy(words [][]byte, keyspace, keyspaces int) (o store.TransferOptions, err error) {
	o = store.TransferOptions{Keyspace: keyspace, Copies: true}
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "REPLACE"):
			o.Replaces = true
		case commands.Is(word, "DB") && rest.More():
			word, _ = rest.Next()
			if o.Keyspace, err = parseKeyspace(word, keyspaces); err != nil {
				return o, err
			}
		default:
			return o, commands.ErrSyntax
		}
	}
	return o, nil
}

// transfer moves or copies an entry.
func (f *family) transfer(c *commands.Call, o store.TransferOptions) (found, done bool, err error) {
	if f.transferrer == nil {
		return false, false, errNoTransfer
	}
	return f.transferrer.TransferKey(c.Context, c.Op, c.Args[0], o)
}

// transferred answers 1 or 0, whether the entry was moved or copied.
func (f *family) transferred(c *commands.Call, o store.TransferOptions) error {
	_, done, err := f.transfer(c, o)
	if err == nil {
		c.IntBool(done)
	}
	return err
}

func (f *family) copy(c *commands.Call) error {
	o, err := parseCopy(c.Args[2:], c.Op.Keyspace, f.keyspaces)
	if err != nil {
		return err
	}
	if o.Key = c.Args[1]; o.Keyspace == c.Op.Keyspace && bytes.Equal(c.Args[0], o.Key) {
		return errSameObject
	}
	return f.transferred(c, o)
}

func (f *family) move(c *commands.Call) error {
	keyspace, err := parseKeyspace(c.Args[1], f.keyspaces)
	if err != nil {
		return err
	}
	if keyspace == c.Op.Keyspace {
		return errSameObject
	}
	return f.transferred(c, store.TransferOptions{Keyspace: keyspace, Key: c.Args[0]})
}

func (f *family) rename(c *commands.Call) error {
	found, _, err := f.transfer(c, store.TransferOptions{Keyspace: c.Op.Keyspace, Key: c.Args[1], Replaces: true})
	switch {
	case err != nil:
		return err
	case !found:
		return commands.ErrNoKey
	}
	c.Reply.Status("OK")
	return nil
}

func (f *family) renameAbsent(c *commands.Call) error {
	found, done, err := f.transfer(c, store.TransferOptions{Keyspace: c.Op.Keyspace, Key: c.Args[1]})
	switch {
	case err != nil:
		return err
	case !found:
		return commands.ErrNoKey
	}
	c.IntBool(done)
	return nil
}
