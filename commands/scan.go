package commands

import (
	"bytes"
	"strconv"

	"sessd/store"
)

// defaultScanCount is how many entries a step of a scan looks at when COUNT is not given, as in Redis.
const defaultScanCount = 10

// ParseScan reads a cursor and options; TYPE is one of them where withType is true. A type that no entry can have is
// not an error: the scan then finds nothing.
func ParseScan(words [][]byte, withType bool) (at uint64, o store.ScanOptions, err error) {
	rest := Read(words)
	word, err := rest.Next()
	if err != nil {
		return 0, o, err
	}
	at, ok := parseCursor(word)
	if !ok {
		return 0, o, ErrCursor
	}
	o.Count = defaultScanCount
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case Is(word, "MATCH"):
			var pattern []byte
			pattern, err = rest.Next()
			o.Match = store.CompilePattern(pattern)
		case Is(word, "COUNT"):
			var n int64
			if n, err = rest.Integer(); err == nil && n < 1 {
				err = ErrSyntax
			}
			o.Count = int(n)
		case Is(word, "TYPE") && withType:
			if word, err = rest.Next(); err == nil {
				if t, known := store.ParseType(string(word)); known {
					o.Type = t
				} else {
					o.Type = noSuchType
				}
			}
		default:
			err = ErrSyntax
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

// Scan answers one step of a scan: the next cursor and the keys.
func (c *Call) Scan(keys store.Keys, at uint64, o store.ScanOptions) error {
	var found [][]byte
	next, err := keys.Scan(c.Context, c.Op, at, o, func(key []byte) {
		if c.MayRead(key) {
			found = append(found, bytes.Clone(key))
		}
	})
	if err != nil {
		return err
	}
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatUint(next, 10))
	c.Bulks(found)
	return nil
}
