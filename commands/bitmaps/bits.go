package bitmaps

import (
	"sessd/commands"
	"sessd/store"
)

// parseOffset reads the offset of a bit, which is not greater than most.
func parseOffset(word []byte, most int64) (int64, error) {
	n, ok := store.ParseInt(word)
	if !ok || n < 0 || n > most {
		return 0, errOffset
	}
	return n, nil
}

// bitReply answers the bit at an offset.
type bitReply struct {
	call   *commands.Call
	offset int64
}

func (b *bitReply) Value(value []byte, _ bool) { b.call.IntBool(store.BitAt(value, b.offset)) }

func (f *family) getBit(c *commands.Call) error {
	offset, err := parseOffset(c.Args[1], f.mostOffset())
	if err != nil {
		return err
	}
	return f.engine.GetString(c.Context, c.Op, c.Args[0], &bitReply{c, offset})
}

func (f *family) setBit(c *commands.Call) error {
	offset, err := parseOffset(c.Args[1], f.mostOffset())
	if err != nil {
		return err
	}
	bit, ok := store.ParseInt(c.Args[2])
	if !ok || bit != 0 && bit != 1 {
		return errBit
	}
	before, err := f.engine.SetBit(c.Context, c.Op, c.Args[0], offset, bit == 1)
	if err != nil {
		return err
	}
	c.IntBool(before)
	return nil
}

// ways are the first word of BITOP.
var ways = []struct {
	word string
	how  store.BitOp
}{{"AND", store.BitAnd}, {"OR", store.BitOr}, {"XOR", store.BitXor}, {"NOT", store.BitNot}}

func (f *family) combine(c *commands.Call) error {
	for _, way := range ways {
		if !commands.Is(c.Args[0], way.word) {
			continue
		}
		if way.how == store.BitNot && len(c.Args) != 3 {
			return errNot
		}
		n, err := f.engine.CombineBits(c.Context, c.Op, c.Args[1], way.how, c.Args[2:])
		if err == nil {
			c.Reply.Int(int64(n))
		}
		return err
	}
	return commands.ErrSyntax
}
