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

// Value is where a setting lives and what it takes. Set must leave the value alone when it returns an error.
type Value struct {
	Kind  string             // what it takes, in a word or two: "size"
	Takes string             // the same as a sentence without its subject: "takes a size such as ..."
	Get   func() string      // as CONFIG GET answers it; Set reads it back
	Show  func() string      // as people write it; nil: as Get
	List  bool               // a directive of a file may have it as several words
	Set   func(string) error // its errors are those of Redis's CONFIG SET
}

// String returns the value as people write it.
func (v *Value) String() string {
	if v.Show != nil {
		return v.Show()
	}
	return v.Get()
}

// zero returns the value with a word that stands for 0.
func (v Value) zero(word string) Value {
	of := v
	get, show, set := of.Get, of.String, of.Set
	v.Takes += ", or " + word
	v.Show = func() string {
		if get() == "0" {
			return word
		}
		return show()
	}
	v.Set = func(text string) error {
		if strings.EqualFold(text, word) {
			text = "0"
		}
		return set(text)
	}
	return v
}

// Integer is a whole number within bounds.
func Integer[N int | int64](p *N, least, most N) Value {
	return Value{
		Kind:  "n",
		Takes: fmt.Sprintf("takes a whole number from %d to %d", least, most),
		Get:   func() string { return strconv.FormatInt(int64(*p), 10) },
		Set: func(text string) error {
			n, err := parseInteger(text, int64(least), int64(most))
			if err == nil {
				*p = N(n)
			}
			return err
		},
	}
}

func parseInteger(text string, least, most int64) (int64, error) {
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

// Seconds is a time in whole seconds, as Redis has it; 0 is never.
func Seconds(p *time.Duration) Value {
	v := Value{
		Kind:  "seconds",
		Takes: fmt.Sprintf("takes a whole number of seconds up to %d", math.MaxInt32),
		Get:   func() string { return strconv.FormatInt(int64(*p/time.Second), 10) },
		Set: func(text string) error {
			n, err := parseInteger(text, 0, math.MaxInt32)
			if err == nil {
				*p = time.Duration(n) * time.Second
			}
			return err
		},
	}
	return v.zero("never")
}

// Size is a number of bytes, at least so many.
func Size(p *int64, least int64) Value {
	v := Value{
		Kind:  "size",
		Takes: "takes a size such as 512kb or 2gb",
		Get:   func() string { return strconv.FormatInt(*p, 10) },
		Show:  func() string { return FormatSize(*p) },
		Set: func(text string) error {
			n, err := ParseSize(text)
			if err != nil {
				return errors.New("argument must be a memory value")
			}
			if err = within(n, least, math.MaxInt64); err == nil {
				*p = n
			}
			return err
		},
	}
	if least > 0 {
		v.Takes += ", at least " + FormatSize(least)
	}
	return v
}

// Share is a number of bytes, or a percentage of what is available; 0 is no limit.
func Share(p *int64, available int64) Value {
	v := Size(p, 0).zero("none")
	if available == 0 {
		return v
	}
	set := v.Set
	v.Takes = "takes a size such as 512mb or 2gb, a percentage from 1% to 100%, or none"
	v.Set = func(text string) error {
		share, found := strings.CutSuffix(text, "%")
		if !found {
			return set(text)
		}
		percent, err := strconv.ParseUint(share, 10, 8)
		if err != nil || percent < 1 || percent > 100 {
			return errors.New("argument must be a memory value or a percentage from 1% to 100%")
		}
		*p = available / 100 * int64(percent)
		return nil
	}
	return v
}

// Duration is a time of whole milliseconds, at least so much. Where it may be 0, that is never.
func Duration(p *time.Duration, least time.Duration) Value {
	v := Value{
		Kind:  "time",
		Takes: "takes a time such as 30m, 12h or 1500ms",
		Get:   func() string { return FormatDuration(*p) },
		Set: func(text string) error {
			d, err := ParseDuration(text)
			if err == nil && d < least {
				err = errDuration
			}
			if err != nil {
				return errors.New("argument must be a time such as 30m, 12h or 1500ms")
			}
			*p = d
			return nil
		},
	}
	if least == 0 {
		return v.zero("never")
	}
	return v
}

// YesNo writes a switch as CONFIG GET does.
func YesNo(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// Switch is yes or no.
func Switch(p *bool) Value { return switchValue(p, false) }

// InverseSwitch is yes or no, kept the other way round.
func InverseSwitch(p *bool) Value { return switchValue(p, true) }

func switchValue(p *bool, inverse bool) Value {
	return Value{
		Kind:  "yes|no",
		Takes: "takes yes or no",
		Get:   func() string { return YesNo(*p != inverse) },
		Set: func(text string) error {
			yes := strings.EqualFold(text, "yes")
			if !yes && !strings.EqualFold(text, "no") {
				return errors.New("argument must be 'yes' or 'no'")
			}
			*p = yes != inverse
			return nil
		},
	}
}

// Choice is one of some words.
func Choice(p *string, words ...string) Value {
	return Value{
		Kind:  strings.Join(words, "|"),
		Takes: "takes " + strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1],
		Get:   func() string { return *p },
		Set: func(text string) error {
			word := strings.ToLower(text)
			if !slices.Contains(words, word) {
				return fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(words, ", "))
			}
			*p = word
			return nil
		},
	}
}

// choiceOr is a Choice whose empty value is the first word.
func choiceOr(p *string, words ...string) Value {
	if *p == "" {
		*p = words[0]
	}
	return Choice(p, words...)
}

// policyValue is the name of a policy of eviction.
func policyValue(p *store.Policy) Value {
	name := p.String()
	v := Choice(&name, store.Policies()...)
	set := v.Set
	v.Kind = "policy"
	v.Get = func() string { return p.String() }
	v.Set = func(text string) error {
		err := set(text)
		if err == nil {
			*p, _ = store.ParsePolicy(name)
		}
		return err
	}
	return v
}

// Text is any text.
func Text(p *string, kind string) Value {
	return Value{
		Kind: kind,
		Get:  func() string { return *p },
		Set: func(text string) error {
			*p = text
			return nil
		},
	}
}

// Only is a value that has one way to be, for a reason. It may be set to that.
func Only(value, why string) Value {
	return Value{
		Kind:  strconv.Quote(value),
		Takes: fmt.Sprintf("takes %q alone: %s", value, why),
		Get:   func() string { return value },
		Set: func(text string) error {
			if text != value {
				return fmt.Errorf("argument must be '%s'", value)
			}
			return nil
		},
	}
}
