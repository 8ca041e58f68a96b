package scripts

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/commands/scripts/lua"
	"sessd/test/redistest"
)

// number writes a number as a script has it, edges more often than others.
func number() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"0", "1", "(-1)", "0.5", "(-0.5)", "2^31", "2^32", "2^53", "2^63", "(-2^63)", "1e14", "1e15", "1e16", "1e17", "1e-5", "1e300", "(1/0)", "(-1/0)", "0.1", "1/3", "100000", "123456.789"}),
		rapid.Map(rapid.IntRange(-1000, 1000), func(n int) string { return fmt.Sprintf("(%d)", n) }),
		rapid.Map(rapid.Float64Range(-1e6, 1e6), func(v float64) string { return fmt.Sprintf("(%v)", v+0) }),
	)
}

// text writes a string as a script has it.
func text() *rapid.Generator[string] {
	return rapid.Map(rapid.StringOfN(rapid.SampledFrom([]rune("ab1 .-%x=,[](){}0e+\n\"\\\x00")), 0, 8, -1), luaText)
}

// luaText quotes a string.
func luaText(text string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&out, "\\%03d", c)
	}
	return `"` + out.String() + `"`
}

// pattern writes a pattern.
func pattern() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "b", ".", "%d", "%a", "%s", "%S", "%w", "[ab]", "[^ab]", "[%d.]", "[a-x]", "%.", "%-", "%b()", "%f[%w]", "()", "(a*)", "(.-)", "$", "^", "%1", "x", "=", ","})
	suffix := rapid.SampledFrom([]string{"", "", "", "*", "+", "-", "?"})
	return rapid.Map(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return piece.Draw(t, "piece") + suffix.Draw(t, "suffix") }), 0, 4),
		func(pieces []string) string { return luaText(strings.Join(pieces, "")) })
}

// expressions are calls with places for numbers (N), strings (S), patterns (P) and formats of numbers (F).
var expressions = []string{
	"tostring(N)", "N .. ''", "N + N", "(function(a, b) return a % b end)(N, N)", "(function(a, b) local c = 7 c = a % b + c return c end)(N, N)", "N / N", "-N", "N < N", "tostring(N == N)", "tonumber(S)", "S + N", "S .. N", "S < S",
	"math.floor(N)", "math.fmod(N, N)", "math.max(N, N)", "string.rep(S, 3)", "string.sub(S, N, N)", "string.sub(S, N)", "string.byte(S, N)",
	"string.find(S, P)", "string.find(S, P, N)", "string.match(S, P)", "string.gsub(S, P, '<%0>')", "string.gsub(S, P, '%1', N)", "string.find(S, S, 1, true)",
	"string.format(F, N)", "string.format('%q', S)", "string.format('%5s|%-5s|%.2s', S, S, S)",
	"cjson.encode(N)", "cjson.encode(S)", "cjson.encode({N, S, {N}})", "cjson.decode(S)", "cjson.decode('[' .. S .. ']')", "cjson.decode(cjson.encode({S, N}))[1]",
	"cmsgpack.pack(N, S)", "cmsgpack.unpack(cmsgpack.pack({N, S}))", "cmsgpack.unpack(S)", "struct.unpack('>I2', S)", "struct.pack('>i4', N)", "struct.pack('<d', N)",
	"bit.band(N, N)", "bit.lshift(N, N)", "bit.tohex(N)", "bit.arshift(N, N)", "N", "{N, S}", "#S", "select(N, 1, 2, 3)", "unpack({1, 2, 3}, N, 3)", "redis.call('echo', N)", "redis.sha1hex(N)",
	"tonumber(S, 16)", "tonumber(N)", "string.char(N)", "table.concat({N, S, N}, S)", "math.modf(N)", "math.frexp(N)", "string.upper(S)", "string.reverse(S)",
}

// draw fills the places of an expression.
func draw(t *rapid.T, expression string) string {
	var out strings.Builder
	for i, c := range expression {
		after := i + 1
		alone := (i == 0 || !isLetter(expression[i-1])) && (after == len(expression) || !isLetter(expression[after]))
		switch {
		case alone && c == 'N':
			out.WriteString(number().Draw(t, "number"))
		case alone && c == 'S':
			out.WriteString(text().Draw(t, "text"))
		case alone && c == 'P':
			out.WriteString(pattern().Draw(t, "pattern"))
		case alone && c == 'F':
			out.WriteString(luaText("%" + rapid.SampledFrom([]string{"", "-", "+", "0", " ", "#", "-0", "+0"}).Draw(t, "flags") +
				rapid.SampledFrom([]string{"", "5", "12", ".0", ".3", "10.4", ".20"}).Draw(t, "width") + rapid.SampledFrom([]string{"d", "i", "u", "x", "X", "o", "e", "E", "f", "g", "G", "s"}).Draw(t, "verb")))
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

// TestRandom compares expressions. Each is evaluated under pcall, and every result of it.
func TestRandom(t *testing.T) {
	socket := redistest.Start(t)
	redis, other := dial(t, socket), host{dial(t, socket)}
	redis.do("HELLO", "3")
	engine := lua.NewEngine(lua.Options{})
	rapid.Check(t, func(r *rapid.T) {
		source := "local r = {pcall(function() return " + draw(r, rapid.SampledFrom(expressions).Draw(r, "expression")) + " end)} " +
			"for i = 1, 9 do if type(r[i]) ~= 'table' then r[i] = tostring(r[i]) end end return r"
		want, got := written(redis.do("EVAL", source, "0")), written(run(engine, other, source))
		if strings.ReplaceAll(want, "-nan", "nan") != strings.ReplaceAll(got, "-nan", "nan") { // processors differ in its sign
			r.Fatalf("%s\nRedis answers %s\nsessd answers %s", source, want, got)
		}
	})
}
