package commands

import (
	"bytes"
	"math"

	"sessd/store"
)

// is reports whether a word is a literal, which is given in capitals, in any letter case.
func is(word []byte, literal string) bool {
	if len(word) != len(literal) {
		return false
	}
	for i, b := range word {
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != literal[i] {
			return false
		}
	}
	return true
}

func upper(word []byte) []byte { return bytes.ToUpper(word) }

// argReader walks over the words of a request that are left to read.
type argReader struct{ rest [][]byte }

func (c *argReader) more() bool { return len(c.rest) > 0 }

// next takes a word; a missing one is a syntax error.
func (c *argReader) next() ([]byte, error) {
	if len(c.rest) == 0 {
		return nil, errSyntax
	}
	word := c.rest[0]
	c.rest = c.rest[1:]
	return word, nil
}

// integer takes a word that is an integer.
func (c *argReader) integer() (int64, error) {
	word, err := c.next()
	if err != nil {
		return 0, err
	}
	n, ok := store.ParseInt(word)
	if !ok {
		return 0, errNotInteger
	}
	return n, nil
}

// counted takes a count, which is positive, and then so many groups of size words.
func (c *argReader) counted(size int) ([][]byte, error) {
	n, err := c.integer()
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, errNotPositive
	}
	if n > int64(len(c.rest)/size) {
		return nil, errSyntax
	}
	words := c.rest[:int(n)*size]
	c.rest = c.rest[int(n)*size:]
	return words, nil
}

// duration takes a positive time of unit milliseconds. command names the command in the error.
func (c *argReader) duration(unit int64, command string) (milliseconds int64, err error) {
	n, err := c.integer()
	if err != nil {
		return 0, err
	}
	if n <= 0 || n > maxDuration/unit {
		return 0, errExpire(command)
	}
	return n * unit, nil
}

// maxDuration keeps a duration added to any time of this age of the world within 64 bits, in milliseconds.
const maxDuration = math.MaxInt64 - 1<<48

// The units of durations, in milliseconds.
const (
	millisecond = 1
	second      = 1000
)
