package streams

import (
	"bytes"
	"math"
	"strconv"

	"sessd/commands"
	"sessd/store"
)

// maxID is the longest text that is taken for an id.
const maxID = 127

// parseID reads an id. Without a number after the time it has the number missing. form is store.GivenTime where the number is *.
func parseID(word []byte, missing uint64) (id store.StreamID, form store.StreamIDForm, err error) {
	if len(word) > maxID {
		return id, form, errID
	}
	time, seq, hasSeq := bytes.Cut(cString(word), []byte("-"))
	var ok bool
	if id.Time, ok = parseUnsigned(time); !ok {
		return id, form, errID
	}
	switch {
	case !hasSeq:
		id.Seq = missing
	case string(seq) == "*":
		form = store.GivenTime
	default:
		if id.Seq, ok = parseUnsigned(seq); !ok {
			return id, form, errID
		}
	}
	return id, form, nil
}

// wholeID reads an id that is given as a whole.
func wholeID(word []byte, missing uint64) (store.StreamID, error) {
	id, form, err := parseID(word, missing)
	if form != store.GivenID {
		err = errID
	}
	return id, err
}

// cString cuts a text off at its first zero, where Redis's own reading ends.
func cString(word []byte) []byte {
	text, _, _ := bytes.Cut(word, []byte{0})
	return text
}

// parseUnsigned reads a number as Redis does: first as an integer, then as the C library reads an unsigned one. That
// takes space before it, a sign, which turns it round, and zeros.
func parseUnsigned(text []byte) (uint64, bool) {
	if n, ok := store.ParseInt(text); ok {
		return uint64(n), n >= 0
	}
	text = bytes.TrimLeft(text, " \t\n\v\f\r")
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	n, err := strconv.ParseUint(string(text), 10, 64)
	if negative {
		n = -n
	}
	return n, err == nil
}

// parseBound reads a bound of a range. An excluded one becomes the id beside it, and outside names the error where there is
// none.
func parseBound(word []byte, missing uint64, beside func(store.StreamID) (store.StreamID, bool), outside commands.Error) (store.StreamID, error) {
	if len(word) > 1 && word[0] == '(' {
		id, err := wholeID(word[1:], missing)
		if err != nil {
			return id, err
		}
		id, ok := beside(id)
		if !ok {
			return id, outside
		}
		return id, nil
	}
	switch string(word) {
	case "-":
		return store.StreamID{}, nil
	case "+":
		return store.LastStreamID, nil
	}
	return wholeID(word, missing)
}

func parseFirst(word []byte) (store.StreamID, error) {
	return parseBound(word, 0, store.StreamID.Next, errFirstID)
}

func parseLast(word []byte) (store.StreamID, error) {
	return parseBound(word, math.MaxUint64, store.StreamID.Prev, errLastID)
}
