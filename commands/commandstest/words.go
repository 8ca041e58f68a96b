// Package commandstest helps fuzz tests of the functions that read the words of a request.
package commandstest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Now is the time of requests whose readers are fuzzed, in milliseconds since the Unix epoch.
const Now = 1_800_000_000_000

// SplitWords takes fuzzed text apart at spaces, so that a few bytes make many words.
func SplitWords(text string) [][]byte {
	if text == "" {
		return nil
	}
	return bytes.Split([]byte(text), []byte(" "))
}

// Has reports whether one of the words is a literal, which is given in capitals.
func Has(words [][]byte, literal string) bool { return contains([]string{literal}, words...) }

// contains reports whether one of the words is one of the literals, in any letter case.
func contains(literals []string, words ...[]byte) bool {
	for _, word := range words {
		for _, literal := range literals {
			if strings.EqualFold(literal, string(word)) {
				return true
			}
		}
	}
	return false
}

// WantKnown fails the test unless an error is one that a client is told in full.
func WantKnown(t *testing.T, err error) {
	t.Helper()
	if kind := fmt.Sprintf("%T", err); kind != "commands.Error" {
		t.Errorf("the client would not be told %q, of type %s", err, kind)
	}
}

// WantOptions fails the test unless the words are options: those that stand alone, and those before a value. It returns
// them without the values.
func WantOptions(t *testing.T, words [][]byte, alone, withValue []string) (options [][]byte) {
	t.Helper()
	for i := 0; i < len(words); i++ {
		options = append(options, words[i])
		switch {
		case contains(alone, words[i]):
		case contains(withValue, words[i]) && i+1 < len(words):
			i++
		default:
			t.Errorf("took %q", words[i])
		}
	}
	return options
}
