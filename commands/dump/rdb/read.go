package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// The types in the format beside those that are written.
const (
	scoresAsText  = 3
	intSet        = 11
	hashListpack  = 16
	sortedPack    = 17
	quickList     = 18
	setListpack   = 20
	plainNode     = 1 // of a quicklist: an element of its own
	packedNode    = 2 // a listpack of elements
	longestExpand = 300
)

// reader reads a value. After a failure it reads nothing.
type reader struct {
	rest   []byte
	failed bool
}

// take takes n bytes.
func (r *reader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// length reads a length, or the number of an encoding.
func (r *reader) length() (n uint64, encoding bool) {
	b := r.byte()
	switch b >> 6 {
	case 0:
		return uint64(b & 63), false
	case 1:
		return uint64(b&63)<<8 | uint64(r.byte()), false
	case 3:
		return uint64(b & 63), true
	}
	switch b {
	case 0x80:
		if b := r.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case 0x81:
		if b := r.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	}
	r.failed = true
	return 0, false
}

// count reads how many elements follow, each of at least one byte.
func (r *reader) count() int {
	n, encoding := r.length()
	if encoding || n > uint64(len(r.rest)) {
		r.failed = true
		return 0
	}
	return int(n)
}

// text reads a string, which may be an integer or compressed.
func (r *reader) text() []byte {
	n, encoding := r.length()
	if !encoding {
		return r.take(n)
	}
	switch n {
	case 0:
		return decimal(int64(int8(r.byte())))
	case 1:
		if b := r.take(2); b != nil {
			return decimal(int64(int16(binary.LittleEndian.Uint16(b))))
		}
	case 2:
		if b := r.take(4); b != nil {
			return decimal(int64(int32(binary.LittleEndian.Uint32(b))))
		}
	case 3:
		return r.compressed()
	}
	r.failed = true
	return nil
}

func decimal(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// compressed reads a text that LZF has compressed.
func (r *reader) compressed() []byte {
	packed, isOther := r.length()
	size, other := r.length()
	from := r.take(packed)
	if r.failed || isOther || other || size/longestExpand > uint64(len(from)) {
		r.failed = true
		return nil
	}
	to := make([]byte, 0, size)
	for len(from) > 0 && len(to) <= int(size) {
		c := int(from[0])
		from = from[1:]
		if c < 32 { // so many bytes and one follow
			if c++; c > len(from) {
				break
			}
			to, from = append(to, from[:c]...), from[c:]
			continue
		}
		n := c >> 5
		if n == 7 && len(from) > 0 {
			n += int(from[0])
			from = from[1:]
		}
		if len(from) == 0 {
			r.failed = true
			return nil
		}
		at := len(to) - (c&31)<<8 - int(from[0]) - 1
		from = from[1:]
		if at < 0 || len(to)+n+2 > int(size) {
			r.failed = true
			return nil
		}
		for range n + 2 {
			to = append(to, to[at])
			at++
		}
	}
	if len(from) > 0 || len(to) != int(size) {
		r.failed = true
	}
	return to
}

// texts reads so many texts.
func (r *reader) texts(n int) (all [][]byte) {
	for range n {
		if r.failed {
			return nil
		}
		all = append(all, r.text())
	}
	return all
}

func (r *reader) value() *Value {
	switch kind := r.byte(); kind {
	case byte(String):
		return &Value{Kind: String, Texts: r.texts(1)}
	case byte(List), byte(Set):
		return &Value{Kind: Kind(kind), Texts: r.texts(r.count())}
	case byte(Hash):
		return &Value{Kind: Hash, Texts: r.texts(2 * r.count())}
	case byte(SortedSet), scoresAsText:
		return r.sorted(kind == scoresAsText)
	case intSet:
		return &Value{Kind: Set, Texts: r.integers(r.text())}
	case setListpack:
		return &Value{Kind: Set, Texts: r.listpack(r.text())}
	case hashListpack:
		return &Value{Kind: Hash, Texts: r.listpack(r.text())}
	case sortedPack:
		return r.sortedPack()
	case quickList:
		v := &Value{Kind: List}
		for n := r.count(); n > 0 && !r.failed; n-- {
			switch container, _ := r.length(); container {
			case plainNode:
				v.Texts = append(v.Texts, r.text())
			case packedNode:
				v.Texts = append(v.Texts, r.listpack(r.text())...)
			default:
				r.failed = true
			}
		}
		return v
	}
	return nil
}

func (r *reader) sorted(asText bool) *Value {
	v := &Value{Kind: SortedSet}
	for n := r.count(); n > 0 && !r.failed; n-- {
		v.Texts = append(v.Texts, r.text())
		if asText {
			v.Scores = append(v.Scores, r.scoreText())
		} else if b := r.take(8); b != nil {
			v.Scores = append(v.Scores, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return v
}

// scoreText reads a score as Redis wrote it before 4.0.
func (r *reader) scoreText() float64 {
	switch n := r.byte(); n {
	case 255:
		return math.Inf(-1)
	case 254:
		return math.Inf(1)
	case 253:
		return math.NaN()
	default:
		return r.parseScore(r.take(uint64(n)))
	}
}

func (r *reader) parseScore(text []byte) float64 {
	score, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(score, 0) {
		r.failed = true
	}
	return score
}

func (r *reader) sortedPack() *Value {
	v, all := &Value{Kind: SortedSet}, r.listpack(r.text())
	if len(all)%2 != 0 {
		r.failed = true
		return v
	}
	for i := 0; i < len(all); i += 2 {
		v.Texts = append(v.Texts, all[i])
		v.Scores = append(v.Scores, r.parseScore(all[i+1]))
	}
	return v
}
