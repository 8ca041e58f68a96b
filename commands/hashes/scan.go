package hashes

import (
	"bytes"
	"strconv"

	"sessd/commands"
	"sessd/store"
)

// sizeOf is the number of fields of a hash.
type sizeOf int

// Hash implements store.HashVisitor.
func (n *sizeOf) Hash(fields int) { *n = sizeOf(fields) }

// Field implements store.HashVisitor.
func (*sizeOf) Field([]byte, []byte, bool) {}

// parseRandom reads what follows the key of HRANDFIELD.
func parseRandom(words [][]byte) (count int64, withValues bool, err error) {
	rest := commands.Read(words)
	if count, err = rest.Integer(); err != nil {
		return 0, false, err
	}
	const most = 1<<63 - 1
	if count < -most {
		return 0, false, errLeastCount
	}
	if !rest.More() {
		return count, false, nil
	}
	word, _ := rest.Next()
	switch {
	case rest.More() || !commands.Is(word, "WITHVALUES"):
		return 0, false, commands.ErrSyntax
	case count < -most/2 || count > most/2:
		return 0, false, errCount
	}
	return count, true, nil
}

// mostDrawn is the greatest number of fields that are drawn for one reply. Redis goes on until its memory or the limit of
// the client's output ends, so nobody lives on more.
const mostDrawn = 1 << 20

func (f *family) random(c *commands.Call) error {
	v, count := replyTo(c, showRandom), int64(1)
	if v.asked = 1; len(c.Args) > 1 {
		n, withValues, err := parseRandom(c.Args[1:])
		if err != nil {
			return err
		}
		if n < -mostDrawn {
			return errCount
		}
		if count, v.asked = n, 0; withValues {
			v.show = showPairs
		}
	}
	return f.engine.RandomFields(c.Context, c.Op, c.Args[0], count, v)
}

func (f *family) scan(c *commands.Call) error {
	at, _, err := commands.ParseScan(c.Args[1:2], false)
	if err != nil {
		return err
	}
	// As in Redis, options are looked at once there is a hash.
	var size sizeOf
	if err := f.engine.ReadHash(c.Context, c.Op, c.Args[0], store.HashRead{Size: true}, &size); err != nil {
		return err
	}
	var found [][]byte
	if size > 0 {
		var o store.ScanOptions
		if _, o, err = commands.ParseScan(c.Args[1:], false); err != nil {
			return err
		}
		at, err = f.engine.ScanHash(c.Context, c.Op, c.Args[0], at, o.Count, func(name, value []byte) {
			if o.Match == nil || o.Match.Match(name) {
				found = append(found, bytes.Clone(name), bytes.Clone(value))
			}
		})
		if err != nil {
			return err
		}
	} else {
		at = 0
	}
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatUint(at, 10))
	c.Bulks(found)
	return nil
}
