package lua

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// jsonEncoder writes one text.
type jsonEncoder struct {
	a    args
	o    *jsonOptions
	out  []byte
	paid int
}

// jsonEncode is cjson.encode(v).
func jsonEncode(a args, o *jsonOptions) int {
	if a.GetTop() != 1 {
		a.bad(1, "expected 1 argument")
	}
	e := &jsonEncoder{a: a, o: o}
	e.value(a.Get(1), 0)
	return a.pushText(string(e.out))
}

// pay pays for what was written since the last time.
func (e *jsonEncoder) pay() {
	e.a.charge(2*(len(e.out)-e.paid) + stepPrice)
	e.paid = len(e.out)
}

// value writes a value that stands depth tables deep.
func (e *jsonEncoder) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		e.text(string(v))
	case lua.LNumber:
		e.number(float64(v))
	case lua.LBool:
		e.out = append(e.out, v.String()...)
	case *lua.LNilType:
		e.out = append(e.out, "null"...)
	case *lua.LTable:
		e.table(v, depth+1)
	default:
		if v == lua.LValue(e.a.s.null) {
			e.out = append(e.out, "null"...)
			return
		}
		e.a.fail("Cannot serialise %s: type not supported", v.Type().String())
	}
}

// number writes a number as C's %g with the digits that are set.
func (e *jsonEncoder) number(v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		switch e.o.encodeInvalid {
		case "off":
			e.a.fail("Cannot serialise number: must not be NaN or Inf")
		case "null":
			e.out = append(e.out, "null"...)
			return
		}
	}
	if e.o.precision == 14 {
		e.out = append(e.out, formatNumber(v)...)
		return
	}
	e.out = appendG(e.out, v, e.o.precision)
}

// jsonEscapes are the characters that have a short escape.
var jsonEscapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}

// text writes a string. Bytes above 127 stay as they are.
func (e *jsonEncoder) text(text string) {
	const hex = "0123456789abcdef"
	e.out = append(e.out, '"')
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= ' ' && c != '"' && c != '\\' && c != '/' && c != 0x7f:
			e.out = append(e.out, c)
		case jsonEscapes[c] != 0:
			e.out = append(e.out, '\\', jsonEscapes[c])
		default:
			e.out = append(e.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	e.out = append(e.out, '"')
	e.pay()
}

// table writes an array where all keys are whole numbers from 1 on, or else an object. An empty table is {}.
func (e *jsonEncoder) table(t *lua.LTable, depth int) {
	if depth > e.o.encodeDepth || depth > maxJSONDepth {
		e.a.fail("Cannot serialise, excessive nesting (%d)", depth)
	}
	length := e.arrayLength(t)
	if length > 0 || length == 0 && t.Metatable == lua.LValue(e.a.s.arrayMark) {
		e.out = append(e.out, '[')
		for i := 1; i <= length; i++ {
			if i > 1 {
				e.out = append(e.out, ',')
			}
			e.value(t.RawGet(lua.LNumber(i)), depth)
			e.pay()
		}
		e.out = append(e.out, ']')
		return
	}
	e.out = append(e.out, '{')
	first := true
	for key, v := t.Next(lua.LNil); key != lua.LNil; key, v = t.Next(key) {
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		switch key := key.(type) {
		case lua.LString:
			e.text(string(key))
		case lua.LNumber:
			e.out = append(e.out, '"')
			e.number(float64(key))
			e.out = append(e.out, '"')
		default:
			e.a.fail("Cannot serialise %s: table key must be a number or string", key.Type().String())
		}
		e.out = append(e.out, ':')
		e.value(v, depth)
		e.pay()
	}
	e.out = append(e.out, '}')
}

// arrayLength returns the length of a table that is an array, and -1 for one that is an object. An empty one is 0.
func (e *jsonEncoder) arrayLength(t *lua.LTable) int {
	items, most, isArray := numbered(t)
	if !isArray {
		return -1
	}
	e.a.charge(items * stepPrice)
	if e.o.sparseRatio > 0 && most/e.o.sparseRatio >= items && most > items*e.o.sparseRatio && most > e.o.sparseSafe {
		if !e.o.sparseConvert {
			e.a.fail("Cannot serialise table: excessively sparse array")
		}
		return -1
	}
	return most
}
