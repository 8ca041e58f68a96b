package strings

import (
	"sessd/commands"
	"sessd/store"
)

func (f *family) appendTail(c *commands.Call) error {
	n, err := f.engine.AppendString(c.Context, c.Op, c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

// lengthReply writes a string's length, 0 when there is none.
type lengthReply struct{ reply commands.Reply }

func (l *lengthReply) Value(value []byte, _ bool) { l.reply.Int(int64(len(value))) }

func (f *family) length(c *commands.Call) error {
	length := &scratchOf(c).length
	length.reply = c.Reply
	return f.engine.GetString(c.Context, c.Op, c.Args[0], length)
}

// rangeReply writes a part of a string's value.
type rangeReply struct {
	reply      commands.Reply
	start, end int64 // of the first and the last byte; negative: from the end
}

func (r *rangeReply) Value(value []byte, _ bool) {
	from, to := r.Wants(len(value))
	r.reply.Bulk(value[from:to])
}

// Part is part of store.PartVisitor.
func (r *rangeReply) Part(part []byte, _, _ int) { r.reply.Bulk(part) }

// Wants is part of store.PartVisitor.
func (r *rangeReply) Wants(length int) (from, to int) {
	size := int64(length)
	start, end := r.start, r.end
	if start < 0 {
		start = max(0, start+size)
	}
	if end < 0 {
		end = max(0, end+size)
	}
	end = min(end, size-1)
	if start > end || r.start < 0 && r.end < 0 && r.start > r.end {
		return 0, 0
	}
	return int(start), int(end + 1)
}

// parseRange reads the positions of GETRANGE.
func parseRange(words [][]byte) (start, end int64, err error) {
	rest := commands.Read(words)
	if start, err = rest.Integer(); err != nil {
		return 0, 0, err
	}
	end, err = rest.Integer()
	return start, end, err
}

func (f *family) getRange(c *commands.Call) error {
	start, end, err := parseRange(c.Args[1:])
	if err != nil {
		return err
	}
	span := &scratchOf(c).span
	*span = rangeReply{reply: c.Reply, start: start, end: end}
	return f.engine.GetString(c.Context, c.Op, c.Args[0], span)
}

// parseOffset reads the offset of SETRANGE.
func parseOffset(word []byte) (int64, error) {
	offset, ok := store.ParseInt(word)
	if !ok {
		return 0, commands.ErrNotInteger
	}
	if offset < 0 {
		return 0, errOffset
	}
	return offset, nil
}

// heavyRange reports whether SETRANGE may have to make a string very long.
func heavyRange(c *commands.Call) bool {
	offset, err := parseOffset(c.Args[1])
	return err == nil && commands.HeavyBytes(offset)
}

func (f *family) setRange(c *commands.Call) error {
	offset, err := parseOffset(c.Args[1])
	if err != nil {
		return err
	}
	n, err := f.engine.SetStringRange(c.Context, c.Op, c.Args[0], offset, c.Args[2])
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}
