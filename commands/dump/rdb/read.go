package rdb

import (
	"encoding/binary"
	"io"
	"math"
	"strconv"
)

// The types in the format beside those that are written.
const (
	scoresAsText  = 3
	moduleValue   = 7
	hashZipmap    = 9
	listZiplist   = 10
	intSet        = 11
	sortedZiplist = 12
	hashZiplist   = 13
	quickZiplists = 14
	stream1       = 15
	hashListpack  = 16
	sortedPack    = 17
	quickList     = 18
	stream2       = 19
	setListpack   = 20
	stream3       = 21
	hashValkey    = 22 // fields have expiries; Redis never released what has this number there
	hashTimed     = 24 // fields have expiries
	hashTimedPack = 25 // the same in a listpack
	plainNode     = 1  // of a quicklist: an element of its own
	packedNode    = 2  // a listpack of elements
	longestExpand = 300
)

// reader reads a value. After a failure it reads nothing.
type reader struct {
	rest   []byte
	failed bool
	left   string    // what the value is that cannot be kept
	source io.Reader // of what follows rest; nil: nothing does
	unread uint64    // bytes that the source still has
	err    error     // of the source
	valkey bool      // the numbers of types are Valkey's
}

// readSize is how many bytes are taken from a source at once.
const readSize = 1 << 20

// fill takes from the source until n bytes are there, and reports whether they are. What was read before stays valid.
func (r *reader) fill(n uint64) bool {
	if r.source == nil || n > uint64(len(r.rest))+r.unread {
		return false
	}
	have := len(r.rest)
	buf := make([]byte, min(max(n, readSize), uint64(have)+r.unread))
	copy(buf, r.rest)
	got, err := io.ReadFull(r.source, buf[have:])
	r.unread -= uint64(got)
	r.rest, r.err = buf[:have+got], err
	return err == nil
}

// take takes n bytes.
func (r *reader) take(n uint64) []byte {
	if r.failed || n > uint64(len(r.rest)) && !r.fill(n) {
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
	if encoding || n > uint64(len(r.rest))+r.unread {
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

// value reads a type and a value of it.
func (r *reader) value() *Value { return r.valueOf(r.byte()) }

// valueOf reads a value of a type. It returns nil where the type is not known, and where the value cannot be kept; left is not
// empty then.
func (r *reader) valueOf(kind byte) *Value {
	switch kind {
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
	case hashZiplist:
		return &Value{Kind: Hash, Texts: r.ziplist(r.text())}
	case hashZipmap:
		return &Value{Kind: Hash, Texts: r.zipmap(r.text())}
	case hashTimed, hashTimedPack:
		return r.timedHash(kind == hashTimedPack)
	case sortedPack:
		return r.scored(r.listpack(r.text()))
	case sortedZiplist:
		return r.scored(r.ziplist(r.text()))
	case listZiplist:
		return &Value{Kind: List, Texts: r.ziplist(r.text())}
	case quickList, quickZiplists:
		return r.quicklist(kind == quickZiplists)
	case hashValkey:
		if r.valkey {
			return r.valkeyHash()
		}
	case stream1, stream2, stream3:
		return r.stream(kind)
	case moduleValue:
		r.skipModule()
	}
	return nil
}

// quicklist reads a list of nodes, which are ziplists where the format is old.
func (r *reader) quicklist(old bool) *Value {
	v := &Value{Kind: List}
	for n := r.count(); n > 0 && !r.failed; n-- {
		container := uint64(packedNode)
		if !old {
			container, _ = r.length()
		}
		switch {
		case old:
			v.Texts = append(v.Texts, r.ziplist(r.text())...)
		case container == plainNode:
			v.Texts = append(v.Texts, r.text())
		case container == packedNode:
			v.Texts = append(v.Texts, r.listpack(r.text())...)
		default:
			r.failed = true
		}
	}
	return v
}

// timedHash reads a hash whose fields have expiries, as Redis keeps it since 7.4.
func (r *reader) timedHash(packed bool) *Value {
	v := &Value{Kind: Hash}
	least := r.int64()
	if packed {
		all := r.listpack(r.text())
		for ; len(all) >= 3; all = all[3:] {
			at, err := strconv.ParseInt(string(all[2]), 10, 64)
			r.failed = r.failed || err != nil
			v.Texts, v.Expiries = append(v.Texts, all[0], all[1]), append(v.Expiries, at)
		}
		r.failed = r.failed || len(all) > 0
		return v
	}
	for n := r.count(); n > 0 && !r.failed; n-- {
		after, _ := r.length() // one more than the time after the least one; 0: none
		at := int64(0)
		if after > 0 {
			at = least + int64(after) - 1
		}
		v.Texts, v.Expiries = append(v.Texts, r.text(), r.text()), append(v.Expiries, at)
	}
	return v
}

// valkeyHash reads a hash whose fields have expiries, as Valkey keeps it since 9.0: -1 is never.
func (r *reader) valkeyHash() *Value {
	v := &Value{Kind: Hash}
	for n := r.count(); n > 0 && !r.failed; n-- {
		v.Texts = append(v.Texts, r.text(), r.text())
		v.Expiries = append(v.Expiries, max(r.int64(), 0))
	}
	return v
}

// int64 reads 8 bytes.
func (r *reader) int64() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
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

// scored makes a sorted set of members and scores in turn.
func (r *reader) scored(all [][]byte) *Value {
	v := &Value{Kind: SortedSet}
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
