package sorting

import (
	"bytes"

	"sessd/commands"
)

// The errors of SORT.
const (
	errBy     commands.Error = "ERR BY option of SORT denied due to insufficient ACL permissions"
	errGet    commands.Error = "ERR GET option of SORT denied due to insufficient ACL permissions"
	errScores commands.Error = "ERR One or more scores can't be converted into double"
)

// query is a parsed SORT.
type query struct {
	by            []byte // pattern of keys; nil: elements are compared themselves
	unsorted      bool   // BY has no pattern
	gets          [][]byte
	target        []byte // of STORE; nil: there is none
	descending    bool
	alpha         bool
	offset, count int64 // count is negative for all
}

// parse reads what follows the key.
func parse(c *commands.Call, words [][]byte, readOnly bool) (q query, err error) {
	q.count = -1
	for rest := commands.Read(words); rest.More(); {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "ASC"):
			q.descending = false
		case commands.Is(word, "DESC"):
			q.descending = true
		case commands.Is(word, "ALPHA"):
			q.alpha = true
		case commands.Is(word, "LIMIT"):
			err = q.parseLimit(&rest)
		case !readOnly && commands.Is(word, "STORE"):
			q.target, err = rest.Next()
		case commands.Is(word, "BY"):
			err = q.parseBy(c, &rest)
		case commands.Is(word, "GET"):
			var pattern []byte
			if pattern, err = rest.Next(); err == nil && !c.MayReadAll() {
				err = errGet
			}
			q.gets = append(q.gets, pattern)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *query) parseBy(c *commands.Call, rest *commands.ArgReader) (err error) {
	if q.by, err = rest.Next(); err != nil {
		return err
	}
	if bytes.IndexByte(text(q.by), '*') < 0 {
		q.unsorted = true
	} else if !c.MayReadAll() {
		return errBy
	}
	return nil
}

// parseLimit reads an offset and a count; with one of them missing it is a syntax error, whatever the other is.
func (q *query) parseLimit(rest *commands.ArgReader) (err error) {
	var both [2][]byte
	for i := range both {
		if both[i], err = rest.Next(); err != nil {
			return err
		}
	}
	numbers := commands.Read(both[:])
	if q.offset, err = numbers.Integer(); err == nil {
		q.count, err = numbers.Integer()
	}
	return err
}

// reaches reports whether other keys are looked up.
func (q *query) reaches() bool {
	if q.by != nil && !q.unsorted {
		return true
	}
	for _, pattern := range q.gets {
		if !isElement(pattern) {
			return true
		}
	}
	return false
}

// span returns the places of the elements that are asked for, of n.
func (q *query) span(n int) (from, to int) {
	from = int(min(max(q.offset, 0), int64(n)))
	if q.count < 0 {
		return from, n
	}
	return from, from + int(min(q.count, int64(n-from)))
}

// text returns a word up to the zero byte at which a C string ends.
func text(word []byte) []byte {
	before, _, _ := bytes.Cut(word, []byte{0})
	return before
}

// isElement reports whether a pattern stands for the element itself.
func isElement(pattern []byte) bool { return string(pattern) == "#" }

// place is where a pattern looks up values: under a key with the element between two texts, maybe in a field of a hash.
type place struct {
	before, after, field []byte
	known                bool // false: the pattern has no place for the element
}

// parsePattern reads a pattern, such as weight_* or object_*->field.
func parsePattern(pattern []byte) (p place) {
	at := bytes.IndexByte(text(pattern), '*')
	if at < 0 {
		return p
	}
	p.before, p.after, p.known = pattern[:at], pattern[at+1:], true
	if arrow := bytes.Index(text(p.after), []byte("->")); arrow >= 0 && len(text(p.after)) > arrow+2 {
		p.after, p.field = p.after[:arrow], p.after[arrow+2:]
	}
	return p
}

// key returns the key for an element.
func (p *place) key(element []byte) []byte {
	key := make([]byte, 0, len(p.before)+len(element)+len(p.after))
	return append(append(append(key, p.before...), element...), p.after...)
}
