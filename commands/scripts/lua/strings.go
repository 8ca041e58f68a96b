package lua

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// openString makes the library string.
func (s *state) openString() *lua.LTable {
	t := s.library(map[string]function{
		"byte": stringByte, "char": stringChar, "dump": stringDump, "find": stringFind, "format": stringFormat,
		"gmatch": stringGmatch, "gfind": stringGmatch, "gsub": stringGsub, "len": stringLen, "lower": stringLower,
		"match": stringMatch, "rep": stringRep, "reverse": stringReverse, "sub": stringSub, "upper": stringUpper,
	})
	return t
}

// pushText returns a string as the result.
func (a args) pushText(text string) int { return a.returns(lua.LString(text)) }

// position turns an index that may count from the end into one from the start.
func fromStart(i, length int) int {
	if i < 0 {
		return max(i+length+1, 0)
	}
	return i
}

// stringByte is string.byte(s [, from [, to]]).
func stringByte(a args) int {
	text := a.text(1)
	first := a.optInt(2, 1)
	from, to := fromStart(first, len(text)), fromStart(a.optInt(3, first), len(text))
	from, to = max(from, 1), min(to, len(text))
	if to-from >= 8000 {
		a.fail("string slice too long")
	}
	for i := from; i <= to; i++ {
		a.Push(lua.LNumber(text[i-1]))
	}
	return max(to-from+1, 0)
}

// stringChar is string.char(...).
func stringChar(a args) int {
	text := make([]byte, a.GetTop())
	for i := range text {
		c := a.int32(i + 1)
		if c < 0 || c > 255 {
			a.bad(i+1, "invalid value")
		}
		text[i] = byte(c)
	}
	return a.pushText(string(text))
}

// stringDump is string.dump, which has no bytecode to give.
func stringDump(a args) int {
	a.callable(1)
	a.fail("unable to dump given function")
	return 0
}

// stringLen is string.len(s), in bytes.
func stringLen(a args) int { return a.returns(lua.LNumber(len(a.text(1)))) }

// mapped returns a copy of a string with each byte changed.
func (a args) mapped(change func(text []byte)) int {
	text := a.text(1)
	a.charge(len(text))
	bytes := []byte(text)
	change(bytes)
	return a.pushText(unsafeString(bytes))
}

// stringLower is string.lower(s), for ASCII.
func stringLower(a args) int {
	return a.mapped(func(text []byte) {
		for i, c := range text {
			if isUpper(c) {
				text[i] = c | 0x20
			}
		}
	})
}

// stringUpper is string.upper(s), for ASCII.
func stringUpper(a args) int {
	return a.mapped(func(text []byte) {
		for i, c := range text {
			if isLower(c) {
				text[i] = c &^ 0x20
			}
		}
	})
}

// stringReverse is string.reverse(s), by bytes.
func stringReverse(a args) int {
	return a.mapped(func(text []byte) {
		for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
			text[i], text[j] = text[j], text[i]
		}
	})
}

// stringRep is string.rep(s, n). It pays before it allocates.
func stringRep(a args) int {
	text, n := a.text(1), a.int32(2)
	if n <= 0 || text == "" {
		return a.pushText("")
	}
	if n > maxString/len(text) {
		a.fail("resulting string too large")
	}
	a.charge(n * len(text))
	return a.pushText(strings.Repeat(text, n))
}

// maxString is the length in bytes of the longest string that a library function makes.
const maxString = 1 << 30

// stringSub is string.sub(s, from [, to]). Negative positions count from the end.
func stringSub(a args) int {
	text := a.text(1)
	from := max(fromStart(a.int(2), len(text)), 1)
	to := min(fromStart(a.optInt(3, -1), len(text)), len(text))
	if from > to {
		return a.pushText("")
	}
	return a.pushText(text[from-1 : to])
}

// start returns the offset that string.find and match begin at.
func (a args) start(length int) int {
	return min(max(fromStart(a.optInt(3, 1), length)-1, 0), length)
}

// stringFind is string.find(s, pattern [, from [, plain]]).
func stringFind(a args) int {
	text, pattern := a.text(1), a.text(2)
	at := a.start(len(text))
	if !lua.LVAsBool(a.Get(4)) && strings.ContainsAny(pattern, "^$*+?.([%-") {
		return a.find(text, pattern, at, true)
	}
	a.charge(len(text) / 16)
	i := strings.Index(text[at:], pattern)
	if i < 0 {
		return a.returns(lua.LNil)
	}
	return a.returns(lua.LNumber(at+i+1), lua.LNumber(at+i+len(pattern)))
}

// stringMatch is string.match(s, pattern [, from]).
func stringMatch(a args) int {
	text := a.text(1)
	return a.find(text, a.text(2), a.start(len(text)), false)
}

