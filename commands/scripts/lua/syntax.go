package lua

import (
	"fmt"
	"regexp"
	"strings"
)

// word is a word or sign of a source, with its line from 1 on.
type word struct {
	text string
	line int
}

// opener is a word that another one closes. It awaits then or do before its block begins.
type opener struct {
	word
	awaits string
	// returned is set after return, which ends a block.
	returned bool
}

// lexeme matches what stands next in a source: space and comments, strings, and then words, numbers and signs.
var lexeme = regexp.MustCompile(`(?s)^(?:\s+|--\[\[.*?\]\]|--[^\n]*|\[\[.*?\]\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+|\.{2,3}|[=~<>]=|.)`)

// maxWords is the length in bytes of the longest source that is split for the sake of a message.
const maxWords = 64 << 10

// words splits a source. Strings become one word.
func words(code string) []word {
	var all []word
	for line := 1; code != ""; {
		text := lexeme.FindString(code)
		unclosed := text == `"` || text == "'" || text == "[" && strings.HasPrefix(code, "[[") ||
			strings.HasPrefix(text, "--[[") && !strings.HasSuffix(text, "]]")
		if text == "" || unclosed {
			return all // and never look for the other end twice
		}
		code = code[len(text):]
		if strings.TrimSpace(text) != "" && (!strings.HasPrefix(text, "--")) {
			all = append(all, word{text, line})
		}
		line += strings.Count(text, "\n")
	}
	return all
}

// closers are what closes a word or sign.
var closers = map[string]string{"(": ")", "{": "}", "[": "]", "repeat": "until", "if": "end", "for": "end", "while": "end", "do": "end", "function": "end"}

// expected returns what Lua misses at the end of the words, "unexpected symbol" where it misses no word that closes another.
// The line is that of the word which comes next.
func expected(all []word, next string, line int) string {
	open := []opener{{}}
	for _, w := range all {
		top := len(open) - 1
		switch {
		case open[top].awaits == w.text:
			open[top].awaits = ""
		case w.text == "return":
			open[top].returned = true
		case closers[open[top].text] == w.text && top > 0:
			open = open[:top]
		case closers[w.text] != "":
			awaits := map[string]string{"if": "then", "for": "do", "while": "do"}[w.text]
			open = append(open, opener{word: w, awaits: awaits})
		case w.text == "elseif":
			open[top].awaits, open[top].returned = "then", false
		case w.text == "else":
			open[top].returned = false
		}
	}
	if len(all) == 0 || !completes(all[len(all)-1].text) {
		if len(all) > 0 && (all[len(all)-1].text == "local" || all[len(all)-1].text == "function") {
			return "'<name>' expected"
		}
		return "unexpected symbol"
	}
	top := open[len(open)-1]
	switch {
	case len(open) == 1 && (top.returned || next == "end" || next == "else" || next == "elseif" || next == "until"):
		return "'<eof>' expected"
	case len(open) == 1, next != "<eof>" && len(top.text) > 1 && !top.returned:
		return "unexpected symbol"
	case top.awaits != "":
		return "'" + top.awaits + "' expected"
	case top.line == line || top.text == "[":
		return "'" + closers[top.text] + "' expected"
	}
	return fmt.Sprintf("'%s' expected (to close '%s' at line %d)", closers[top.text], top.text, top.line)
}

// completes reports whether an expression or a statement may end with a word.
func completes(text string) bool {
	switch text {
	case "and", "or", "not", "local", "function", "if", "while", "for", "in", "until", "elseif":
		return false
	case ")", "]", "}", "...", ";":
		return true
	}
	c := text[0]
	return isAlpha(c) || isDigit(c) || c == '_' || c == '"' || c == '\'' || strings.HasPrefix(text, "[[")
}
