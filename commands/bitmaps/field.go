package bitmaps

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

// parseEncoding reads the type of a field, such as i16 or u8.
func parseEncoding(word []byte) (f store.BitField, err error) {
	if len(word) == 0 || word[0] != 'i' && word[0] != 'u' {
		return f, errEncoding
	}
	f.Signed = word[0] == 'i'
	most := int64(63)
	if f.Signed {
		most = 64
	}
	n, ok := store.ParseInt(word[1:])
	if !ok || n < 1 || n > most {
		return f, errEncoding
	}
	f.Width = int(n)
	return f, nil
}

// parseFieldOffset reads the offset of a field in bits, or with # in fields of its width.
func parseFieldOffset(word []byte, width int, most int64) (int64, error) {
	if len(word) == 0 || word[0] != '#' {
		return parseOffset(word, most)
	}
	n, err := parseOffset(word[1:], most)
	if err != nil || n > math.MaxInt64/int64(width) || n*int64(width) > most {
		return 0, errOffset
	}
	return n * int64(width), nil
}

// parseOverflow reads what follows OVERFLOW.
func parseOverflow(word []byte) (store.Overflow, error) {
	switch {
	case commands.Is(word, "WRAP"):
		return store.OverflowWrap, nil
	case commands.Is(word, "SAT"):
		return store.OverflowSaturate, nil
	case commands.Is(word, "FAIL"):
		return store.OverflowFail, nil
	}
	return 0, errOverflow
}

// parseFields reads what follows BITFIELD's key, and reports whether anything may be written.
func parseFields(words [][]byte, most int64) (ops []store.BitFieldOp, writes bool, err error) {
	how := store.OverflowWrap
	for len(words) > 0 {
		var action store.BitFieldAction
		size := 4 // words of the operation
		switch {
		case commands.Is(words[0], "GET") && len(words) > 2:
			action, size = store.BitFieldGet, 3
		case commands.Is(words[0], "SET") && len(words) > 3:
			action = store.BitFieldSet
		case commands.Is(words[0], "INCRBY") && len(words) > 3:
			action = store.BitFieldIncr
		case commands.Is(words[0], "OVERFLOW") && len(words) > 1:
			if how, err = parseOverflow(words[1]); err != nil {
				return nil, false, err
			}
			words = words[2:]
			continue
		default:
			return nil, false, commands.ErrSyntax
		}
		o := store.BitFieldOp{Action: action, Overflow: how}
		if o.BitField, err = parseEncoding(words[1]); err != nil {
			return nil, false, err
		}
		if o.Offset, err = parseFieldOffset(words[2], o.Width, most); err != nil {
			return nil, false, err
		}
		if action != store.BitFieldGet {
			writes = true
			operand, ok := store.ParseInt(words[3])
			if !ok {
				return nil, false, commands.ErrNotInteger
			}
			o.Operand = operand
		}
		ops, words = append(ops, o), words[size:]
	}
	return ops, writes, nil
}

// keysOfBitField returns BITFIELD's key. With nothing but GET its value is read alone.
func keysOfBitField(keys []commands.Key, words [][]byte) []commands.Key {
	access := commands.RO | commands.Access
	for rest := words[2:]; len(rest) > 0; {
		switch {
		case commands.Is(rest[0], "GET") && len(rest) > 2:
			rest = rest[3:]
		case commands.Is(rest[0], "OVERFLOW") && len(rest) > 1:
			rest = rest[2:]
		default:
			access, rest = commands.RW|commands.Access|commands.Update, nil
		}
	}
	return append(keys, commands.Key{Word: words[1], Access: access})
}

// fieldsReader does operations that only read on the value that it is shown.
type fieldsReader []store.BitFieldOp

func (r fieldsReader) Value(value []byte, _ bool) {
	for i := range r {
		r[i].Do(value)
	}
}

// replyFields answers what operations return.
func replyFields(c *commands.Call, ops []store.BitFieldOp) {
	c.Reply.Array(len(ops))
	for i := range ops {
		if ops[i].Refused {
			c.Reply.Null()
		} else {
			c.Reply.Int(ops[i].Result)
		}
	}
}

func (f *family) change(c *commands.Call) error {
	ops, writes, err := parseFields(c.Args[1:], f.mostOffset())
	switch {
	case err != nil:
		return err
	case writes:
		err = f.engine.ChangeBitFields(c.Context, c.Op, c.Args[0], ops)
	default:
		err = f.engine.GetString(c.Context, c.Op, c.Args[0], fieldsReader(ops))
	}
	if err == nil {
		replyFields(c, ops)
	}
	return err
}

func (f *family) read(c *commands.Call) error {
	ops, writes, err := parseFields(c.Args[1:], f.mostOffset())
	if err != nil {
		return err
	}
	if writes {
		return errReadOnly
	}
	if err := f.engine.GetString(c.Context, c.Op, c.Args[0], fieldsReader(ops)); err != nil {
		return err
	}
	replyFields(c, ops)
	return nil
}
