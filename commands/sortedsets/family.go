// Package sortedsets is the commands on sorted sets.
package sortedsets

import (
	"errors"
	"slices"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's abilities that the handlers ask.
type family struct {
	engine  store.SortedSets
	algebra store.Algebra // nil: sorted sets cannot be combined
}

// Family returns the commands on sorted sets over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.SortedSets); !able {
		missing = "ERR this server's store holds no sorted sets"
	}
	f.algebra, _ = engine.(store.Algebra)
	return commands.Family{
		Group: "sorted-set", Categories: []string{"sortedset"}, Missing: missing, Errors: wireText, Scratch: func() any { return new(scratch) },
		Values: map[string]string{"dst": "key", "src": "key", "limit": "integer", "weight": "integer", "timeout": "double"},
		Specs:  slices.Concat(f.specs(), f.severalSpecs(), f.blockingSpecs(), f.combineSpecs()),
	}
}

// The errors of commands on sorted sets.
const (
	errNotFloat   commands.Error = "ERR value is not a valid float"
	errNaN        commands.Error = "ERR resulting score is not a number (NaN)"
	errBothXX     commands.Error = "ERR XX and NX options at the same time are not compatible"
	errBothGT     commands.Error = "ERR GT, LT, and/or NX options at the same time are not compatible"
	errOnePair    commands.Error = "ERR INCR option supports a single increment-element pair"
	errScoreBound commands.Error = "ERR min or max is not a float"
	errLexBound   commands.Error = "ERR min or max not valid string range item"
	errLimit      commands.Error = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	errLexScores  commands.Error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
	errCount      commands.Error = "ERR value is out of range, must be positive"
)

// wireText returns the text of an error that the engine has for sorted sets.
func wireText(err error) commands.Error {
	if errors.Is(err, store.ErrNaN) {
		return errNaN
	}
	return ""
}
