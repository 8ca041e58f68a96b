package lua

import (
	"math"
	"strconv"
	"strings"
)

// appendG appends a number as C's %.{precision}g does.
func appendG(dst []byte, v float64, precision int) []byte {
	return appendGeneral(dst, v, precision, false)
}

// appendGeneral is appendG, and with zeros set C's %#g, which keeps the zeros at the end.
func appendGeneral(dst []byte, v float64, precision int, zeros bool) []byte {
	switch {
	case math.IsNaN(v) && math.Signbit(v):
		return append(dst, "-nan"...)
	case math.IsNaN(v):
		return append(dst, "nan"...)
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	}
	if precision == 0 {
		precision = 1
	}
	var buf [64]byte
	exact := strconv.AppendFloat(buf[:0], v, 'e', precision-1, 64)
	mantissa, exponent, _ := strings.Cut(string(exact), "e")
	e, _ := strconv.Atoi(exponent)
	if e < -4 || e >= precision {
		if zeros && precision == 1 {
			mantissa += "."
		}
		if strings.Contains(mantissa, ".") && !zeros {
			mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
		}
		dst = append(append(dst, mantissa...), 'e', exponent[0])
		if e < 0 {
			e = -e
		}
		if e < 10 {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(dst, int64(e), 10)
	}
	begin := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', precision-1-e, 64)
	point := strings.Contains(string(dst[begin:]), ".")
	if zeros && !point {
		return append(dst, '.')
	}
	if point && !zeros {
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
		if dst[len(dst)-1] == '.' {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}
