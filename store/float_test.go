package store_test

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"

	"sessd/store"
)

// The answers are those of a real Redis 7.0 on x86-64 to INCRBYFLOAT.
func TestAddFloat(t *testing.T) {
	for _, c := range []struct {
		old, delta, want string
		err              error
	}{
		{"0", "3.0e3", "3000", nil},
		{"10.50", "0.1", "10.6", nil},
		{"5.0e3", "2.0e2", "5200", nil},
		{"0.1", "0.2", "0.3", nil},
		{"1", "-1", "0", nil},
		{"-0", "-0", "0", nil},
		{"0", "-1e-18", "0", nil},
		{"0", "5e-18", "0", nil},
		{"0", "1.5e-17", "0.00000000000000002", nil},
		{"0", ".5", "0.5", nil},
		{"0", "5.", "5", nil},
		{"0", "+1", "1", nil},
		{"0", "0x1p3", "8", nil},
		{"0", "0X.8P1", "1", nil},
		{"0", "0e99999999999999999999", "0", nil},
		{"0", "1e-4950", "0", nil},
		{"194733764993", "0.753374", "194733764993.75337399542331696", nil},
		{"1699712082925199031.12250984226", "023576408001736344.323e+37", "235764080017363443223207097151631466294397210195918848", nil},
		{"", "1", "", store.ErrNotFloat},
		{"abc", "1", "", store.ErrNotFloat},
		{"1", "", "", store.ErrNotFloat},
		{"1", " 1", "", store.ErrNotFloat},
		{"1", "1 ", "", store.ErrNotFloat},
		{"1", "1\x00", "", store.ErrNotFloat},
		{"1", ".", "", store.ErrNotFloat},
		{"1", "1e", "", store.ErrNotFloat},
		{"1", "0x", "", store.ErrNotFloat},
		{"1", "0x.p1", "", store.ErrNotFloat},
		{"1", "nan", "", store.ErrNotFloat},
		{"1", "nan(1)", "", store.ErrNotFloat},
		{"1", "1e4933", "", store.ErrNotFloat},
		{"1", "1e-4951", "", store.ErrNotFloat},
		{"1", "1e999999999999999999999", "", store.ErrNotFloat},
		{"1", "-1e-99999999999999999999", "", store.ErrNotFloat},
		{"1", "0x1p99999999999999999999", "", store.ErrNotFloat},
		{"inf", "x", "", store.ErrNotFloat},
		{"inf", "1", "", store.ErrNotFinite},
		{"1", "-Infinity", "", store.ErrNotFinite},
		{"inf", "-inf", "", store.ErrNotFinite},
		{"1e4932", "1.1e4932", "", store.ErrNotFinite},
	} {
		got, err := store.AddFloat([]byte(c.old), []byte(c.delta))
		if string(got) != c.want || err != c.err {
			t.Errorf("AddFloat(%q, %q) = %q, %v", c.old, c.delta, got, err)
		}
	}
}

func TestAddFloatOfLongTexts(t *testing.T) {
	long := []byte("1" + strings.Repeat("0", 5000) + "e-5000")
	if got, err := store.AddFloat(long, []byte("1")); string(got) != "2" || err != nil {
		t.Errorf("a number of %d bytes plus 1 = %q, %v", len(long), got, err)
	}
	if _, err := store.AddFloat(bytes.Repeat([]byte("1"), 5*1024), []byte("1")); err != store.ErrNotFloat {
		t.Errorf("a number of 5 KiB: %v", err)
	}
	if got, err := store.AddFloat([]byte("1e4932"), []byte("0")); len(got) != 4933 || err != nil {
		t.Errorf("1e4932 has %d digits, %v", len(got), err)
	}
}

func TestParseNumberIsLikeParseFloat(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "+0", "7", "-7", "+7", "007", "123456789012345", "-999999999999999", "1234567890123456", "9007199254740993",
		"", "-", "--1", "1-", "1_0", " 1", "1 ", "1.5", "-1e3", "/", ":", "inf", "-inf",
	} {
		want, err := strconv.ParseFloat(text, 64)
		got, inRange, ok := store.ParseNumber([]byte(text))
		if wanted := err == nil && !strings.Contains(text, "_"); ok != wanted || inRange != wanted {
			t.Errorf("ParseNumber(%q): %v, in range %v, but ParseFloat: %v", text, ok, inRange, err)
		} else if ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("ParseNumber(%q) = %v, not %v", text, got, want)
		}
	}
}
