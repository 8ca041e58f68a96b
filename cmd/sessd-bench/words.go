package main

import (
	"errors"
	"strconv"
	"strings"
)

// processIDs is the value of --pid: numbers joined by +.
type processIDs []int

func (p *processIDs) Set(text string) error {
	*p = nil
	for word := range strings.SplitSeq(text, "+") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return errors.New("a process id is a number from 1 up")
		}
		*p = append(*p, n)
	}
	return nil
}

func (p *processIDs) String() string {
	words := make([]string, len(*p))
	for i, n := range *p {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, "+")
}

func (p *processIDs) Type() string { return "ids" }

// wordList is the value of --words: the words of a request in double quotes, as MONITOR shows them.
type wordList []string

func (w *wordList) Set(text string) error {
	*w = nil
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return errors.New("a word is in double quotes")
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return err
		}
		*w, text = append(*w, word), text[len(quoted):]
	}
	return nil
}

func (w *wordList) String() string { return strings.Join(*w, " ") }
func (w *wordList) Type() string   { return "words" }

// wordSource sends one request about sessions as they are drawn, for ever.
type wordSource struct {
	population *population
	words      []string
	marked     []bool // the word has a mark to be replaced
	id, word   []byte
	session    session
}

func newWordSource(p *population, words []string) *wordSource {
	s := &wordSource{population: p, words: words, marked: make([]bool, len(words))}
	for i, word := range words {
		s.marked[i] = strings.Contains(word, "{id}") || strings.Contains(word, "{seen}") || strings.Contains(word, "{cart}")
	}
	return s
}

func (s *wordSource) next(dst []byte) ([]byte, operation, bool) {
	s.id = s.population.appendID(s.id[:0], s.population.key(s.population.pickAlive()))
	s.session.change(s.population.random.Uint64())
	dst = append(strconv.AppendInt(append(dst, '*'), int64(len(s.words)), 10), '\r', '\n')
	for i, word := range s.words {
		if !s.marked[i] {
			dst = appendBulk(dst, word)
			continue
		}
		s.word = s.appendReplaced(s.word[:0], word)
		dst = appendBulk(dst, s.word)
	}
	return dst, opWords, true
}

// appendReplaced appends a word with what its marks stand for.
func (s *wordSource) appendReplaced(dst []byte, word string) []byte {
	for word != "" {
		switch {
		case strings.HasPrefix(word, "{id}"):
			dst, word = append(dst, s.id...), word[len("{id}"):]
		case strings.HasPrefix(word, "{seen}"):
			dst, word = append(dst, s.session.seen[:]...), word[len("{seen}"):]
		case strings.HasPrefix(word, "{cart}"):
			dst, word = append(dst, s.session.cart...), word[len("{cart}"):]
		default:
			dst, word = append(dst, word[0]), word[1:]
		}
	}
	return dst
}
