package commands

import (
	"fmt"
	"strings"
)

// An argument is one part of a command's usage line after its name.
//
// A usage line is written as in Redis's documentation. Capital words are literal, small ones stand for a value. [ ] holds
// what may be left out, < > holds what may not, and | separates alternatives. What stands before "..." inside the same
// brackets may come again. A value's name gives its type, which the family lists.
type argument struct {
	kind     kind
	name     string     // of a value, in small letters
	typ      string     // of a value, as COMMAND DOCS names it
	keySpec  int        // of a key: position of its specification
	token    string     // literal word; before a value or block, it belongs to it
	optional bool       // in [ ]
	multiple bool       // may come again
	parts    []argument // of a block, in order; of a choice, one of them
}

type kind uint8

const (
	valueKind  kind = iota
	tokenKind       // a literal word alone
	blockKind       // several arguments in order
	choiceKind      // one of several arguments
)

// isKey reports whether the argument is a key at a fixed place.
func (a argument) isKey() bool { return a.typ == "key" && a.token == "" }

// setTypes gives the values in the argument the types that their family names.
func (a *argument) setTypes(from *Family) {
	if a.kind == valueKind {
		a.typ = from.valueType(a.name)
	}
	for i := range a.parts {
		a.parts[i].setTypes(from)
	}
}

// setKeySpecs gives the keys in the argument their specifications in order; next is that of the first of them. Where there
// are more keys, the last specification finds the rest.
func (a *argument) setKeySpecs(next, specs int) int {
	if a.typ == "key" {
		a.keySpec = max(0, min(next, specs-1))
		next++
	}
	for i := range a.parts {
		next = a.parts[i].setKeySpecs(next, specs)
	}
	return next
}

// parseUsage takes a usage line apart: the words of the name (one, or two for a subcommand) and the arguments.
func parseUsage(usage string) (name []string, args []argument, err error) {
	p := usageParser{words: splitUsage(usage)}
	for p.more() && len(name) < 2 && isLiteral(p.words[p.pos]) {
		name = append(name, p.next())
	}
	if len(name) == 0 {
		return nil, nil, fmt.Errorf("usage %q does not begin with a name", usage)
	}
	args, _, err = p.sequence("")
	if err != nil {
		return nil, nil, fmt.Errorf("usage %q: %w", usage, err)
	}
	return name, args, nil
}

func splitUsage(usage string) []string {
	for _, bracket := range []string{"[", "]", "<", ">"} {
		usage = strings.ReplaceAll(usage, bracket, " "+bracket+" ")
	}
	return strings.Fields(usage)
}

