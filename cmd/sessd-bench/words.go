package main

import (
	"errors"
	"math"
	"math/rand/v2"
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
	_, err := newRequest(*w, idLength)
	return err
}

func (w *wordList) String() string { return strings.Join(*w, " ") }
func (w *wordList) Type() string   { return "words" }

// wordSource sends one request, again and again.
type wordSource struct {
	request    *request
	op         operation
	random     *rand.Rand
	population *population // nil when no mark is about a session
	id         []byte
	session    session
	serial     uint64 // of the next request, among those of all connections
	stride     uint64
	end        uint64 // of the serials
}

// newWordSource sends the words with sessions as they are drawn, up to n of them by all connections together.
func newWordSource(o *options, own func(int) *population, connection int, words []string, op operation, n uint64) *wordSource {
	// Words with a mark that makes no sense are refused as options.
	r, _ := newRequest(words, idLength+len(o.suffix))
	s := &wordSource{request: r, op: op, serial: uint64(connection), stride: uint64(o.connections), end: n}
	if r.sessions {
		s.population = own(connection)
		s.random = s.population.random
	} else {
		s.random = newRandom(o.seed, uint64(connection))
	}
	return s
}

func (s *wordSource) next(dst []byte) ([]byte, operation, bool) {
	if s.serial >= s.end {
		return dst, s.op, false
	}
	if s.population != nil {
		s.id = s.population.appendID(s.id[:0], s.population.key(s.population.pickAlive()))
		s.session.change(s.random.Uint64())
	}
	for i := range s.request.pieces {
		p := &s.request.pieces[i]
		dst = append(dst, p.text...)
		switch p.mark {
		case markLength:
			dst = strconv.AppendUint(dst, p.n+uint64(p.carts*len(s.session.cart)), 10)
		case markID:
			dst = append(dst, s.id...)
		case markSeen:
			dst = append(dst, s.session.seen[:]...)
		case markCart:
			dst = append(dst, s.session.cart...)
		case markSerial:
			dst = appendNumber12(dst, s.serial)
		case markRandom:
			dst = appendNumber12(dst, s.random.Uint64N(p.n))
		}
	}
	s.serial += s.stride
	return dst, s.op, true
}

// replyWants are the replies that --reply takes.
var replyWants = map[string]want{
	"something": wantReply, "any": wantAny, "simple": wantOK, "integer": wantInteger, "bulk": wantBulk,
	"bulk-or-null": wantBulkOrNull, "elements": wantElements,
}

// fillWords returns what sends the requests of --fill, nil when there are none.
func fillWords(o *options, own func(int) *population) func(connection int) source {
	if len(o.fill) == 0 {
		return nil
	}
	return func(c int) source { return newWordSource(o, own, c, o.fill, opCreate, uint64(o.fills)) }
}

// wordsOf returns what sends the words of --words. A connection goes on with its source where the last phase left it.
func wordsOf(o *options, own func(int) *population) func(connection int) source {
	all := make([]source, o.connections)
	return func(c int) source {
		if all[c] == nil {
			all[c] = newWordSource(o, own, c, o.words, opWords, math.MaxUint64)
		}
		return all[c]
	}
}
