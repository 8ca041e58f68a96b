package commands

import (
	"bytes"
	"math"

	"sessd/store"
)

// Is reports whether a word is a literal, which is given in capitals, in any letter case.
func Is(word []byte, literal string) bool {
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

// ArgReader reads the words of a request from left to right.
type ArgReader struct{ rest [][]byte }

// Read returns a reader of words.
func Read(words [][]byte) ArgReader { return ArgReader{words} }

// More reports whether words are left.
func (c *ArgReader) More() bool { return len(c.rest) > 0 }

// Left returns the number of words that are left.
func (c *ArgReader) Left() int { return len(c.rest) }

// Next reads a word; a missing one is a syntax error.
func (c *ArgReader) Next() ([]byte, error) {
	if len(c.rest) == 0 {
		return nil, ErrSyntax
	}
	word := c.rest[0]
	c.rest = c.rest[1:]
	return word, nil
}

// Integer reads an integer.
func (c *ArgReader) Integer() (int64, error) {
	word, err := c.Next()
	if err != nil {
		return 0, err
	}
	n, ok := store.ParseInt(word)
	if !ok {
		return 0, ErrNotInteger
	}
	return n, nil
}

// Counted reads a positive count, and then so many groups of size words.
func (c *ArgReader) Counted(size int) ([][]byte, error) {
	n, err := c.Integer()
	if err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, ErrNotPositive
	}
	if n > int64(len(c.rest)/size) {
		return nil, ErrSyntax
	}
	words := c.rest[:int(n)*size]
	c.rest = c.rest[int(n)*size:]
	return words, nil
}

// Duration reads a positive time of unit milliseconds. command names the command in the error.
func (c *ArgReader) Duration(unit int64, command string) (milliseconds int64, err error) {
	n, err := c.Integer()
	if err != nil {
		return 0, err
	}
	if n <= 0 || n > MaxDuration/unit {
		return 0, ErrExpire(command)
	}
	return n * unit, nil
}

// MaxDuration is the longest duration, in milliseconds. It keeps a duration added to any time of this age of the world within 64 bits.
const MaxDuration = math.MaxInt64 - 1<<48

// The units of durations, in milliseconds.
const (
	Millisecond = 1
	Second      = 1000
)
