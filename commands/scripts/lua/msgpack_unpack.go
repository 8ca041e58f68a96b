package lua

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// maxUnpackDepth bounds how deep packed tables nest, because unpacking recurses.
const maxUnpackDepth = 2000

// unpacker reads packed values.
type unpacker struct {
	a     args
	data  string
	depth int
}

// msgpackUnpack is cmsgpack.unpack(text): all values.
func msgpackUnpack(a args) int { return a.unpackSome(math.MaxInt32, 0, true) }

// msgpackUnpackOne is cmsgpack.unpack_one(text [, offset]): the offset of what follows, -1 at the end, and a value.
func msgpackUnpackOne(a args) int {
	offset := a.optInt(2, 0)
	return a.unpackSome(1, offset, false)
}

// msgpackUnpackLimit is cmsgpack.unpack_limit(text, limit [, offset]): the same for up to limit values.
func msgpackUnpackLimit(a args) int {
	limit, offset := a.int(2), a.optInt(3, 0)
	return a.unpackSome(limit, offset, false)
}

// unpackSome pushes up to limit values from an offset on, after the offset of what follows, -1 for nothing, unless all is set.
func (a args) unpackSome(limit, offset int, all bool) int {
	text := a.text(1)
	if offset < 0 || limit < 0 {
		a.fail("Invalid request to unpack with offset of %d and limit of %d.", offset, len(text))
	}
	if offset > len(text) {
		a.fail("Start offset %d greater than input length %d.", offset, len(text))
	}
	u := &unpacker{a: a, data: text[offset:]}
	var values []lua.LValue
	for len(u.data) > 0 && len(values) < limit {
		if len(values) >= 7990 {
			a.fail("stack overflow (in function mp_unpack)")
		}
		values = append(values, u.value())
	}
	n := 0
	if !all {
		n = 1
		if len(u.data) == 0 {
			a.Push(lua.LNumber(-1))
		} else {
			a.Push(lua.LNumber(len(text) - len(u.data)))
		}
	}
	return n + a.returns(values...)
}

// take returns the next n bytes.
func (u *unpacker) take(n int) string {
	if n > len(u.data) {
		u.a.fail("Missing bytes in input.")
	}
	part := u.data[:n]
	u.data = u.data[n:]
	return part
}

// unsigned reads a big-endian number of n bytes.
func (u *unpacker) unsigned(n int) uint64 {
	var buf [8]byte
	copy(buf[8-n:], u.take(n))
	return binary.BigEndian.Uint64(buf[:])
}

// value reads a value.
func (u *unpacker) value() lua.LValue {
	c := u.take(1)[0]
	u.a.charge(16)
	switch {
	case c <= 0x7f || c >= 0xe0:
		return lua.LNumber(int8(c))
	case c <= 0x8f:
		return u.table(int(c&0xf), true)
	case c <= 0x9f:
		return u.table(int(c&0xf), false)
	case c <= 0xbf:
		return lua.LString(u.take(int(c & 0x1f)))
	}
	switch c {
	case 0xc0:
		return lua.LNil
	case 0xc2, 0xc3:
		return lua.LBool(c == 0xc3)
	case 0xca:
		return lua.LNumber(math.Float32frombits(uint32(u.unsigned(4))))
	case 0xcb:
		return lua.LNumber(math.Float64frombits(u.unsigned(8)))
	case 0xcc, 0xcd, 0xce, 0xcf:
		return lua.LNumber(int64(u.unsigned(1 << (c - 0xcc)))) // numbers of 64 bits have a sign in Redis
	case 0xd0, 0xd1, 0xd2, 0xd3:
		n := 1 << (c - 0xd0)
		unused := 64 - 8*n
		return lua.LNumber(int64(u.unsigned(n)<<unused) >> unused)
	case 0xd9, 0xda, 0xdb:
		return lua.LString(u.take(int(u.unsigned(1 << (c - 0xd9)))))
	case 0xdc, 0xdd:
		return u.table(int(u.unsigned(2<<(c-0xdc))), false)
	case 0xde, 0xdf:
		return u.table(int(u.unsigned(2<<(c-0xde))), true)
	}
	u.a.fail("Bad data format in input.")
	return nil
}

// table reads n elements, or n pairs of key and value.
func (u *unpacker) table(n int, pairs bool) lua.LValue {
	if u.depth++; u.depth > maxUnpackDepth {
		u.a.fail("stack overflow (in function mp_decode_to_lua_array)")
	}
	u.a.charge(256)
	t := u.a.CreateTable(0, 0)
	for i := 1; i <= n; i++ {
		u.a.charge(64)
		if pairs {
			key := u.value()
			u.a.set(t, key, u.value())
		} else {
			t.RawSetInt(i, u.value())
		}
	}
	u.depth--
	return t
}
