// Package transcripts replays what session middlewares say to Redis, and compares the replies with those that a real one
// gave.
//
// A transcript is a text file. A line is a request, its words as they are or quoted as in Go; the lines after it that
// begin with "= " are its reply, quoted where they hold what cannot be printed. "---" is a new connection, "#" a remark.
package transcripts

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"sessd/server/servertest"
)

// exchange is a request and its reply. Remarks and new connections are exchanges without words.
type exchange struct {
	line  string
	words []string
	reply string
}

const newConnection = "---"

// parse reads a transcript.
func parse(text string) (all []exchange, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if reply, ok := strings.CutPrefix(line, "= "); ok {
			if len(all) == 0 || all[len(all)-1].words == nil {
				return nil, fmt.Errorf("%q answers no request", line)
			}
			if unquoted, err := strconv.Unquote(reply); err == nil {
				reply = unquoted
			}
			all[len(all)-1].reply += reply + "\r\n"
			continue
		}
		one := exchange{line: line}
		if line != "" && line != newConnection && line[0] != '#' {
			if one.words, err = split(line); err != nil {
				return nil, err
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// split splits a line into words.
func split(line string) (words []string, err error) {
	for rest := strings.TrimLeft(line, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		word, _, _ := strings.Cut(rest, " ")
		if rest[0] == '"' {
			if word, err = strconv.QuotedPrefix(rest); err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
		}
		rest = rest[len(word):]
		if word[0] == '"' {
			word, _ = strconv.Unquote(word)
		}
		words = append(words, word)
	}
	return words, nil
}

// replay sends the requests over connections that dial makes, and returns the exchanges with the replies to them.
func replay(all []exchange, dial func() *servertest.Conn) []exchange {
	c := dial()
	c.Do("FLUSHALL")
	var replies []exchange
	for _, one := range all {
		switch {
		case one.line == newConnection:
			c.Close()
			c = dial()
		case one.words != nil:
			one.reply = c.Do(one.words...)
		}
		replies = append(replies, one)
	}
	return replies
}

// format writes a transcript.
func format(all []exchange) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(one.line + "\n")
		if one.words == nil {
			continue
		}
		for _, line := range strings.Split(strings.TrimSuffix(one.reply, "\r\n"), "\r\n") {
			if line == "" || line[0] == '"' || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) {
				line = strconv.Quote(line)
			}
			b.WriteString("= " + line + "\n")
		}
	}
	return b.String()
}
