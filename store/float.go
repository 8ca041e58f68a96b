package store

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// AddFloat adds two decimal numbers as INCRBYFLOAT does: in the 80-bit extended precision of a C long double on x86. It
// answers with up to 17 decimal places, without an exponent and without trailing zeros. It reads what C's strtold reads
// in full, hexadecimal and infinity included. Errors: ErrNotFloat when either is not a number or out of range,
// ErrNotFinite when the sum is not finite.
func AddFloat(old, delta []byte) ([]byte, error) {
	a, err := parseExtended(old)
	if err != nil {
		return nil, err
	}
	b, err := parseExtended(delta)
	if err != nil {
		return nil, err
	}
	if a.IsInf() || b.IsInf() {
		return nil, ErrNotFinite
	}
	sum := new(big.Float).SetPrec(extendedBits).Add(a, b)
	if !sum.IsInf() && sum.MantExp(nil) > extendedMaxExp {
		return nil, ErrNotFinite
	}
	if sum.MantExp(nil) < -64 { // below half of the last place that is shown
		return []byte("0"), nil
	}
	text := bytes.TrimRight(sum.Append(nil, 'f', 17), "0")
	text = bytes.TrimSuffix(text, []byte("."))
	if string(text) == "-0" {
		return []byte("0"), nil
	}
	return text, nil
}

const (
	extendedBits   = 64     // bits in the mantissa of an 80-bit float
	extendedMaxExp = 16384  // finite values are below 2 to this
	extendedMinExp = -16446 // values up to 2 to this round to zero

	// maxFloatText is the least length that Redis no longer takes for a number.
	maxFloatText = 5 * 1024
)

// parseExtended reads a number, rounded once to the precision of an 80-bit float.
func parseExtended(text []byte) (*big.Float, error) {
	if len(text) == 0 || len(text) >= maxFloatText {
		return nil, ErrNotFloat
	}
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	if bytes.EqualFold(text, []byte("inf")) || bytes.EqualFold(text, []byte("infinity")) {
		return new(big.Float).SetInf(negative), nil
	}
	base, mark := 10, byte('e')
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		base, mark, text = 16, 'p', text[2:]
	}
	digits, exponent, ok := splitNumber(text, base, mark)
	if !ok {
		return nil, ErrNotFloat
	}
	digits = bytes.TrimLeft(digits, "0")
	if len(digits) == 0 {
		zero := new(big.Float).SetPrec(extendedBits)
		if negative {
			zero.Neg(zero)
		}
		return zero, nil
	}
	z, ok := roundExtended(digits, base, exponent)
	if !ok {
		return nil, ErrNotFloat
	}
	if negative {
		z.Neg(z)
	}
	return z, nil
}

// splitNumber takes an unsigned number apart: its digits without the point, and the exponent that makes up for the
// point. That is a power of 10 or of 2. Exponents out of any range come back as a number that is still out of range.
func splitNumber(text []byte, base int, mark byte) (digits []byte, exponent int, ok bool) {
	digits = make([]byte, 0, len(text))
	perDigit := 1
	if base == 16 {
		perDigit = 4
	}
	i, point := 0, false
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if !isDigit(c, base) {
			break
		}
		digits = append(digits, c)
		if point {
			exponent -= perDigit
		}
	}
	if len(digits) == 0 {
		return nil, 0, false
	}
	if i == len(text) {
		return digits, exponent, true
	}
	if text[i]|0x20 != mark {
		return nil, 0, false
	}
	i++
	sign := 1
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		if text[i] == '-' {
			sign = -1
		}
		i++
	}
	if i == len(text) {
		return nil, 0, false
	}
	written := 0
	for ; i < len(text); i++ {
		if !isDigit(text[i], 10) {
			return nil, 0, false
		}
		written = min(written*10+int(text[i]-'0'), 1<<30)
	}
	return digits, exponent + sign*written, true
}

func isDigit(c byte, base int) bool {
	return '0' <= c && c <= '9' || base == 16 && 'a' <= c|0x20 && c|0x20 <= 'f'
}

// roundExtended returns digits times a power (of 10 for base 10, of 2 for base 16) rounded to the nearest 80-bit
// float. ok is false when that is zero or infinite. The digits have no leading zero.
func roundExtended(digits []byte, base, exponent int) (z *big.Float, ok bool) {
	// Far out of range is decided by counting digits, before any large number is made.
	magnitude, limit := len(digits)+exponent, 5000
	if base == 16 {
		magnitude, limit = 4*len(digits)+exponent, 17000
	}
	if magnitude > limit || magnitude < -limit {
		return nil, false
	}
	n, _ := new(big.Int).SetString(string(digits), base)
	z = new(big.Float).SetPrec(extendedBits)
	switch power := new(big.Int); {
	case base == 16:
		z.SetInt(n)
		z.SetMantExp(z, exponent)
	case exponent < 0:
		power.Exp(big.NewInt(10), big.NewInt(int64(-exponent)), nil)
		z.Quo(new(big.Float).SetInt(n), new(big.Float).SetInt(power))
	default:
		power.Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
		z.SetInt(n.Mul(n, power))
	}
	least := new(big.Float).SetMantExp(big.NewFloat(1), extendedMinExp)
	return z, z.Cmp(least) > 0 && z.MantExp(nil) <= extendedMaxExp
}

// Milliseconds reads a number of seconds, as AddFloat reads numbers, and returns it in milliseconds, rounded up. Errors:
// ErrNotFloat, ErrNotFinite when it is above what an int64 holds. What is below that is the least int64.
func Milliseconds(seconds []byte) (int64, error) {
	f, err := parseExtended(seconds)
	if err != nil {
		return 0, err
	}
	if !f.IsInf() {
		f = new(big.Float).SetPrec(extendedBits).Mul(f, big.NewFloat(1000))
	}
	if f.Cmp(new(big.Float).SetInt64(math.MaxInt64)) > 0 {
		return 0, ErrNotFinite
	}
	ms, accuracy := f.Int64()
	if f.Sign() > 0 && accuracy == big.Below {
		ms++
	}
	return ms, nil
}

// parseShort is ParseNumber for up to 15 decimal digits, which a float64 holds exactly. It is false for all else, and -0.
func parseShort(text []byte) (f float64, ok bool) {
	digits := text
	if len(digits) > 1 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 15 {
		return 0, false
	}
	n := int64(0)
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	switch {
	case len(digits) == len(text):
		return float64(n), true
	case n == 0:
		return 0, false
	}
	return -float64(n), true
}

// ParseNumber reads the number that a whole text is, as C's strtod does. What is too great is infinite; what is too small
// is 0, and inRange is false with both.
func ParseNumber(text []byte) (f float64, inRange, ok bool) {
	if f, ok := parseShort(text); ok { // as nearly always
		return f, true, true
	}
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
