package sets

import (
	"bytes"
	"strconv"

	"sessd/commands"
	"sessd/store"
)

// show is what a visitor answers of a set.
type show uint8

const (
	showSize  show = iota
	showFound      // 1 if the member is there
	showEach       // an array of that for each
	showSet
	showArray
	showOne // or null
)

// setReply answers with a set, or a part of it.
type setReply struct {
	reply commands.Reply
	show  show
	asked int // members asked for
}

// scratch is the visitors of a Call.
type scratch struct{ set setReply }

// replyTo returns the visitor that answers.
func replyTo(c *commands.Call, s show) *setReply {
	v := &c.Scratch().(*scratch).set
	*v = setReply{reply: c.Reply, show: s}
	return v
}

// Set implements store.SetVisitor.
func (v *setReply) Set(members int) {
	switch v.show {
	case showSize:
		v.reply.Int(int64(members))
	case showEach:
		v.reply.Array(v.asked)
	case showSet:
		v.reply.Set(members)
	case showArray:
		v.reply.Array(members)
	case showOne:
		if members == 0 {
			v.reply.Null()
		}
	}
}

// Member implements store.SetVisitor.
func (v *setReply) Member(member []byte, found bool) {
	switch v.show {
	case showFound, showEach:
		n := int64(0)
		if found {
			n = 1
		}
		v.reply.Int(n)
	default:
		v.reply.Bulk(member)
	}
}

// read answers with what a visitor makes of members that are asked for.
func (f *family) read(c *commands.Call, s show, members [][]byte) error {
	v := replyTo(c, s)
	v.asked = len(members)
	return f.engine.ReadSet(c.Context, c.Op, c.Args[0], store.SetRead{Members: members, Size: s == showSize}, v)
}

func (f *family) size(c *commands.Call) error    { return f.read(c, showSize, nil) }
func (f *family) has(c *commands.Call) error     { return f.read(c, showFound, c.Args[1:2]) }
func (f *family) hasMany(c *commands.Call) error { return f.read(c, showEach, c.Args[1:]) }
func (f *family) all(c *commands.Call) error     { return f.read(c, showSet, nil) }

func (f *family) add(c *commands.Call) error {
	n, err := f.engine.AddToSet(c.Context, c.Op, c.Args[0], c.Args[1:])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) remove(c *commands.Call) error {
	n, err := f.engine.RemoveFromSet(c.Context, c.Op, c.Args[0], c.Args[1:])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

// countAfter reads the count that may follow the key; given is false without one. An error is ErrSyntax or ErrNotInteger.
func countAfter(words [][]byte) (count int64, given bool, err error) {
	switch len(words) {
	case 0:
		return 1, false, nil
	case 1:
		rest := commands.Read(words)
		count, err = rest.Integer()
		return count, true, err
	}
	return 0, true, commands.ErrSyntax
}

func (f *family) pop(c *commands.Call) error {
	count, given, err := countAfter(c.Args[1:])
	switch {
	case err == commands.ErrSyntax:
		return err
	case err != nil || count < 0:
		return errPopCount
	}
	v := replyTo(c, showOne)
	if given {
		v.show = showSet
	}
	return f.engine.PopFromSet(c.Context, c.Op, c.Args[0], count, v)
}

// mostDrawn is the greatest number of members that are drawn for one reply. Redis goes on until its memory or the limit of
// the client's output ends, so nobody lives on more.
const mostDrawn = 1 << 20

func (f *family) random(c *commands.Call) error {
	count, given, err := countAfter(c.Args[1:])
	switch {
	case err != nil:
		return err
	case count == -1<<63:
		return errLeastCount
	case count < -mostDrawn:
		return errCount
	}
	v := replyTo(c, showOne)
	if given {
		v.show = showArray
	}
	return f.engine.RandomFromSet(c.Context, c.Op, c.Args[0], count, v)
}

// sizeOf is the number of members of a set.
type sizeOf int

// Set implements store.SetVisitor.
func (n *sizeOf) Set(members int) { *n = sizeOf(members) }

// Member implements store.SetVisitor.
func (*sizeOf) Member([]byte, bool) {}

func (f *family) scan(c *commands.Call) error {
	at, _, err := commands.ParseScan(c.Args[1:2], false)
	if err != nil {
		return err
	}
	// As in Redis, options are looked at once there is a set.
	var size sizeOf
	if err := f.engine.ReadSet(c.Context, c.Op, c.Args[0], store.SetRead{Size: true}, &size); err != nil {
		return err
	}
	var found [][]byte
	if size > 0 {
		var o store.ScanOptions
		if _, o, err = commands.ParseScan(c.Args[1:], false); err != nil {
			return err
		}
		at, err = f.engine.ScanSet(c.Context, c.Op, c.Args[0], at, o.Count, func(member []byte) {
			if o.Match == nil || o.Match.Match(member) {
				found = append(found, bytes.Clone(member))
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
