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

func (a args) appendDirective(out []byte, d directive, c byte, i int) []byte {
	switch c {
	case 'c':
		return a.pad(out, d, string([]byte{byte(a.int(i))}))
	case 'd', 'i':
		return fmt.Appendf(out, d.integer('d'), truncate(a.number(i)))
	case 'u':
		d.flags = strings.Trim(d.flags, "+ ")
		return fmt.Appendf(out, d.integer('d'), unsigned(a.number(i)))
	case 'o', 'x', 'X':
		return fmt.Appendf(out, d.integer(c), unsigned(a.number(i)))
	case 'e', 'E', 'f', 'g', 'G':
		return a.appendFloat(out, d, c, a.number(i))
	case 'q':
		return appendQuoted(out, a.text(i))
	case 's':
		text := a.text(i)
		if d.precision >= 0 && d.precision < len(text) {
			text = text[:d.precision]
		}
		return a.pad(out, d, text)
	}
	a.fail("invalid option '%%%c' to 'format'", c)
	return nil
}

// integer is verb for whole numbers: a precision switches padding with zeros off.
func (d directive) integer(c byte) string {
	if d.precision >= 0 {
		d.flags = strings.ReplaceAll(d.flags, "0", "")
	}
	return d.verb(c)
}

// unsigned converts a number as C does.
func unsigned(v float64) uint64 {
	if v >= 1<<63 && v < 1<<64 {
		return uint64(v)
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
	text := string(appendG(nil, v, d.precision))
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
