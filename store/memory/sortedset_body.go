package memory

import (
	"encoding/binary"
	"math/bits"

	"sessd/store/memory/tree"
)

// The body of a small sorted set is the number of members, then for each, in order, its score, and the member after its
// length. Most scores are whole numbers, so a score is one of
//
//	0x00 to 0xef             itself
//	0xf0                     8 bytes follow that sort as the score
//	0xf1 to 0xf7             a whole number of 1 to 7 bytes follows
//	0xf9 to 0xff             a negative whole number of 1 to 7 bytes follows, without its sign
//
// Bytes are in little-endian order. Outside of the engine, such as in a log, each score is the 8 bytes that sort as it.
const (
	scoreOfBits  = 0xf0
	scoreLess    = 0x08
	scoreLength  = 0x07
	scoreInWhole = 1 << 56
)

// appendScore appends a score, given by what sorts as it.
func appendScore(dst []byte, prefix uint64) []byte {
	score, less := tree.ScoreOf(prefix), byte(0)
	if score < 0 {
		score, less = -score, scoreLess
	}
	if score >= scoreInWhole || float64(uint64(score)) != score {
		return binary.LittleEndian.AppendUint64(append(dst, scoreOfBits), prefix)
	}
	whole := uint64(score)
	if less == 0 && whole < scoreOfBits {
		return append(dst, byte(whole))
	}
	n := (bits.Len64(whole) + 7) / 8
	dst = append(dst, scoreOfBits+less+byte(n))
	for range n {
		dst = append(dst, byte(whole))
		whole >>= 8
	}
	return dst
}

// takeScore takes a score off the begin of a body, and returns what sorts as it.
func takeScore(from []byte) (prefix uint64, rest []byte) {
	code := from[0]
	switch {
	case code < scoreOfBits:
		return tree.Score(float64(code)), from[1:]
	case code == scoreOfBits:
		return binary.LittleEndian.Uint64(from[1:]), from[9:]
	}
	n := int(code & scoreLength)
	whole := uint64(0)
	for i := n; i > 0; i-- {
		whole = whole<<8 | uint64(from[i])
	}
	score := float64(whole)
	if code&scoreLess != 0 {
		score = -score
	}
	return tree.Score(score), from[1+n:]
}

// takeMember takes a member with its score off the begin of a body.
func takeMember(from []byte) (k tree.Key, rest []byte) {
	k.Prefix, rest = takeScore(from)
	k.Name, rest = takeBytes(rest)
	return k, rest
}

// each implements elementType. A value is 8 bytes that sort as the score, in little-endian order.
func (sortedType) each(_ *shard, body []byte, visit func(name, value []byte)) {
	n, at := binary.Uvarint(body)
	values := make([]byte, 8*n)
	for rest := body[at:]; n > 0; n-- {
		var k tree.Key
		k, rest = takeMember(rest)
		binary.LittleEndian.PutUint64(values, k.Prefix)
		visit(k.Name, values[:8:8])
		values = values[8:]
	}
}

func (sortedType) size(_ *shard, body []byte) int {
	n, at := binary.Uvarint(body)
	rest := body[at:]
	for range n {
		_, rest = takeMember(rest)
	}
	return len(body) - len(rest)
}

func (sortedType) appendTo(_ *shard, body, dst []byte) []byte {
	n, at := binary.Uvarint(body)
	dst = append(dst, body[:at]...)
	rest := body[at:]
	for range n {
		var k tree.Key
		k, rest = takeMember(rest)
		dst = appendBytes(binary.LittleEndian.AppendUint64(dst, k.Prefix), k.Name)
	}
	return dst
}

// copyBody implements packer.
func (t sortedType) copyBody(body, dst []byte) []byte {
	return append(dst, body[:t.size(nil, body)]...)
}

// adopt implements adopter.
func (sortedType) adopt(_ *shard, form, dst []byte) ([]byte, error) {
	n, at := binary.Uvarint(form)
	if at <= 0 {
		return dst, errForm
	}
	dst = append(dst, form[:at]...)
	rest := form[at:]
	for range n {
		if len(rest) < 9 {
			return dst, errForm
		}
		dst = appendScore(dst, binary.LittleEndian.Uint64(rest))
		length, w := binary.Uvarint(rest[8:])
		if w <= 0 || length > uint64(len(rest)-8-w) {
			return dst, errForm
		}
		end := 8 + w + int(length)
		dst = append(dst, rest[8:end]...)
		rest = rest[end:]
	}
	if len(rest) != 0 {
		return dst, errForm
	}
	return dst, nil
}

// smallSorted is the members of a small sorted set, in order. Their bytes lie in the entry.
type smallSorted []tree.Key

// sortedRoom is where the members of most small sorted sets fit, so that a read allocates nothing.
type sortedRoom [32]tree.Key

// loadSorted returns the members of a small sorted set, none where there is none, in the room where they fit; nil: in no room.
func (p *entryRef) loadSorted(room *sortedRoom) smallSorted {
	if p.ref == 0 {
		return nil
	}
	body := collectionBody(p.entry)
	n, at := binary.Uvarint(body)
	var all smallSorted
	if room != nil && n <= uint64(len(room)) {
		all = room[:n]
	} else {
		all = make(smallSorted, n, n+1)
	}
	rest := body[at:]
	for i := range all {
		all[i], rest = takeMember(rest)
		all[i].Name = all[i].Name[:len(all[i].Name):len(all[i].Name)]
	}
	return all
}

// append appends the members as they lie in a body.
func (z smallSorted) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(z)))
	for _, k := range z {
		dst = appendBytes(appendScore(dst, k.Prefix), k.Name)
	}
	return dst
}

// bytes returns what decides whether a sorted set stays small, which is at least what the members take.
func (z smallSorted) bytes() (n int) {
	for _, k := range z {
		n += 10 + len(k.Name)
	}
	return n
}
