package bitmaps

import (
	"sessd/commands"
	"sessd/store"
)

// span is the part of a string that a request names. Redis reads its words once it has the string, and not at all where
// there is none, so whoever is shown the string reads them.
type span struct {
	start, end int64 // offsets of bits, both included
	toEnd      bool  // the request names no end
}

// parseUnit reads the unit of positions.
func parseUnit(word []byte) (bits bool, err error) {
	switch {
	case commands.Is(word, "BIT"):
		return true, nil
	case commands.Is(word, "BYTE"):
		return false, nil
	}
	return false, commands.ErrSyntax
}

// cut returns the part of a string of so many bytes from one position to another; negative ones count from its end.
func cut(bytes, start, end int64, bits bool) span {
	size := bytes
	if bits {
		size <<= 3
	}
	if start < 0 {
		start = max(0, start+size)
	}
	if end < 0 {
		end = max(0, end+size)
	}
	end = min(end, size-1)
	switch {
	case start > end:
		return span{start: 0, end: -1}
	case bits:
		return span{start: start, end: end}
	}
	return span{start: start << 3, end: end<<3 + 7}
}

// bytes returns the bytes that have the bits, none with an error.
func (s span) bytes(err error) (from, to int) {
	if err != nil || s.start > s.end {
		return 0, 0
	}
	return int(s.start >> 3), int(s.end>>3) + 1
}

// countReply answers how many bits are set in the part of a string that words name.
type countReply struct {
	words [][]byte
	count int64
	err   error
}

func (r *countReply) Value(value []byte, found bool) {
	if found {
		r.Part(value, 0, len(value))
	}
}

// Wants is part of store.PartVisitor.
func (r *countReply) Wants(length int) (from, to int) {
	s, err := parseCount(r.words, int64(length))
	return s.bytes(err)
}

// Part is part of store.PartVisitor.
func (r *countReply) Part(part []byte, from, length int) {
	var s span
	if s, r.err = parseCount(r.words, int64(length)); r.err == nil {
		before := int64(from) << 3
		r.count = store.CountBits(part, s.start-before, s.end-before)
	}
}

// parseCount reads what follows BITCOUNT's key, which holds a string of so many bytes.
func parseCount(words [][]byte, bytes int64) (span, error) {
	switch len(words) {
	case 0:
		return cut(bytes, 0, -1, false), nil
	case 2, 3:
	default:
		return span{}, commands.ErrSyntax
	}
	rest := commands.Read(words)
	start, err := rest.Integer()
	if err != nil {
		return span{}, err
	}
	end, err := rest.Integer()
	if err != nil {
		return span{}, err
	}
	if start < 0 && end < 0 && start > end {
		return span{end: -1}, nil
	}
	bits := false
	if len(words) == 3 {
		if bits, err = parseUnit(words[2]); err != nil {
			return span{}, err
		}
	}
	return cut(bytes, start, end, bits), nil
}

func (f *family) count(c *commands.Call) error {
	r := &countReply{words: c.Args[1:]}
	if err := f.engine.GetString(c.Context, c.Op, c.Args[0], r); err != nil {
		return err
	}
	if r.err == nil {
		c.Reply.Int(r.count)
	}
	return r.err
}

// findReply answers where the first bit of a kind is in the part of a string that words name.
type findReply struct {
	words [][]byte
	bit   bool
	at    int64
	err   error
}

func (r *findReply) Value(value []byte, found bool) {
	if !found {
		if r.bit {
			r.at = -1
		}
		return
	}
	r.Part(value, 0, len(value))
}

// Wants is part of store.PartVisitor.
func (r *findReply) Wants(length int) (from, to int) {
	s, err := parseFind(r.words, int64(length))
	return s.bytes(err)
}

// Part is part of store.PartVisitor.
func (r *findReply) Part(part []byte, from, length int) {
	var s span
	if s, r.err = parseFind(r.words, int64(length)); r.err != nil {
		return
	}
	before := int64(from) << 3
	if r.at = store.FindBit(part, r.bit, s.start-before, s.end-before); r.at >= 0 {
		r.at += before
	}
	if r.at < 0 && !r.bit && s.toEnd && s.start <= s.end {
		r.at = s.end + 1 // behind the string all bits are clear
	}
}

// parseFind reads what follows BITPOS's bit. The key holds a string of so many bytes.
func parseFind(words [][]byte, bytes int64) (s span, err error) {
	if len(words) > 3 {
		return span{}, commands.ErrSyntax
	}
	start, end, bits := int64(0), int64(-1), false
	if len(words) > 0 {
		rest := commands.Read(words)
		if start, err = rest.Integer(); err != nil {
			return span{}, err
		}
	}
	if len(words) > 2 {
		if bits, err = parseUnit(words[2]); err != nil {
			return span{}, err
		}
	}
	if len(words) > 1 {
		rest := commands.Read(words[1:])
		if end, err = rest.Integer(); err != nil {
			return span{}, err
		}
	}
	s = cut(bytes, start, end, bits)
	s.toEnd = len(words) < 2
	return s, nil
}

func (f *family) find(c *commands.Call) error {
	bit, ok := store.ParseInt(c.Args[1])
	if !ok {
		return commands.ErrNotInteger
	}
	if bit != 0 && bit != 1 {
		return errFindBit
	}
	r := &findReply{words: c.Args[2:], bit: bit == 1}
	if err := f.engine.GetString(c.Context, c.Op, c.Args[0], r); err != nil {
		return err
	}
	if r.err == nil {
		c.Reply.Int(r.at)
	}
	return r.err
}
