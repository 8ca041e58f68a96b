package store

import "testing"

func TestParseInt(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "7": 7, "-1": -1, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63,
	} {
		if n, ok := ParseInt([]byte(text)); !ok || n != want {
			t.Errorf("ParseInt(%q) = %d, %v, want %d", text, n, ok, want)
		}
	}
	for _, text := range []string{
		"", "-", "+1", " 1", "1 ", "01", "-0", "-01", "1x", "0x1", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999",
	} {
		if n, ok := ParseInt([]byte(text)); ok {
			t.Errorf("ParseInt(%q) = %d, want none", text, n)
		}
	}
}
