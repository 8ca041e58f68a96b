package sortedsets

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"sessd/store"
)

// parseScore reads a score.
func parseScore(text []byte) (float64, error) {
	f, inRange, ok := store.ParseNumber(text)
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
	if at := bytes.IndexByte(word, 0); at >= 0 {
		word = word[:at]
	}
	if len(word) == 0 {
		return b, nil
	}
	var ok bool
	if b.Score, _, ok = store.ParseNumber(trimSpace(word)); !ok {
		return b, errScoreBound
	}
	return b, nil
}

// trimSpace returns what follows the white space at the beginning, as C's strtod has it.
func trimSpace(word []byte) []byte {
	for len(word) > 0 && (word[0] == ' ' || '\t' <= word[0] && word[0] <= '\r') {
		word = word[1:]
	}
	return word
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
