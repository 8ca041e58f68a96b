package store

import "math"

// ParseInt reads a signed 64-bit decimal integer as strictly as Redis does: no space, no plus sign, no zero in front,
// no negative zero.
func ParseInt(text []byte) (n int64, ok bool) {
	digits := text
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		digits = text[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && len(text) > 1 {
		return 0, false
	}
	var sum uint64 // 19 digits fit
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		sum = sum*10 + uint64(d-'0')
	}
	switch {
	case negative && sum <= math.MaxInt64+1:
		return -int64(sum), true
	case !negative && sum <= math.MaxInt64:
		return int64(sum), true
	}
	return 0, false
}
