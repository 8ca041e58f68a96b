package commands

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeUnits are the units of sizes, as in Redis's configuration.
var sizeUnits = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

var (
	errSize     = errors.New("takes a size such as 1048576, 512kb or 2gb")
	errDuration = errors.New("takes a time such as 30m, 12h or 1500ms")
)

// ParseSize reads a number of bytes that is not negative, such as 1048576, 512kb or 2gb.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "bkmgBKMG")
	n, err := strconv.ParseUint(digits, 10, 63) // which takes no sign, as Redis does not
	unit, known := sizeUnits[strings.ToLower(text[len(digits):])]
	if err != nil || !known || int64(n) > math.MaxInt64/unit {
		return 0, errSize
	}
	return int64(n) * unit, nil
}

// FormatSize writes a number of bytes in the largest unit that leaves it whole, such as 512kb or 2gb.
func FormatSize(bytes int64) string {
	for _, unit := range []string{"gb", "mb", "kb"} {
		if size := sizeUnits[unit]; bytes >= size && bytes%size == 0 {
			return strconv.FormatInt(bytes/size, 10) + unit
		}
	}
	return strconv.FormatInt(bytes, 10)
}

// ParseDuration reads a time of whole milliseconds that is not negative, such as 30m, 12h or 1500ms; 0 needs no unit.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Millisecond != 0 {
		return 0, errDuration
	}
	return d, nil
}

// FormatDuration writes a time without the units that are 0, such as 30m or 1m30s, and 0 alone.
func FormatDuration(d time.Duration) string {
	text := d.String()
	if d == 0 {
		return "0"
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
