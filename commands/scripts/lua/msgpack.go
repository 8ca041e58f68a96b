package lua

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// maxPackDepth is how deep tables are packed. A deeper one becomes nil, as in Redis.
const maxPackDepth = 16

// openMsgpack makes the library cmsgpack.
func (s *state) openMsgpack() *lua.LTable {
	t := s.library(map[string]function{
		"pack": msgpackPack, "unpack": msgpackUnpack, "unpack_one": msgpackUnpackOne, "unpack_limit": msgpackUnpackLimit,
	})
	for name, text := range map[string]string{
		"_NAME": "cmsgpack", "_VERSION": "lua-cmsgpack 0.4.0", "_COPYRIGHT": "Copyright (C) 2012, Salvatore Sanfilippo",
		"_DESCRIPTION": "MessagePack C implementation for Lua",
	} {
		t.RawSetString(name, lua.LString(text))
	}
	return t
}

// msgpackPack is cmsgpack.pack(v, ...): the values one after the other.
func msgpackPack(a args) int {
	n := a.GetTop()
	if n == 0 {
		a.bad(0, "MessagePack pack needs input.")
	}
	var out []byte
	for i := 1; i <= n; i++ {
		out = a.pack(out, a.Get(i), 0)
	}
	return a.pushText(unsafeString(out))
}

// pack appends a value that stands depth tables deep. Functions and the like become nil.
func (a args) pack(out []byte, v lua.LValue, depth int) []byte {
	before := len(out)
	switch v := v.(type) {
	case lua.LString:
		out = packLength(out, len(v), 0xa0, 32, 0xd9)
		out = append(out, v...)
	case lua.LNumber:
		out = packNumber(out, float64(v))
	case lua.LBool:
		if v {
			out = append(out, 0xc3)
		} else {
			out = append(out, 0xc2)
		}
	case *lua.LTable:
		if depth < maxPackDepth {
			return a.packTable(out, v, depth+1)
		}
		out = append(out, 0xc0)
	default:
		out = append(out, 0xc0)
	}
	a.charge(2*(len(out)-before) + stepPrice)
	return out
}

// packLength appends the head of a string, array or map: short in one byte, else by one of three codes from code on.
// Arrays and maps, whose code is not 0xd9, have no form of one byte of length.
func packLength(out []byte, n int, short byte, below int, code byte) []byte {
	switch {
	case n < below:
		return append(out, short|byte(n))
	case n <= math.MaxUint8 && code == 0xd9:
		return append(out, code, byte(n))
	case code == 0xd9:
		code++
	}
	if n <= math.MaxUint16 {
		return binary.BigEndian.AppendUint16(append(out, code), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(out, code+1), uint32(n))
}

// packNumber writes whole numbers as integers, and others in 4 bytes where that loses nothing.
func packNumber(out []byte, v float64) []byte {
	if n := truncate(v); float64(n) == v && n != math.MaxInt64 && !math.IsInf(v, 0) {
		return packInt(out, n)
	}
	if f := float32(v); float64(f) == v {
		return binary.BigEndian.AppendUint32(append(out, 0xca), math.Float32bits(f))
	}
	return binary.BigEndian.AppendUint64(append(out, 0xcb), math.Float64bits(v))
}

// packInt writes an integer in its shortest form.
func packInt(out []byte, n int64) []byte {
	switch {
	case n >= -32 && n <= math.MaxInt8:
		return append(out, byte(n))
	case n >= 0 && n <= math.MaxUint8:
		return append(out, 0xcc, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, 0xcd), uint16(n))
	case n >= 0 && n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(out, 0xce), uint32(n))
	case n >= 0:
		return binary.BigEndian.AppendUint64(append(out, 0xcf), uint64(n))
	case n >= math.MinInt8:
		return append(out, 0xd0, byte(n))
	case n >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(out, 0xd1), uint16(n))
	case n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(out, 0xd2), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(out, 0xd3), uint64(n))
}

// packTable writes an array where the keys are 1 to n, or else a map.
func (a args) packTable(out []byte, t *lua.LTable, depth int) []byte {
	if count, most, isArray := numbered(t); isArray && most == count {
		a.charge(count * stepPrice)
		out = packLength(out, count, 0x90, 16, 0xdc)
		for i := 1; i <= count; i++ {
			out = a.pack(out, t.RawGet(lua.LNumber(i)), depth)
		}
		return out
	}
	inside := layoutOf(t)
	count := len(inside.dict) + len(inside.strdict)
	for _, v := range inside.array {
		if v != lua.LNil {
			count++
		}
	}
	a.charge(count * stepPrice)
	out = packLength(out, count, 0x80, 16, 0xde)
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		out = a.pack(a.pack(out, key, depth), v, depth)
	}
	return out
}
