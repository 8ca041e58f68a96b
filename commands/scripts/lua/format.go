package lua

import (
	"fmt"
	"strconv"
	"strings"
)

// stringFormat is string.format. Directives have at most two digits of width and of precision, as in Lua.
func stringFormat(a args) int {
	format := a.text(1)
	var out []byte
	next := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out = append(out, format[i])
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			out = append(out, '%')
			continue
		}
		d := a.directive(format, i)
		if d.end >= len(format) {
			a.fail("invalid option '%%' to 'format'")
		}
		if next++; next > a.GetTop() {
			a.bad(next, "no value")
		}
		before := len(out)
		out = a.appendDirective(out, d, format[d.end], next)
		a.charge(len(out) - before)
		i = d.end
	}
	a.charge(len(out))
	return a.pushText(unsafeString(out))
}

// directive is a directive of string.format: its flags, and -1 for a width or precision that is not there.
type directive struct {
	flags            string
	width, precision int
	end              int
}

// directive reads the directive that begins after the percent sign.
func (a args) directive(format string, i int) directive {
	d := directive{width: -1, precision: -1}
	begin := i
	for i < len(format) && strings.IndexByte("-+ #0", format[i]) >= 0 {
		i++
	}
	if i-begin > 5 {
		a.fail("invalid format (repeated flags)")
	}
	d.flags = format[begin:i]
	d.width, i = a.twoDigits(format, i)
	if i < len(format) && format[i] == '.' {
		d.precision, i = a.twoDigits(format, i+1)
		d.precision = max(d.precision, 0)
	}
	d.end = i
	return d
}

// twoDigits reads a number of at most two digits, -1 for none.
func (a args) twoDigits(format string, i int) (n, end int) {
	begin := i
	for i < len(format) && isDigit(format[i]) {
		i++
	}
	switch {
	case i-begin > 2:
		a.fail("invalid format (width or precision too long)")
	case i == begin:
		return -1, i
	}
	n, _ = strconv.Atoi(format[begin:i])
	return n, i
}

// verb returns the directive as Go writes it.
func (d directive) verb(c byte) string {
	verb := "%" + d.flags
	if d.width >= 0 {
		verb += strconv.Itoa(d.width)
	}
	if d.precision >= 0 {
		verb += "." + strconv.Itoa(d.precision)
	}
	return verb + string(rune(c))
}

// appendDirective appends argument i as a directive and its letter ask for.
func (a args) appendDirective(out []byte, d directive, c byte, i int) []byte {
	switch c {
	case 'c':
		return append(out, upToZero(string(a.pad(nil, d, string([]byte{byte(a.int(i))}))))...)
	case 'd', 'i':
		n := truncate(a.number(i))
		sign := ""
		switch {
		case n < 0:
			return a.appendInteger(out, d, "-", strconv.FormatUint(-uint64(n), 10))
		case strings.Contains(d.flags, "+"):
			sign = "+"
		case strings.Contains(d.flags, " "):
			sign = " "
		}
		return a.appendInteger(out, d, sign, strconv.FormatInt(n, 10))
	case 'u':
		return a.appendInteger(out, d, "", strconv.FormatUint(unsigned(a.number(i)), 10))
	case 'o', 'x', 'X':
		if c == 'o' && d.precision == 0 && strings.Contains(d.flags, "#") {
			d.precision = 1
		}
		return a.appendInteger(out, d, "", d.digits(unsigned(a.number(i)), c))
	case 'e', 'E', 'f', 'g', 'G':
		return a.appendFloat(out, d, c, a.number(i))
	case 'q':
		return appendQuoted(out, a.text(i))
	case 's':
		text := a.text(i)
		if d.precision < 0 && len(text) >= 100 {
			return append(out, text...)
		}
		text = upToZero(text)
		if d.precision >= 0 && d.precision < len(text) {
			text = text[:d.precision]
		}
		return a.pad(out, d, text)
	}
	a.fail("invalid option '%%%c' to 'format'", c)
	return nil
}

// upToZero cuts a text as C does, where it ends at a zero byte.
func upToZero(text string) string {
	text, _, _ = strings.Cut(text, "\x00")
	return text
}

// digits writes a number in base 8 or 16, with what the flag # puts in front.
func (d directive) digits(n uint64, c byte) string {
	if c == 'o' {
		text := strconv.FormatUint(n, 8)
		if strings.Contains(d.flags, "#") && n != 0 && len(text) >= d.precision {
			text = "0" + text
		}
		return text
	}
	text := strconv.FormatUint(n, 16)
	text = strings.Repeat("0", max(d.precision-len(text), 0)) + text
	if strings.Contains(d.flags, "#") && n != 0 {
		if missing := d.width - len(text) - 2; d.precision < 0 && missing > 0 && d.zeros() {
			text = strings.Repeat("0", missing) + text
		}
		text = "0x" + text
	}
	if c == 'X' {
		text = strings.ToUpper(text)
	}
	return text
}

// zeros reports whether a number is padded with zeros.
func (d directive) zeros() bool {
	return strings.Contains(d.flags, "0") && !strings.Contains(d.flags, "-")
}

// appendInteger appends a number. A precision is the least number of digits, of which 0 has none.
func (a args) appendInteger(out []byte, d directive, sign, digits string) []byte {
	if d.precision == 0 && digits == "0" {
		digits = ""
	}
	digits = strings.Repeat("0", max(d.precision-len(digits), 0)) + digits
	if missing := d.width - len(sign) - len(digits); d.precision < 0 && missing > 0 && d.zeros() {
		digits = strings.Repeat("0", missing) + digits
	}
	return a.pad(out, d, sign+digits)
}

// unsigned converts a number as x86 does.
func unsigned(v float64) uint64 {
	if v >= 1<<63 {
		return uint64(truncate(v-1<<63)) ^ 1<<63
	}
	return uint64(truncate(v))
}

// appendFloat formats a number. %g is written by hand, because Go's has other exponents.
func (a args) appendFloat(out []byte, d directive, c byte, v float64) []byte {
	finite := v-v == 0
	if finite && (c == 'e' || c == 'E' || c == 'f') {
		return fmt.Appendf(out, d.verb(c), v)
	}
	if d.precision < 0 {
		d.precision = 6
	}
	text := string(appendGeneral(nil, v, d.precision, strings.Contains(d.flags, "#")))
	if text[0] != '-' && strings.Contains(d.flags, "+") {
		text = "+" + text
	} else if text[0] != '-' && strings.Contains(d.flags, " ") {
		text = " " + text
	}
	if isUpper(c) {
		text = strings.ToUpper(text)
	}
	if missing := d.width - len(text); finite && missing > 0 && strings.Contains(d.flags, "0") && !strings.Contains(d.flags, "-") {
		sign := 0
		if strings.ContainsRune("+- ", rune(text[0])) {
			sign = 1
		}
		text = text[:sign] + strings.Repeat("0", missing) + text[sign:]
	}
	return a.pad(out, d, text)
}

// pad appends a text with spaces up to the width.
func (a args) pad(out []byte, d directive, text string) []byte {
	spaces := strings.Repeat(" ", max(d.width-len(text), 0))
	if strings.Contains(d.flags, "-") {
		return append(append(out, text...), spaces...)
	}
	return append(append(out, spaces...), text...)
}

// appendQuoted appends a text that Lua reads back.
func appendQuoted(out []byte, text string) []byte {
	out = append(out, '"')
	for _, c := range []byte(text) {
		switch c {
		case '"', '\\', '\n':
			out = append(out, '\\', c)
		case '\r':
			out = append(out, `\r`...)
		case 0:
			out = append(out, `\000`...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
