package store

import (
	"bytes"
	"math/bits"
	"slices"
)

// Pattern is a glob pattern, compiled. It follows Redis's rules: * is any bytes, ? one byte, [abc] one of a class,
// [^abc] one outside it. a-z in a class is a range in either direction, and a backslash makes the next byte ordinary. A
// class that is not closed ends with the pattern.
//
// Matching n bytes takes at most 16 n steps where no piece between two stars is longer than 16 elements. A longer piece
// of m takes m/64 steps a byte. A Pattern does not change and serves any number of goroutines.
type Pattern struct {
	all    bool    // the pattern is a single star
	stars  bool    // it has any
	pieces []piece // between the stars; without any, one piece
	least  int     // length of the shortest match
}

// piece is elements that follow each other without a star between.
type piece struct {
	text  []byte    // when every element is one byte
	sets  []byteSet // else
	masks *masks    // when there are too many to try them at every place
}

// byteSet is a set of bytes.
type byteSet [4]uint64

var anyByte = byteSet{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}

func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

// Match reports whether s matches a pattern that is used once. For a pattern that is used again, compile it.
func Match(pattern, s []byte) bool { return CompilePattern(pattern).Match(s) }

// CompilePattern compiles a glob pattern, of which it keeps nothing. Every pattern has a meaning.
func CompilePattern(pattern []byte) *Pattern {
	p := &Pattern{all: len(pattern) == 1 && pattern[0] == '*'}
	var sets []byteSet
	end := func() {
		p.pieces = append(p.pieces, newPiece(sets))
		p.least += len(sets)
		sets = nil
	}
	for at := 0; at < len(pattern); {
		if pattern[at] != '*' {
			var s byteSet
			s, at = parseElement(pattern, at)
			sets = append(sets, s)
			continue
		}
		end()
		p.stars = true
		for at < len(pattern) && pattern[at] == '*' {
			at++
		}
	}
	end()
	return p
}

// parseElement returns what the element of the pattern at a place, which is not a star, matches, and where the next begins.
func parseElement(pattern []byte, at int) (s byteSet, next int) {
	switch c := pattern[at]; {
	case c == '?':
		return anyByte, at + 1
	case c == '[':
		return parseClass(pattern, at+1)
	case c == '\\' && at+1 < len(pattern):
		at++
	}
	s.add(pattern[at])
	return s, at + 1
}

// parseClass is parseElement for a class whose first byte behind the bracket is at a place.
func parseClass(pattern []byte, at int) (s byteSet, next int) {
	negated := at < len(pattern) && pattern[at] == '^'
	if negated {
		at++
	}
	for ; at < len(pattern) && pattern[at] != ']'; at++ {
		switch left := len(pattern) - at; {
		case left >= 2 && pattern[at] == '\\':
			at++
			s.add(pattern[at])
		case left >= 3 && pattern[at+1] == '-':
			// Redis compares bytes as signed numbers here.
			low, high := int(int8(pattern[at])), int(int8(pattern[at+2]))
			for c := min(low, high); c <= max(low, high); c++ {
				s.add(byte(c))
			}
			at += 2
		default:
			s.add(pattern[at])
		}
	}
	if negated {
		for i := range s {
			s[i] = ^s[i]
		}
	}
	return s, min(at+1, len(pattern))
}

// Match reports whether s matches.
func (p *Pattern) Match(s []byte) bool {
	if len(s) == 0 {
		// Redis never enters its loop for an empty string, and treats a single star as no pattern at all.
		return p.all || !p.stars && p.least == 0
	}
	if len(s) < p.least {
		return false
	}
	first, last := &p.pieces[0], &p.pieces[len(p.pieces)-1]
	if !p.stars {
		return len(s) == p.least && first.at(s)
	}
	tail := len(s) - last.len()
	if !first.at(s) || !last.at(s[tail:]) {
		return false
	}
	// Between them each piece may as well be at the first place where it is found.
	for s, i := s[first.len():tail], 1; i < len(p.pieces)-1; i++ {
		at := p.pieces[i].find(s)
		if at < 0 {
			return false
		}
		s = s[at+p.pieces[i].len():]
	}
	return true
}

func newPiece(sets []byteSet) piece {
	text := make([]byte, 0, len(sets))
	for i := range sets {
		if c, ok := sets[i].only(); ok {
			text = append(text, c)
		}
	}
	if len(text) == len(sets) {
		return piece{text: text}
	}
	p := piece{sets: sets}
	if len(sets) > fewElements {
		p.masks = newMasks(sets)
	}
	return p
}

// only returns the byte of a set that has no other.
func (s *byteSet) only() (c byte, ok bool) {
	n, at := 0, 0
	for i, word := range s {
		if word != 0 {
			n, at = n+bits.OnesCount64(word), 64*i+bits.TrailingZeros64(word)
		}
	}
	return byte(at), n == 1
}

func (p *piece) len() int { return len(p.text) + len(p.sets) }

// at reports whether s, which is long enough, begins with the piece.
func (p *piece) at(s []byte) bool {
	if p.sets == nil {
		return bytes.HasPrefix(s, p.text)
	}
	for i := range p.sets {
		if !p.sets[i].has(s[i]) {
			return false
		}
	}
	return true
}

// find returns where the piece is first found in s, or -1.
func (p *piece) find(s []byte) int {
	if p.sets == nil {
		return bytes.Index(s, p.text)
	}
	if p.masks != nil {
		return p.masks.find(s)
	}
	for i := 0; i+len(p.sets) <= len(s); i++ {
		if p.at(s[i:]) {
			return i
		}
	}
	return -1
}

// fewElements is how many elements of a piece are tried at every place of a string.
const fewElements = 16

// masks finds a long piece by the Shift-And method. Bit i of a state is set when the elements up to the i-th match the
// bytes read last.
type masks struct {
	words  int           // of a state
	length int           // elements of the piece
	of     [256][]uint64 // which elements match a byte
}

func newMasks(sets []byteSet) *masks {
	m := &masks{words: (len(sets) + 63) / 64, length: len(sets)}
	every := make([]uint64, m.words) // the elements that match every byte
	for i := range sets {
		if sets[i] == anyByte {
			every[i/64] |= 1 << (i % 64)
		}
	}
	for c := range m.of {
		m.of[c] = every
	}
	for i := range sets {
		if sets[i] == anyByte {
			continue
		}
		for w, word := range sets[i] {
			for ; word != 0; word &= word - 1 {
				c := 64*w + bits.TrailingZeros64(word)
				if &m.of[c][0] == &every[0] {
					m.of[c] = slices.Clone(every)
				}
				m.of[c][i/64] |= 1 << (i % 64)
			}
		}
	}
	return m
}

// find returns where the piece is first found in s, or -1.
func (m *masks) find(s []byte) int {
	var few [8]uint64
	state := few[:]
	if m.words > len(few) {
		state = make([]uint64, m.words)
	}
	state = state[:m.words]
	last, bit := (m.length-1)/64, uint64(1)<<((m.length-1)%64)
	for i, c := range s {
		of := m.of[c][:len(state)]
		carry := uint64(1)
		for w := range state {
			x := state[w]<<1 | carry
			carry = state[w] >> 63
			state[w] = x & of[w]
		}
		if state[last]&bit != 0 {
			return i + 1 - m.length
		}
	}
	return -1
}