// find looks for the first match from an offset on.
func (a args) find(text, pattern string, at int, positions bool) int {
	pattern, anchored := strings.CutPrefix(pattern, "^")
	m := &matcher{a: a, src: text, pat: pattern}
	for ; at <= len(text); at++ {
		m.level = 0
		if end := m.match(at, 0); end >= 0 {
			if !positions {
				return m.push(at, end, true)
			}
			a.Push(lua.LNumber(at + 1))
			a.Push(lua.LNumber(end))
			return 2 + m.push(at, end, false)
		}
		if anchored {
			break
		}
	}
	return a.returns(lua.LNil)
}

// push pushes the captures, or the whole match where there are none and whole is set.
func (m *matcher) push(from, to int, whole bool) int {
	if m.level == 0 && whole {
		return m.a.pushText(m.src[from:to])
	}
	for i := range m.level {
		m.a.Push(m.capture(i, from, to))
	}
	return m.level
}

// capture returns a capture, or the whole match as the first of none.
func (m *matcher) capture(i, from, to int) lua.LValue {
	if i >= m.level {
		if i > 0 {
			m.a.fail("invalid capture index")
		}
		return lua.LString(m.src[from:to])
	}
	switch m.captures[i].length {
	case openCapture:
		m.a.fail("unfinished capture")
	case positionCapture:
		return lua.LNumber(m.captures[i].at + 1)
	}
	return lua.LString(m.text(i))
}

// stringGmatch is string.gmatch(s, pattern). A ^ in the pattern has no meaning.
func stringGmatch(a args) int {
	text, pattern := a.text(1), a.text(2)
	at := 0
	return a.returns(a.s.function("gmatch", func(a args) int {
		m := &matcher{a: a, src: text, pat: pattern}
		for ; at <= len(text); at++ {
			m.level = 0
			from := at
			if end := m.match(from, 0); end >= 0 {
				if at = end; end == from {
					at++
				}
				return m.push(from, end, true)
			}
		}
		return a.returns(lua.LNil)
	}))
}

// stringGsub is string.gsub(s, pattern, replacement [, limit]).
func stringGsub(a args) int {
	text := a.text(1)
	pattern, anchored := strings.CutPrefix(a.text(2), "^")
	switch a.Get(3).(type) {
	case lua.LString, lua.LNumber, *lua.LTable, *lua.LFunction:
	default:
		a.bad(3, "string/function/table expected")
	}
	limit := a.optInt32(4, len(text)+1)
	m := &matcher{a: a, src: text, pat: pattern}
	var out []byte
	at, count := 0, 0
	for count < limit {
		m.level = 0
		end := m.match(at, 0)
		if end >= 0 {
			count++
			before := len(out)
			out = m.replace(out, at, end)
			a.charge(2 * (len(out) - before))
		}
		switch {
		case end > at:
			at = end
		case at < len(text):
			out = append(out, text[at])
			at++
		default:
			at++
		}
		if at > len(text) || anchored {
			break
		}
	}
	if at < len(text) {
		a.charge(len(text) - at)
		out = append(out, text[at:]...)
	}
	return a.returns(lua.LString(unsafeString(out)), lua.LNumber(count))
}

// replace appends what the third argument of string.gsub puts in the place of a match.
func (m *matcher) replace(out []byte, from, to int) []byte {
	var v lua.LValue
	switch by := m.a.Get(3).(type) {
	case *lua.LTable:
		v = m.a.GetTable(by, m.capture(0, from, to))
	case *lua.LFunction:
		values := make([]lua.LValue, max(m.level, 1))
		for i := range values {
			values[i] = m.capture(i, from, to)
		}
		v = m.a.call(by, values...)
	default:
		return m.expand(out, tostring(by), from, to)
	}
	switch {
	case !lua.LVAsBool(v):
		return append(out, m.src[from:to]...)
	case !lua.LVCanConvToString(v):
		m.a.fail("invalid replacement value (a %s)", v.Type().String())
	}
	return append(out, tostring(v)...)
}

// expand appends a replacement with its %0 to %9.
func (m *matcher) expand(out []byte, by string, from, to int) []byte {
	for i := 0; i < len(by); i++ {
		switch {
		case by[i] != '%':
			out = append(out, by[i])
			continue
		case i+1 == len(by):
			return append(out, 0)
		}
		i++
		switch c := by[i]; {
		case !isDigit(c):
			out = append(out, c)
		case c == '0':
			out = append(out, m.src[from:to]...)
		default:
			out = append(out, tostring(m.capture(int(c-'1'), from, to))...)
		}
		m.a.charge(to - from)
	}
	return out
}