func isLiteral(word string) bool {
	return word == strings.ToUpper(word) && strings.ContainsAny(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

type usageParser struct {
	words []string
	pos   int
}

func (p *usageParser) more() bool { return p.pos < len(p.words) }

func (p *usageParser) next() string {
	p.pos++
	return p.words[p.pos-1]
}

// sequence reads arguments up to the closing bracket, which it takes, or up to the end when closing is empty. Where
// it meets alternatives it returns one choice.
func (p *usageParser) sequence(closing string) (args []argument, repeats bool, err error) {
	var alternatives [][]argument
	for {
		if !p.more() {
			if closing != "" {
				return nil, false, fmt.Errorf("%q is missing", closing)
			}
			break
		}
		word := p.next()
		if word == closing {
			break
		}
		switch word {
		case "]", ">":
			return nil, false, fmt.Errorf("%q closes nothing", word)
		case "|":
			alternatives = append(alternatives, args)
			args = nil
		case "...":
			repeats = true
		case "[", "<":
			inner, again, err := p.sequence(map[string]string{"[": "]", "<": ">"}[word])
			if err != nil {
				return nil, false, err
			}
			if len(inner) == 0 {
				return nil, false, fmt.Errorf("%q holds nothing", word)
			}
			if again && sameValues(args, inner) {
				args = repeat(args, len(inner))
				continue
			}
			one := block(inner)
			one.optional, one.multiple = word == "[", again
			args = append(args, one)
		default:
			args = append(args, p.word(word))
		}
	}
	if alternatives == nil {
		return args, repeats, nil
	}
	choice := argument{kind: choiceKind}
	var names []string
	for _, one := range append(alternatives, args) {
		if len(one) == 0 {
			return nil, false, fmt.Errorf("an alternative is missing")
		}
		part := block(one)
		choice.parts = append(choice.parts, part)
		names = append(names, part.label())
	}
	choice.name = strings.Join(names, "-or-")
	return []argument{choice}, repeats, nil
}

// word makes an argument of one word; a literal takes the value after it along.
func (p *usageParser) word(word string) argument {
	if !isLiteral(word) {
		return argument{kind: valueKind, name: word}
	}
	if p.more() && !isLiteral(p.words[p.pos]) && !strings.Contains("[]<>|...", p.words[p.pos]) {
		value := p.next()
		return argument{kind: valueKind, name: value, token: word}
	}
	return argument{kind: tokenKind, name: strings.ToLower(word), token: word}
}

// block joins arguments to one. A literal word before a choice belongs to it.
func block(args []argument) argument {
	if len(args) == 1 {
		return args[0]
	}
	if len(args) == 2 && args[0].kind == tokenKind && args[1].kind == choiceKind && !args[1].optional {
		choice := args[1]
		choice.token, choice.name = args[0].token, args[0].name
		return choice
	}
	var names []string
	for _, a := range args {
		names = append(names, a.label())
	}
	return argument{kind: blockKind, name: strings.Join(names, "-"), parts: args}
}

func (a argument) label() string {
	if a.token != "" {
		return strings.ToLower(a.token)
	}
	return a.name
}

// sameValues reports whether the last arguments are the ones that a bracket repeats, as in "field value [field value ...]".
func sameValues(args, again []argument) bool {
	if len(args) < len(again) {
		return false
	}
	for i, a := range again {
		if b := args[len(args)-len(again)+i]; a.kind != valueKind || b.kind != valueKind || a.name != b.name || b.token != "" {
			return false
		}
	}
	return true
}

// repeat marks the last n arguments as one that may come again.
func repeat(args []argument, n int) []argument {
	one := block(append([]argument(nil), args[len(args)-n:]...))
	one.multiple = true
	return append(args[:len(args)-n:len(args)-n], one)
}

// words returns the least number of words an argument takes, and whether it may take more.
func (a argument) words() (least int, more bool) {
	switch a.kind {
	case tokenKind:
		least = 1
	case valueKind:
		least = 1
	case blockKind:
		for _, part := range a.parts {
			n, m := part.words()
			least, more = least+n, more || m
		}
	case choiceKind:
		for i, part := range a.parts {
			n, m := part.words()
			more = more || m || i > 0 && n != least
			if i == 0 || n < least {
				least = n
			}
		}
	}
	if a.token != "" && a.kind != tokenKind {
		least++
	}
	if a.optional {
		more = more || least > 0
		least = 0
	}
	return least, more || a.multiple
}

// arity counts a command's words as Redis does: the exact number with its name, or minus the least number.
func arity(nameWords int, args []argument) int {
	total, open := nameWords, false
	for _, a := range args {
		least, more := a.words()
		total, open = total+least, open || more
	}
	if open {
		return -total
	}
	return total
}

// keySpan says which words of a command are keys: the first, the last (-1: the last word), and the step between them.
// All are 0 for a command without keys.
func keySpan(nameWords int, args []argument) (first, last, step int) {
	at := nameWords
	for _, a := range args {
		if a.optional {
			break
		}
		switch {
		case a.isKey():
			if first == 0 {
				first, step = at, 1
			}
			last = at
			if a.multiple {
				return first, -1, 1
			}
		case a.kind == blockKind && a.multiple && a.parts[0].isKey():
			return at, -1, len(a.parts)
		}
		least, _ := a.words()
		at += least
	}
	return first, last, step
}
