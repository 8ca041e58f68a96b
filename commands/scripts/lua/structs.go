package lua

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// The bounds of struct's integers and alignment, in bytes.
const (
	maxStructInt   = 32
	maxStructAlign = 8
)

// openStruct makes the library struct.
func (s *state) openStruct() *lua.LTable {
	return s.library(map[string]function{"pack": structPack, "unpack": structUnpack, "size": structSize})
}

// layout reads the options of a format one by one.
type layout struct {
	a      args
	format string
	big    bool
	align  int
}

// layout returns the format that is the first argument.
func (a args) layout() *layout { return &layout{a: a, format: a.text(1), align: 1} }

// next returns the next option and its size, as the letter 0 at the end.
func (f *layout) next() (option byte, size int) {
	if f.format == "" || f.format[0] == 0 {
		return 0, 0
	}
	option = f.format[0]
	f.format = f.format[1:]
	switch option {
	case 'b', 'B', 'x':
		size = 1
	case 'h', 'H':
		size = 2
	case 'l', 'L', 'T', 'd':
		size = 8
	case 'f':
		size = 4
	case 'c':
		size = f.number(1)
	case 'i', 'I':
		if size = f.number(4); size > maxStructInt {
			f.a.fail("integral size %d is larger than limit of %d", size, maxStructInt)
		}
	}
	return option, size
}

// number reads the digits that follow an option.
func (f *layout) number(otherwise int) int {
	if f.format == "" || !isDigit(f.format[0]) {
		return otherwise
	}
	n := 0
	for f.format != "" && isDigit(f.format[0]) {
		digit := int(f.format[0] - '0')
		if n > math.MaxInt32/10 || n*10 > math.MaxInt32-digit {
			f.a.fail("integral size overflow")
		}
		n = n*10 + digit
		f.format = f.format[1:]
	}
	return n
}

// padding returns how many bytes stand before an option at a position.
func (f *layout) padding(at int, option byte, size int) int {
	if size == 0 || option == 'c' {
		return 0
	}
	size = min(size, f.align)
	return (size - at&(size-1)) & (size - 1)
}

// control obeys an option that is no value.
func (f *layout) control(option byte) {
	switch option {
	case ' ':
	case '>', '<':
		f.big = option == '>'
	case '!':
		n := f.number(maxStructAlign)
		if n <= 0 || n&(n-1) != 0 {
			f.a.fail("alignment %d is not a power of 2", n)
		}
		f.align = n
	default:
		f.a.bad(1, fmt.Sprintf("invalid format option '%c'", option))
	}
}

// order returns bytes that are little-endian in the order of the format.
func (f *layout) order(b []byte) []byte {
	if f.big {
		slices.Reverse(b)
	}
	return b
}

// structPack is struct.pack(format, ...).
func structPack(a args) int {
	f := a.layout()
	a.Push(lua.LNil) // as in Redis, so that the first missing argument is nil
	var out []byte
	arg := 2
	for option, size := f.next(); option != 0; option, size = f.next() {
		before := len(out)
		out = append(out, make([]byte, f.padding(len(out), option, size))...)
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			b := make([]byte, max(size, 8))
			binary.LittleEndian.PutUint64(b, unsigned(a.number(arg)))
			out = append(out, f.order(b[:size])...)
			arg++
		case 'f':
			out = append(out, f.order(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(a.number(arg)))))...)
			arg++
		case 'd':
			out = append(out, f.order(binary.LittleEndian.AppendUint64(nil, math.Float64bits(a.number(arg))))...)
			arg++
		case 'x':
			out = append(out, 0)
		case 'c', 's':
			text := a.text(arg)
			arg++
			if size == 0 {
				size = len(text)
			}
			if len(text) < size {
				a.bad(arg, "string too short")
			}
			a.charge(size)
			out = append(out, text[:size]...)
			if option == 's' {
				out = append(out, 0)
			}
		default:
			f.control(option)
		}
		a.charge(len(out) - before + stepPrice)
	}
	return a.pushText(unsafeString(out))
}

// structUnpack is struct.unpack(format, data [, from]): the values and the position of what follows.
func structUnpack(a args) int {
	f := a.layout()
	data := a.text(2)
	at := a.optInt(3, 1) - 1
	switch {
	case at == -1:
		a.bad(3, "offset must be 1 or greater")
	case at < 0: // Redis reads it as an offset past the end
		a.bad(2, "data string too short")
	}
	var values []lua.LValue
	for option, size := f.next(); option != 0; option, size = f.next() {
		at += f.padding(at, option, size)
		if size > len(data) || at > len(data)-size {
			a.bad(2, "data string too short")
		}
		if len(values) >= 7990 {
			a.fail("stack overflow (too many results)")
		}
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			values = append(values, f.integer(data[at:at+size], isLower(option)))
		case 'f':
			values = append(values, lua.LNumber(math.Float32frombits(binary.LittleEndian.Uint32(f.order([]byte(data[at:at+4]))))))
		case 'd':
			values = append(values, lua.LNumber(math.Float64frombits(binary.LittleEndian.Uint64(f.order([]byte(data[at:at+8]))))))
		case 'x':
		case 'c':
			if size == 0 {
				values, size = f.counted(values)
				if size < 0 || size > len(data)-at {
					a.bad(2, "data string too short")
				}
			}
			values = append(values, lua.LString(data[at:at+size]))
		case 's':
			length := strings.IndexByte(data[at:], 0)
			if length < 0 {
				a.fail("unfinished string in data")
			}
			values = append(values, lua.LString(data[at:at+length]))
			size = length + 1
		default:
			f.control(option)
		}
		a.charge(32)
		at += size
	}
	return a.returns(append(values, lua.LNumber(at+1))...)
}

// counted takes the length of c0 from the values before.
func (f *layout) counted(values []lua.LValue) ([]lua.LValue, int) {
	if len(values) == 0 {
		f.a.fail("format 'c0' needs a previous size")
	}
	n, ok := toNumber(values[len(values)-1])
	if !ok {
		f.a.fail("format 'c0' needs a previous size")
	}
	return values[:len(values)-1], int(truncate(n))
}

// integer reads a number of up to maxStructInt bytes, of which the low 8 count.
func (f *layout) integer(data string, signed bool) lua.LNumber {
	b := f.order([]byte(data))
	var v uint64
	for i := min(len(b), 8) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	if !signed {
		return lua.LNumber(v)
	}
	if unused := 64 - 8*len(b); unused > 0 && unused < 64 {
		return lua.LNumber(int64(v<<unused) >> unused)
	}
	return lua.LNumber(int64(v))
}

// structSize is struct.size(format), for formats without strings.
func structSize(a args) int {
	f := a.layout()
	at := 0
	for option, size := f.next(); option != 0; option, size = f.next() {
		at += f.padding(at, option, size)
		switch {
		case option == 's':
			a.bad(1, "option 's' has no fixed size")
		case option == 'c' && size == 0:
			a.bad(1, "option 'c0' has no fixed size")
		case !isAlpha(option) && !isDigit(option):
			f.control(option)
		}
		at += size
	}
	return a.returns(lua.LNumber(at))
}
