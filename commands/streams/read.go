package streams

import (
	"sessd/commands"
	"sessd/store"
)

// writeID answers an id.
func writeID(r commands.Reply, id store.StreamID) {
	var b [41]byte
	r.Bulk(id.AppendTo(b[:0]))
}

// scratch is the visitors of a Call.
type scratch struct{ entries entryReply }

// entryReply answers with entries.
type entryReply struct {
	reply commands.Reply
	mark  int
	one   bool // an entry without an array around it, or null
	// name and header, of XREAD, come before the entries where there are some.
	name   []byte
	header func()
	count  int
}

// replyTo returns the visitor that answers.
func replyTo(c *commands.Call) *entryReply {
	v := &c.Scratch().(*scratch).entries
	*v = entryReply{reply: c.Reply, mark: c.Reply.Mark()}
	return v
}

// Entries implements store.StreamVisitor.
func (v *entryReply) Entries(n int) {
	v.reply.Rewind(v.mark)
	v.count = n
	switch {
	case v.one && n == 0:
		v.reply.Null()
	case v.one, n == 0 && v.header != nil:
	default:
		if v.header != nil {
			v.header()
			v.reply.Bulk(v.name)
		}
		v.reply.Array(n)
	}
}

// Entry implements store.StreamVisitor.
func (v *entryReply) Entry(id store.StreamID, pairs [][]byte) {
	v.reply.Array(2)
	writeID(v.reply, id)
	v.reply.Array(len(pairs))
	for _, text := range pairs {
		v.reply.Bulk(text)
	}
}

// show shows a range. An error leaves nothing of it.
func (f *family) show(c *commands.Call, key []byte, r store.StreamRange, v *entryReply) error {
	err := f.engine.RangeStream(c.Context, c.Op, key, r, v)
	if err != nil {
		c.Reply.Rewind(v.mark)
	}
	return err
}

func (f *family) length(c *commands.Call) error {
	i, _, err := f.engine.StreamInfo(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(i.Length))
	return nil
}

func (f *family) readRange(c *commands.Call) error { return f.rangeOf(c, c.Args[1], c.Args[2], false) }
func (f *family) revRange(c *commands.Call) error  { return f.rangeOf(c, c.Args[2], c.Args[1], true) }

func (f *family) rangeOf(c *commands.Call, first, last []byte, fromEnd bool) (err error) {
	r := store.StreamRange{FromEnd: fromEnd}
	if r.First, err = parseFirst(first); err != nil {
		return err
	}
	if r.Last, err = parseLast(last); err != nil {
		return err
	}
	none := false
	for rest := commands.Read(c.Args[3:]); rest.More(); {
		word, _ := rest.Next()
		if !commands.Is(word, "COUNT") || !rest.More() {
			return commands.ErrSyntax
		}
		if r.Count, err = rest.Integer(); err != nil {
			return err
		}
		none = r.Count <= 0
	}
	if !none {
		return f.show(c, c.Args[0], r, replyTo(c))
	}
	_, found, err := f.engine.StreamInfo(c.Context, c.Op, c.Args[0])
	switch {
	case err != nil:
		return err
	case found:
		c.Reply.NullArray()
	default:
		c.Reply.Array(0)
	}
	return nil
}
