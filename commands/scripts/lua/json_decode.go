package lua

import (
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// jsonToken is a token with its place. Its kind is what error messages call it, or the message of a wrong one.
type jsonToken struct {
	kind string
	at   int
	v    lua.LValue
}

// jsonDecoder reads one text.
type jsonDecoder struct {
	a     args
	o     *jsonOptions
	text  string
	at    int
	depth int
}

// jsonDecode is cjson.decode(text). As in C, the text ends at a zero byte.
func jsonDecode(a args, o *jsonOptions) int {
	if a.GetTop() != 1 {
		a.bad(1, "expected 1 argument")
	}
	d := &jsonDecoder{a: a, o: o, text: a.text(1)}
	if len(d.text) >= 2 && (d.text[0] == 0 || d.text[1] == 0) {
		a.fail("JSON parser does not support UTF-16 or UTF-32")
	}
	d.text = upToZero(d.text)
	v := d.value(d.next())
	if token := d.next(); token.kind != "T_END" {
		d.expected("the end", token)
	}
	return a.returns(v)
}

// expected raises what stands in the wrong place. Characters count from 1.
func (d *jsonDecoder) expected(what string, token jsonToken) {
	d.a.fail("Expected %s but found %s at character %d", what, token.kind, token.at+1)
}

// jsonMarks are the tokens of one character.
var jsonMarks = map[byte]string{
	'{': "T_OBJ_BEGIN", '}': "T_OBJ_END", '[': "T_ARR_BEGIN", ']': "T_ARR_END", ':': "T_COLON", ',': "T_COMMA",
}

// next reads a token.
func (d *jsonDecoder) next() jsonToken {
	for d.at < len(d.text) && strings.IndexByte(" \t\n\r", d.text[d.at]) >= 0 {
		d.at++
	}
	token := jsonToken{at: d.at}
	rest := d.text[d.at:]
	if rest == "" {
		token.kind = "T_END"
		return token
	}
	c := rest[0]
	switch {
	case jsonMarks[c] != "":
		token.kind = jsonMarks[c]
		d.at++
	case c == '"':
		d.string(&token)
	case c == '-' || c == '+' || isDigit(c):
		d.number(&token)
	case strings.HasPrefix(rest, "true"):
		token.kind, token.v = "T_BOOLEAN", lua.LTrue
		d.at += 4
	case strings.HasPrefix(rest, "false"):
		token.kind, token.v = "T_BOOLEAN", lua.LFalse
		d.at += 5
	case strings.HasPrefix(rest, "null"):
		token.kind, token.v = "T_NULL", d.a.s.null
		d.at += 4
	default:
		token.kind = "invalid token"
		d.special(&token, rest)
	}
	return token
}

// special reads the numbers that JSON does not have: inf and nan.
func (d *jsonDecoder) special(token *jsonToken, rest string) {
	if !d.o.decodeInvalid {
		return
	}
	for _, name := range []string{"infinity", "inf", "nan"} {
		if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			v, _ := strconv.ParseFloat(name, 64)
			token.kind, token.v = "T_NUMBER", lua.LNumber(v)
			d.at += len(name)
			return
		}
	}
}

// number reads what C's strtod takes for a number.
func (d *jsonDecoder) number(token *jsonToken) {
	begin := d.at
	i := begin
	if !isDigit(d.text[i]) {
		i++
	}
	rest := d.text[i:]
	d.at = i
	if d.special(token, rest); d.at > i {
		if d.text[begin] == '-' {
			token.v = -token.v.(lua.LNumber)
		}
		return
	}
	token.kind, d.at = "invalid number", begin
	end := decimalEnd(rest)
	if len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' {
		digits := 2
		for digits < len(rest) && inClass(rest[digits], 'x') {
			digits++
		}
		if end = digits; !d.o.decodeInvalid || digits == 2 {
			return
		}
	}
	if !d.o.decodeInvalid && d.text[begin] == '+' {
		return
	}
	if !d.o.decodeInvalid && len(rest) > 1 && rest[0] == '0' && isDigit(rest[1]) {
		return
	}
	v, ok := parseNumber(d.text[begin : i+end])
	if !ok {
		return
	}
	token.kind, token.v = "T_NUMBER", lua.LNumber(v)
	d.at = i + end
}

// decimalEnd returns how long the number is that a text begins with.
func decimalEnd(text string) int {
	digits := func(i int) int {
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		return i
	}
	end := digits(0)
	if end < len(text) && text[end] == '.' {
		end = digits(end + 1)
	}
	if end < len(text) && text[end]|0x20 == 'e' {
		i := end + 1
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if last := digits(i); last > i {
			end = last
		}
	}
	return end
}

