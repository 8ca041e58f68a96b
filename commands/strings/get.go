package strings

import "sessd/commands"

// scratch is the visitors of a Call.
type scratch struct {
	value  valueReply
	length lengthReply
	span   rangeReply
}

// scratchOf returns the visitors of a Call, whose command is one of this family.
func scratchOf(c *commands.Call) *scratch { return c.Scratch().(*scratch) }

// valueReply answers with a string's value, or null.
type valueReply struct {
	reply commands.Reply
	found bool // what was written last was a value
}

func (v *valueReply) Value(value []byte, found bool) {
	v.found = found
	if found {
		v.reply.Bulk(value)
	} else {
		v.reply.Null()
	}
}

// Wants is part of store.PartVisitor.
func (v *valueReply) Wants(length int) (from, to int) { return 0, length }

// Part is part of store.PartVisitor.
func (v *valueReply) Part(part []byte, _, _ int) { v.Value(part, true) }

// valueTo returns the visitor that answers with a value.
func valueTo(c *commands.Call) *valueReply {
	v := &scratchOf(c).value
	v.reply = c.Reply
	return v
}

func (f *family) get(c *commands.Call) error {
	return f.engine.GetString(c.Context, c.Op, c.Args[0], valueTo(c))
}

func (f *family) getDelete(c *commands.Call) error {
	return f.engine.DeleteString(c.Context, c.Op, c.Args[0], valueTo(c))
}

func (f *family) getMany(c *commands.Call) error {
	c.Reply.Array(len(c.Args))
	return f.engine.GetStrings(c.Context, c.Op, c.Args, valueTo(c))
}

func (f *family) setMany(c *commands.Call) error {
	if len(c.Args)%2 != 0 {
		return commands.ErrArity(c.Command.Name)
	}
	if _, err := f.engine.SetStrings(c.Context, c.Op, c.Args, false); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

func (f *family) setManyAbsent(c *commands.Call) error {
	if len(c.Args)%2 != 0 {
		return commands.ErrArity(c.Command.Name)
	}
	stored, err := f.engine.SetStrings(c.Context, c.Op, c.Args, true)
	if err != nil {
		return err
	}
	c.IntBool(stored)
	return nil
}
