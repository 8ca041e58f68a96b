package commands

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"sessd/store"
)

// defaultScanCount is how many entries a step of a scan looks at when COUNT is not given, as in Redis.
const defaultScanCount = 10

// parseScan reads a cursor and options; TYPE is one of them where withType is true. A type that no entry can have is
// not an error: the scan then finds nothing.
func parseScan(words [][]byte, withType bool) (at uint64, o store.ScanOptions, err error) {
	rest := argReader{words}
	word, err := rest.next()
	if err != nil {
		return 0, o, err
	}
	at, ok := parseCursor(word)
	if !ok {
		return 0, o, errCursor
	}
	o.Count = defaultScanCount
	for rest.more() {
		word, _ := rest.next()
		switch {
		case is(word, "MATCH"):
			var pattern []byte
			pattern, err = rest.next()
			o.Match = store.CompilePattern(pattern)
		case is(word, "COUNT"):
			var n int64
			if n, err = rest.integer(); err == nil && n < 1 {
				err = errSyntax
			}
			o.Count = int(n)
		case is(word, "TYPE") && withType:
			if word, err = rest.next(); err == nil {
				if t, known := store.ParseType(string(word)); known {
					o.Type = t
				} else {
					o.Type = noSuchType
				}
			}
		default:
			err = errSyntax
		}
		if err != nil {
			return 0, o, err
		}
	}
	return at, o, nil
}

// parseCursor reads a cursor as Redis does, which lets C's strtoul read it: nothing is 0, and a sign is taken.
func parseCursor(word []byte) (at uint64, ok bool) {
	if len(word) == 0 {
		return 0, true
	}
	digits := word
	if word[0] == '-' || word[0] == '+' {
		digits = word[1:]
	}
	at, err := strconv.ParseUint(string(digits), 10, 64)
	if word[0] == '-' {
		at = -at
	}
	return at, err == nil
}

// noSuchType is a type that no entry has.
const noSuchType store.Type = 255

// scan answers one step: the next cursor and the keys.
func (c *Call) scan(at uint64, o store.ScanOptions) error {
	var keys [][]byte
	next, err := c.System.keys.Scan(c.Context, c.Op, at, o, func(key []byte) {
		keys = append(keys, append([]byte(nil), key...))
	})
	if err != nil {
		return err
	}
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatUint(next, 10))
	c.bulks(keys)
	return nil
}

// wholeRound is the count of a scan that is to be over in one step, as far as the engine does such steps.
const wholeRound = math.MaxInt

// allKeys answers the keys of a whole round, each once.
func (c *Call) allKeys(o store.ScanOptions) error {
	var keys [][]byte
	for at, steps := uint64(0), 0; at != 0 || steps == 0; steps++ {
		var err error
		if at, err = c.System.keys.Scan(c.Context, c.Op, at, o, func(key []byte) { keys = append(keys, bytes.Clone(key)) }); err != nil {
			return err
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	c.bulks(slices.CompactFunc(keys, bytes.Equal)) // later steps may meet a key again
	return nil
}