// string reads a string in quotes.
func (d *jsonDecoder) string(token *jsonToken) {
	i := d.at + 1
	if end := strings.IndexAny(d.text[i:], "\"\\"); end >= 0 && d.text[i+end] == '"' {
		d.a.charge(16)
		token.kind, token.v = "T_STRING", lua.LString(d.text[i:i+end])
		d.at = i + end + 1
		return
	}
	var out []byte
	for {
		switch {
		case i >= len(d.text):
			token.kind, token.at = "unexpected end of string", i
			return
		case d.text[i] == '"':
			d.a.charge(2 * len(out))
			token.kind, token.v = "T_STRING", lua.LString(out)
			d.at = i + 1
			return
		case d.text[i] != '\\':
			out = append(out, d.text[i])
			i++
			continue
		}
		var n int
		if out, n = appendEscape(out, d.text[i:]); n == 0 {
			token.kind, token.at = "invalid escape code", i
			if strings.HasPrefix(d.text[i:], `\u`) {
				token.kind = "invalid unicode escape code"
			}
			return
		}
		i += n
	}
}

// appendEscape appends what an escape stands for and returns its length, 0 for a wrong one.
func appendEscape(out []byte, text string) ([]byte, int) {
	if len(text) < 2 {
		return out, 0
	}
	if i := strings.IndexByte(`"\/btnfr`, text[1]); i >= 0 {
		return append(out, "\"\\/\b\t\n\f\r"[i]), 2
	}
	r, ok := hex4(text)
	switch {
	case !ok || 0xdc00 <= r && r <= 0xdfff:
		return out, 0
	case r < 0xd800 || r > 0xdbff:
		return utf8.AppendRune(out, r), 6
	}
	low, ok := hex4(text[6:])
	if !ok || low < 0xdc00 || low > 0xdfff {
		return out, 0
	}
	return utf8.AppendRune(out, (r-0xd800)<<10+(low-0xdc00)+0x10000), 12
}

// hex4 reads the four digits of \uXXXX.
func hex4(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` || text[2] == '+' || text[2] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(text[2:6], 16, 32)
	return rune(n), err == nil
}

// value reads a value that begins with a token.
func (d *jsonDecoder) value(token jsonToken) lua.LValue {
	switch token.kind {
	case "T_STRING", "T_NUMBER", "T_BOOLEAN", "T_NULL":
		return token.v
	case "T_OBJ_BEGIN":
		return d.object()
	case "T_ARR_BEGIN":
		return d.array()
	}
	d.expected("value", token)
	return nil
}

// descend counts how deep the value nests; the result takes it back.
func (d *jsonDecoder) descend() func() {
	if d.depth++; d.depth > d.o.decodeDepth || d.depth > maxJSONDepth {
		d.a.fail("Found too many nested data structures (%d) at character %d", d.depth, d.at)
	}
	d.a.charge(256)
	return func() { d.depth-- }
}

// object reads what follows a brace.
func (d *jsonDecoder) object() lua.LValue {
	defer d.descend()()
	t := d.a.CreateTable(0, 0)
	token := d.next()
	for token.kind != "T_OBJ_END" {
		if token.kind != "T_STRING" {
			d.expected("object key string", token)
		}
		key := token.v.(lua.LString)
		if token = d.next(); token.kind != "T_COLON" {
			d.expected("colon", token)
		}
		d.a.charge(128)
		t.RawSetString(string(key), d.value(d.next()))
		if token = d.next(); token.kind == "T_OBJ_END" {
			break
		}
		if token.kind != "T_COMMA" {
			d.expected("comma or object end", token)
		}
		if token = d.next(); token.kind == "T_OBJ_END" {
			d.expected("object key string", token)
		}
	}
	return t
}

// array reads what follows a bracket.
func (d *jsonDecoder) array() lua.LValue {
	defer d.descend()()
	t := d.a.CreateTable(0, 0)
	if d.o.arrayMetatable {
		t.Metatable = d.a.s.arrayMark
	}
	token := d.next()
	for i := 1; token.kind != "T_ARR_END"; i++ {
		d.a.charge(48)
		t.RawSetInt(i, d.value(token))
		if token = d.next(); token.kind == "T_ARR_END" {
			break
		}
		if token.kind != "T_COMMA" {
			d.expected("comma or array end", token)
		}
		if token = d.next(); token.kind == "T_ARR_END" {
			d.expected("value", token)
		}
	}
	return t
}
