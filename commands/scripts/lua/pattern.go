package lua

import "strings"

const (
	maxCaptures     = 32
	maxPatternDepth = 10000
	// openCapture and positionCapture stand in place of a length.
	openCapture     = -1
	positionCapture = -2
)

// matcher matches one pattern of Lua against one string. Each step is paid for, so a pattern that backtracks for ever can
// be killed.
type matcher struct {
	a        args
	src, pat string
	level    int
	captures [maxCaptures]struct{ at, length int }
	depth    int
	steps    int
}

// stepsPerCharge is how many steps pass before they are paid for.
const stepsPerCharge = 1024

// step counts what the match costs.
func (m *matcher) step() {
	if m.steps++; m.steps >= stepsPerCharge {
		m.steps = 0
		m.a.charge(stepsPerCharge * stepPrice)
	}
}

// match returns where a match of the pattern from p on ends that begins at s, or -1.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxPatternDepth {
		m.a.fail("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		m.step()
		switch c := m.pat[p]; {
		case c == '(' && p+1 < len(m.pat) && m.pat[p+1] == ')':
			return m.startCapture(s, p+2, positionCapture)
		case c == '(':
			return m.startCapture(s, p+1, openCapture)
		case c == ')':
			return m.endCapture(s, p+1)
		case c == '$' && p+1 == len(m.pat):
			if s == len(m.src) {
				return s
			}
			return -1
		case c == '%' && p+1 < len(m.pat) && m.pat[p+1] == 'b':
			if s = m.balance(s, p+2); s < 0 {
				return -1
			}
			p += 4
			continue
		case c == '%' && p+1 < len(m.pat) && m.pat[p+1] == 'f':
			end, ok := m.frontier(s, p+2)
			if !ok {
				return -1
			}
			p = end
			continue
		case c == '%' && p+1 < len(m.pat) && isDigit(m.pat[p+1]):
			if s = m.backReference(s, m.pat[p+1]); s < 0 {
				return -1
			}
			p += 2
			continue
		}
		end := m.classEnd(p)
		if end < len(m.pat) && strings.IndexByte("?*+-", m.pat[end]) >= 0 {
			if m.pat[end] != '?' {
				return m.repeat(s, p, end)
			}
			if m.one(s, p, end) {
				if r := m.match(s+1, end+1); r >= 0 {
					return r
				}
			}
			p = end + 1
			continue
		}
		if !m.one(s, p, end) {
			return -1
		}
		s, p = s+1, end
	}
	return s
}

// repeat matches the class at p as often as its suffix *, + or - allows, and then the rest.
func (m *matcher) repeat(s, p, end int) int {
	if m.pat[end] == '-' {
		for {
			m.step()
			if r := m.match(s, end+1); r >= 0 {
				return r
			}
			if !m.one(s, p, end) {
				return -1
			}
			s++
		}
	}
	least := 0
	if m.pat[end] == '+' {
		least = 1
	}
	n := 0
	for m.one(s+n, p, end) {
		m.step()
		n++
	}
	for ; n >= least; n-- {
		if r := m.match(s+n, end+1); r >= 0 {
			return r
		}
	}
	return -1
}

// startCapture opens a capture at s and matches the rest.
func (m *matcher) startCapture(s, p, length int) int {
	if m.level >= maxCaptures {
		m.a.fail("too many captures")
	}
	m.captures[m.level].at, m.captures[m.level].length = s, length
	m.level++
	r := m.match(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

// endCapture closes the innermost open capture at s and matches the rest.
func (m *matcher) endCapture(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].length != openCapture {
		i--
	}
	if i < 0 {
		m.a.fail("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].at
	r := m.match(s, p)
	if r < 0 {
		m.captures[i].length = openCapture
	}
	return r
}

// balance matches %bxy, whose characters stand at p.
func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.a.fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	open := 1
	for i := s + 1; i < len(m.src); i++ {
		m.step()
		switch m.src[i] {
		case m.pat[p+1]:
			if open--; open == 0 {
				return i + 1
			}
		case m.pat[p]:
			open++
		}
	}
	return -1
}

// frontier matches %f[set], whose set stands at p, and returns where the set ends.
func (m *matcher) frontier(s, p int) (end int, ok bool) {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.a.fail("missing '[' after '%%f' in pattern")
	}
	end = m.classEnd(p)
	var before, at byte
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		at = m.src[s]
	}
	return end, !m.inSet(before, p, end-1) && m.inSet(at, p, end-1)
}

// backReference matches what a capture has.
func (m *matcher) backReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == openCapture {
		m.a.fail("invalid capture index")
	}
	text := m.text(i)
	if !strings.HasPrefix(m.src[s:], text) {
		return -1
	}
	return s + len(text)
}

// text returns what a capture has.
func (m *matcher) text(i int) string {
	c := m.captures[i]
	return m.src[c.at : c.at+max(c.length, 0)]
}

// classEnd returns where the class that begins at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pat) {
			m.a.fail("malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				m.a.fail("malformed pattern (missing ']')")
			}
			if m.pat[p] == '%' {
				p++
			}
			p++
		}
		return p + 1
	}
	return p
}

// one reports whether the character at s is in the class from p to end.
func (m *matcher) one(s, p, end int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.pat[p] == c
}

// inSet reports whether a character is in the set from its bracket at p to the one at end.
func (m *matcher) inSet(c byte, p, end int) bool {
	m.steps += end - p
	p++
	is := true
	if m.pat[p] == '^' {
		is = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return is
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return is
			}
			p += 2
		case m.pat[p] == c:
			return is
		}
	}
	return !is
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// inClass reports whether a character is in a class by its letter: %a, or %A for all others.
func inClass(c, class byte) bool {
	is := false
	switch class | 0x20 {
	case 'a':
		is = isAlpha(c)
	case 'c':
		is = c < ' ' || c == 0x7f
	case 'd':
		is = isDigit(c)
	case 'l':
		is = isLower(c)
	case 'p':
		is = c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c)
	case 's':
		is = isSpace(c)
	case 'u':
		is = isUpper(c)
	case 'w':
		is = isAlpha(c) || isDigit(c)
	case 'x':
		is = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		is = c == 0
	default:
		return class == c
	}
	if !isAlpha(class) {
		return class == c
	}
	return is != isUpper(class)
}
