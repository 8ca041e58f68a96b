package lua

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openBit makes the library bit: operations on 32 bits, whose results are signed.
func (s *state) openBit() *lua.LTable {
	functions := map[string]function{
		"tobit": func(a args) int { return a.pushBits(a.bits(1)) },
		"bnot":  func(a args) int { return a.pushBits(^a.bits(1)) },
		"bswap": func(a args) int { return a.pushBits(bits.ReverseBytes32(a.bits(1))) },
		"tohex": bitToHex,
	}
	for name, f := range map[string]func(x, y uint32) uint32{
		"band": func(x, y uint32) uint32 { return x & y },
		"bor":  func(x, y uint32) uint32 { return x | y },
		"bxor": func(x, y uint32) uint32 { return x ^ y },
	} {
		functions[name] = func(a args) int {
			v := a.bits(1)
			for i := 2; i <= a.GetTop(); i++ {
				v = f(v, a.bits(i))
			}
			return a.pushBits(v)
		}
	}
	for name, f := range map[string]func(x uint32, n int) uint32{
		"lshift":  func(x uint32, n int) uint32 { return x << n },
		"rshift":  func(x uint32, n int) uint32 { return x >> n },
		"arshift": func(x uint32, n int) uint32 { return uint32(int32(x) >> n) },
		"rol":     bits.RotateLeft32,
		"ror":     func(x uint32, n int) uint32 { return bits.RotateLeft32(x, -n) },
	} {
		functions[name] = func(a args) int { return a.pushBits(f(a.bits(1), int(a.bits(2)&31))) }
	}
	return s.library(functions)
}

// bits returns the low 32 bits of a number, rounded to an integer. The constant moves them to the end of the mantissa.
func (a args) bits(i int) uint32 { return uint32(math.Float64bits(a.number(i) + 3<<51)) }

// pushBits returns 32 bits as a signed number.
func (a args) pushBits(v uint32) int { return a.returns(lua.LNumber(int32(v))) }

// bitToHex is bit.tohex: the last n digits, in capitals for a negative n.
func bitToHex(a args) int {
	v := a.bits(1)
	n := 8
	if !a.absent(2) {
		n = int(int32(a.bits(2)))
	}
	text := strconv.FormatUint(uint64(v), 16)
	text = strings.Repeat("0", 8-len(text)) + text
	if n < 0 {
		text = strings.ToUpper(text)
		n = max(-n, -8)
	}
	if n < 0 || n > 8 {
		n = 8
	}
	return a.pushText(text[8-n:])
}
