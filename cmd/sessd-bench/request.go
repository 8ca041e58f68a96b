package main

import (
	"fmt"
	"strconv"
	"strings"
)

// numberLength is how many digits {n} and {rand:N} have, as the random numbers of redis-benchmark do.
const numberLength = 12

// mark is what stands in a request for something that changes from one to the next.
type mark uint8

const (
	markEnd    mark = iota // nothing follows
	markLength             // the length of a word with {cart}, whose length changes
	markID
	markSeen
	markCart
	markSerial
	markRandom
)

// piece is text that all requests share, and the mark that follows it.
type piece struct {
	text  string
	mark  mark
	n     uint64 // markLength: bytes of the word without {cart}; markRandom: numbers are below it
	carts int    // markLength: how often the word has {cart}
}

// request is a request made ready: sending it takes a copy of its pieces, and numbers where marks are.
type request struct {
	pieces   []piece
	sessions bool // a mark stands for a part of a session
}

// newRequest makes a request of words ready. Ids have idLength bytes. It returns an error about a mark that makes no sense.
func newRequest(words []string, idLength int) (*request, error) {
	r := &request{}
	text := fmt.Sprintf("*%d\r\n", len(words))
	for _, word := range words {
		var pieces []piece
		var rest strings.Builder
		length, carts := uint64(0), 0
		for word != "" {
			p, used, err := cutMark(word)
			switch {
			case err != nil:
				return nil, err
			case used == 0:
				rest.WriteByte(word[0])
				word, length = word[1:], length+1
				continue
			}
			switch p.mark {
			case markID:
				length += uint64(idLength)
			case markSeen:
				length += seenLength
			case markCart:
				carts++
			default:
				length += numberLength
			}
			r.sessions = r.sessions || p.mark == markID || p.mark == markSeen || p.mark == markCart
			p.text = rest.String()
			rest.Reset()
			pieces, word = append(pieces, p), word[used:]
		}
		if carts == 0 {
			text += "$" + strconv.FormatUint(length, 10)
		} else {
			r.pieces, text = append(r.pieces, piece{text: text + "$", mark: markLength, n: length, carts: carts}), ""
		}
		text += "\r\n"
		for _, p := range pieces {
			p.text, text = text+p.text, ""
			r.pieces = append(r.pieces, p)
		}
		text += rest.String() + "\r\n"
	}
	r.pieces = append(r.pieces, piece{text: text})
	return r, nil
}

// cutMark returns the mark that a text begins with, and its length: 0 when it begins with none.
func cutMark(text string) (p piece, length int, err error) {
	for word, m := range map[string]mark{"{id}": markID, "{seen}": markSeen, "{cart}": markCart, "{n}": markSerial} {
		if strings.HasPrefix(text, word) {
			return piece{mark: m}, len(word), nil
		}
	}
	digits, found := strings.CutPrefix(text, "{rand:")
	if !found {
		return p, 0, nil
	}
	digits, _, found = strings.Cut(digits, "}")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !found || err != nil || n < 1 || n > 1e12 {
		return p, 0, fmt.Errorf("the N of {rand:N} is a number from 1 to 10^%d", numberLength)
	}
	return piece{mark: markRandom, n: n}, len("{rand:}") + len(digits), nil
}

// appendNumber12 appends n in 12 digits.
func appendNumber12(dst []byte, n uint64) []byte {
	dst = append(dst, "000000000000"...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}
