package commands

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Parameter is a setting that CONFIG GET shows and, when Set is not nil, CONFIG SET changes.
type Parameter struct {
	Name string
	Get  func() string
	Set  func(value string) error // its error says what the parameter takes; nil: fixed at start
}

// evictionPolicy is what happens when maxmemory is reached: commands that would add are refused.
const evictionPolicy = "noeviction"

// parameter returns the parameter with a name in small letters, or nil.
func (s *System) parameter(name string) *Parameter {
	for i := range s.parameters {
		if s.parameters[i].Name == name {
			return &s.parameters[i]
		}
	}
	return nil
}

// ownParameters are the settings that commands themselves read.
func (s *System) ownParameters() []Parameter { return nil }

// sizeUnits are the units of sizes, as in Redis's configuration.
var sizeUnits = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// ParseSize reads a number of bytes that is not negative, such as 1048576, 512kb or 2gb.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "bkmgBKMG")
	n, err := strconv.ParseInt(digits, 10, 64)
	unit, known := sizeUnits[strings.ToLower(text[len(digits):])]
	if err != nil || !known || n < 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("takes a size such as 1048576, 512kb or 2gb")
	}
	return n * unit, nil
}
