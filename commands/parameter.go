package commands

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessd/store"
)

// Parameter is a setting that CONFIG GET shows and, when Set is not nil, CONFIG SET changes.
type Parameter struct {
	Name string // in small letters
	Get  func() string
	Set  func(value string) error // its error says what the parameter takes; nil: fixed at start
}

// FixedParameter returns a parameter that nothing changes while the server runs.
func FixedParameter(name, value string) Parameter {
	return Parameter{Name: name, Get: func() string { return value }}
}

// onlyParameter returns a parameter for something that has one way to be. It may be set to that way.
func onlyParameter(name, value string) Parameter {
	p := FixedParameter(name, value)
	p.Set = func(wanted string) error {
		if wanted != value {
			return fmt.Errorf("argument must be '%s'", value)
		}
		return nil
	}
	return p
}

// YesNo says how a switch stands, as CONFIG GET does.
func YesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// SwitchParameter returns a parameter that is yes or no.
func SwitchParameter(name string, get func() bool, set func(bool)) Parameter {
	return Parameter{
		Name: name,
		Get:  func() string { return YesNo(get()) },
		Set: func(text string) error {
			yes := strings.EqualFold(text, "yes")
			if !yes && !strings.EqualFold(text, "no") {
				return errors.New("argument must be 'yes' or 'no'")
			}
			set(yes)
			return nil
		},
	}
}

// NumberParameter returns a parameter that is a whole number within bounds.
func NumberParameter(name string, least, most int64, get func() int64, set func(int64)) Parameter {
	return integerParameter(name, get, func(text string) error {
		n, err := ParseNumber(text, least, most)
		if err == nil {
			set(n)
		}
		return err
	})
}

// ParseNumber reads a whole number within bounds. Its errors are Redis's.
func ParseNumber(text string, least, most int64) (int64, error) {
	n, ok := store.ParseInt([]byte(text))
	if !ok {
		return 0, errors.New("argument couldn't be parsed into an integer")
	}
	return n, within(n, least, most)
}

func within(n, least, most int64) error {
	if n < least || n > most {
		return fmt.Errorf("argument must be between %d and %d inclusive", least, most)
	}
	return nil
}

// SizeParameter returns a parameter that is a number of bytes, at least so many.
func SizeParameter(name string, least int64, get func() int64, set func(int64)) Parameter {
	return integerParameter(name, get, func(text string) error {
		n, err := ParseSize(text)
		if err != nil {
			return errors.New("argument must be a memory value")
		}
		if err = within(n, least, math.MaxInt64); err == nil {
			set(n)
		}
		return err
	})
}

func integerParameter(name string, get func() int64, set func(text string) error) Parameter {
	return Parameter{Name: name, Get: func() string { return strconv.FormatInt(get(), 10) }, Set: set}
}

// durationParameter returns a parameter that is a time, kept in milliseconds.
func durationParameter(name string, get func() int64, set func(int64)) Parameter {
	return Parameter{
		Name: name,
		Get:  func() string { return (time.Duration(get()) * time.Millisecond).String() },
		Set: func(text string) error {
			d, err := ParseDuration(text)
			if err == nil {
				set(d.Milliseconds())
			}
			return err
		},
	}
}

// ownParameters are the settings that commands themselves read, what clients ask of a Redis before they begin, and the
// engine's limits.
func (s *Dispatcher) ownParameters() []Parameter {
	all := []Parameter{
		durationParameter("idle-timeout", s.IdleTimeout.Load, s.IdleTimeout.Store),
		durationParameter("absolute-timeout", s.AbsoluteTimeout.Load, s.AbsoluteTimeout.Store),
		durationParameter("uninitialized-timeout", s.UninitializedTimeout.Load, s.UninitializedTimeout.Store),
		FixedParameter("databases", strconv.Itoa(s.engine.Keyspaces())),
		onlyParameter("save", ""),
		onlyParameter("appendonly", "no"),
		onlyParameter("cluster-enabled", "no"),
		onlyParameter("notify-keyspace-events", ""),
		onlyParameter("replica-read-only", "yes"),
		onlyParameter("slave-read-only", "yes"),
	}
	if limiter, ok := s.engine.(store.Limiter); ok {
		return append(all, limitParameters(limiter)...)
	}
	return all
}

// limitParameters are an engine's limits.
func limitParameters(limiter store.Limiter) []Parameter {
	change := func(f func(*store.Limits)) {
		l := limiter.Limits()
		f(&l)
		limiter.SetLimits(l)
	}
	return []Parameter{
		SizeParameter("maxmemory", 0, func() int64 { return limiter.Limits().MaxMemory },
			func(n int64) { change(func(l *store.Limits) { l.MaxMemory = n }) }),
		SizeParameter("max-session-bytes", 0, func() int64 { return limiter.Limits().SessionBytes },
			func(n int64) { change(func(l *store.Limits) { l.SessionBytes = n }) }),
		NumberParameter("max-session-fields", 0, math.MaxInt64, func() int64 { return limiter.Limits().SessionFields },
			func(n int64) { change(func(l *store.Limits) { l.SessionFields = n }) }),
		{
			Name: "maxmemory-policy",
			Get:  func() string { return limiter.Limits().Policy.String() },
			Set: func(name string) error {
				policy, known := store.ParsePolicy(name)
				if !known {
					return fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(store.Policies(), ", "))
				}
				change(func(l *store.Limits) { l.Policy = policy })
				return nil
			},
		},
	}
}

// AddParameters adds settings of the parts around. It must not be called once requests are served.
func (s *Dispatcher) AddParameters(more ...Parameter) {
	s.parameters = append(s.parameters, more...)
	slices.SortFunc(s.parameters, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
}

// LimitStrings makes the engine hold strings to a length in bytes, if it can.
func (s *Dispatcher) LimitStrings(bytes int64) {
	if limiter, ok := s.engine.(store.Limiter); ok {
		l := limiter.Limits()
		l.StringBytes = bytes
		limiter.SetLimits(l)
	}
}

// parameter returns the parameter with a name in small letters, or nil.
func (s *Dispatcher) parameter(name string) *Parameter {
	i, found := slices.BinarySearchFunc(s.parameters, name, func(p Parameter, name string) int { return strings.Compare(p.Name, name) })
	if !found {
		return nil
	}
	return &s.parameters[i]
}

// sizeUnits are the units of sizes, as in Redis's configuration.
var sizeUnits = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// ParseSize reads a number of bytes that is not negative, such as 1048576, 512kb or 2gb.
func ParseSize(text string) (int64, error) {
	digits := strings.TrimRight(text, "bkmgBKMG")
	n, err := strconv.ParseUint(digits, 10, 63) // which takes no sign, as Redis does not
	unit, known := sizeUnits[strings.ToLower(text[len(digits):])]
	if err != nil || !known || int64(n) > math.MaxInt64/unit {
		return 0, fmt.Errorf("takes a size such as 1048576, 512kb or 2gb")
	}
	return int64(n) * unit, nil
}

// ParseDuration reads a time of whole milliseconds that is not negative, such as 30m, 12h or 1500ms; 0 needs no unit.
func ParseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Millisecond != 0 {
		return 0, fmt.Errorf("takes a time such as 30m, 12h or 1500ms, or 0 for never")
	}
	return d, nil
}
