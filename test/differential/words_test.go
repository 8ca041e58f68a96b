package differential

import (
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// The words that commands are made of: few, so that requests meet each other, and at the edges.
var (
	key   = one("key", "a", "b", "c", "d", "", "k\r\n\x00\xff")
	value = one("value", "", "0", "1", "10", "-1", "hello", "x", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"01", "+1", " 1", "1 ", "-0", "1.5", "3.0", "-2.25", "5e3", "1e400", "0x10", "inf", "-inf", "nan", "infinity", "not a number",
		"bin\r\n\x00\xffary", strings.Repeat("long", 40))
	integer = one("integer", "0", "1", "-1", "2", "7", "-100", "100", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"-9223372036854775809", "", " 1", "1 ", "01", "+1", "-0", "1.0", "ten", "1e3", "1\r\n")
	index = one("index", "0", "1", "2", "5", "-1", "-2", "-5", "100", "-100", "2147483648", "-2147483649", "9223372036854775807",
		"-9223372036854775808", "9223372036854775808", "", "x")
	// Offsets never make a string of more than some KB: what one server takes long for says nothing about replies.
	offset = one("offset", "0", "1", "5", "300", "-1", "536870912", "600000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "x", "")
	float  = one("float", "0", "1", "-1", "0.1", "1.5", "-2.25", "3.0e3", "5.0e-1", "1e2", "200", "10.50", "1e17", "1e18", "123456789.123456789",
		"1e308", "-1e308", "1e4000", "1e5000", "inf", "-inf", "+inf", "nan", "infinity", "0x10", "0x1p3", "", " 1", "1 ", "+1", "--1", ".5", "5.", "e5", "ten", "1,5", "1\x00")
	pattern = one("pattern", "*", "a", "[ab]", "[^a]", "?", "", "\\a", "[a-c", "*\xff", "k*", "**", "[", "a*b*c*d")
)

// seconds draws a time in seconds from now. Those that are valid are so far away that the servers agree on what is left
// of them, and all times of a sequence differ, so that both see the same one end first. The rest is refused or has passed.
func seconds(t *rapid.T, step int) []string { return []string{duration(t, step, "00", "")} }

// milliseconds does the same in milliseconds.
func milliseconds(t *rapid.T, step int) []string { return []string{duration(t, step, "00000", "000")} }

func duration(t *rapid.T, step int, unit, more string) string {
	n := rapid.IntRange(0, 24).Draw(t, "duration")
	if n < 18 {
		return strconv.Itoa(1000*(n+1)+step) + unit
	}
	return []string{"0", "-1", "-100" + more, "9223372036854775807", "9223372036854775" + more, "9223372036854775808", "soon"}[n-18]
}

// unixSeconds draws a time since the epoch in seconds.
var unixSeconds = one("time", "33177117420", "33177117421", "33177118000", "9223372036854775", "9223372036854775807", "9223372036854775808",
	"1", "0", "-1", "1000000000", "-9223372036854775808", "now")

// unixMilliseconds draws a time since the epoch in milliseconds.
var unixMilliseconds = one("time", "33177117420000", "33177117420001", "33177118000000", "9223372036854775807", "9223372036854775808",
	"1", "0", "-1", "1000000000000", "-9223372036854775808", "now")
