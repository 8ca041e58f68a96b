package sortedsets

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"sessd/store"
)

// parseNumber reads the number that a whole text is, as C's strtod does. What is too great is infinite; what is too small
// is 0, and inRange is false with both.
func parseNumber(text []byte) (f float64, inRange, ok bool) {
	s := string(text)
	digits := strings.TrimLeft(s, "+-")
	hex := len(digits) > 1 && digits[0] == '0' && digits[1]|0x20 == 'x'
	if hex && !strings.ContainsAny(s, "pP") {
		s += "p0"
	}
	if strings.Contains(s, "_") {
		return 0, false, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if math.IsNaN(f) || err != nil && !math.IsInf(f, 0) {
		return 0, false, false
	}
	inRange = err == nil
	if f == 0 {
		if hex {
			digits = digits[2:]
		}
		mantissa, _, _ := strings.Cut(strings.ToLower(digits), map[bool]string{false: "e", true: "p"}[hex])
		inRange = !strings.ContainsAny(mantissa, "123456789abcdef")
	}
	return f, inRange, true
}

// parseScore reads a score.
func parseScore(text []byte) (float64, error) {
	f, inRange, ok := parseNumber(text)
	if !ok || !inRange {
		return 0, errNotFloat
	}
	return f, nil
}

// parseScoreBound reads a bound by score. As in Redis, it ends at a zero byte, may begin with space, and is 0 when empty.
func parseScoreBound(word []byte) (b store.SortedBound, err error) {
	if len(word) > 0 && word[0] == '(' {
		b.Exclusive, word = true, word[1:]
	}
	word, _, _ = bytes.Cut(word, []byte{0})
	if len(word) == 0 {
		return b, nil
	}
	var ok bool
	if b.Score, _, ok = parseNumber(bytes.TrimLeft(word, " \t\n\v\f\r")); !ok {
		return b, errScoreBound
	}
	return b, nil
}

// parseLexBound reads a bound by member.
func parseLexBound(word []byte) (b store.SortedBound, err error) {
	switch {
	case string(word) == "-":
		b.Infinite = -1
	case string(word) == "+":
		b.Infinite = 1
	case len(word) > 0 && (word[0] == '(' || word[0] == '['):
		b.Exclusive, b.Member = word[0] == '(', word[1:]
	default:
		return b, errLexBound
	}
	return b, nil
}

// scanText returns a score as ZSCAN shows it: an integer in full.
func scanText(f float64) []byte {
	const most = 1 << 62
	switch {
	case math.IsInf(f, 0):
		return []byte(strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+")))
	case f == math.Trunc(f) && -most <= f && f <= most:
		return strconv.AppendInt(nil, int64(f), 10)
	}
	return strconv.AppendFloat(nil, f, 'g', 17, 64)
}
