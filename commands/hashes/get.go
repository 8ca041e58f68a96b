package hashes

import (
	"sessd/commands"
	"sessd/store"
)

// show is what a visitor answers of a hash.
type show uint8

const (
	showValue  show = iota // of one field, or null
	showValues             // of the fields asked for, or null
	showAll                // names and values
	showNames
	showAllValues
	showSize
	showFound  // 1 if the field is there
	showLength // of its value
	showRandom // names, or one, or null
	showPairs  // an array of name and value for each
)

// hashReply answers with a hash, or a part of it.
type hashReply struct {
	reply commands.Reply
	show  show
	flat  bool // pairs one after the other
	asked int  // fields asked for
}

// scratch is the visitors of a Call.
type scratch struct{ hash hashReply }

// replyTo returns the visitor that answers.
func replyTo(c *commands.Call, s show) *hashReply {
	v := &c.Scratch().(*scratch).hash
	*v = hashReply{reply: c.Reply, show: s, flat: c.Protocol() < 3}
	return v
}

// Hash implements store.HashVisitor.
func (v *hashReply) Hash(fields int) {
	switch v.show {
	case showValues:
		v.reply.Array(v.asked)
	case showAll:
		v.reply.Map(fields)
	case showNames, showAllValues:
		v.reply.Array(fields)
	case showSize:
		v.reply.Int(int64(fields))
	case showRandom:
		switch {
		case v.asked != 1:
			v.reply.Array(fields)
		case fields == 0:
			v.reply.Null()
		}
	case showPairs:
		if v.flat {
			fields *= 2
		}
		v.reply.Array(fields)
	}
}

// Field implements store.HashVisitor.
func (v *hashReply) Field(name, value []byte, found bool) {
	switch v.show {
	case showValue, showValues:
		if found {
			v.reply.Bulk(value)
		} else {
			v.reply.Null()
		}
	case showAllValues:
		v.reply.Bulk(value)
	case showNames, showRandom:
		v.reply.Bulk(name)
	case showFound:
		n := int64(0)
		if found {
			n = 1
		}
		v.reply.Int(n)
	case showLength:
		v.reply.Int(int64(len(value)))
	case showPairs:
		if !v.flat {
			v.reply.Array(2)
		}
		v.reply.Bulk(name)
		v.reply.Bulk(value)
	case showAll:
		v.reply.Bulk(name)
		v.reply.Bulk(value)
	}
}

// read answers with what a visitor makes of fields that are asked for.
func (f *family) read(c *commands.Call, s show, fields [][]byte) error {
	v := replyTo(c, s)
	v.asked = len(fields)
	return f.engine.ReadHash(c.Context, c.Op, c.Args[0], store.HashRead{Fields: fields, Size: s == showSize}, v)
}

func (f *family) get(c *commands.Call) error     { return f.read(c, showValue, c.Args[1:2]) }
func (f *family) getMany(c *commands.Call) error { return f.read(c, showValues, c.Args[1:]) }
func (f *family) getAll(c *commands.Call) error  { return f.read(c, showAll, nil) }
func (f *family) names(c *commands.Call) error   { return f.read(c, showNames, nil) }
func (f *family) values(c *commands.Call) error  { return f.read(c, showAllValues, nil) }
func (f *family) size(c *commands.Call) error    { return f.read(c, showSize, nil) }
func (f *family) exists(c *commands.Call) error  { return f.read(c, showFound, c.Args[1:2]) }
func (f *family) length(c *commands.Call) error  { return f.read(c, showLength, c.Args[1:2]) }
