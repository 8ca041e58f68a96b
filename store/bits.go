package store

import (
	"encoding/binary"
	"math/bits"
)

// BitAt reports whether the bit at an offset, which is not negative, is set in a string.
func BitAt(value []byte, offset int64) bool {
	at := offset >> 3
	return at < int64(len(value)) && value[at]&bitMask(offset) != 0
}

// PutBit sets or clears a bit within a string.
func PutBit(value []byte, offset int64, bit bool) {
	if bit {
		value[offset>>3] |= bitMask(offset)
	} else {
		value[offset>>3] &^= bitMask(offset)
	}
}

func bitMask(offset int64) byte { return 0x80 >> (offset & 7) }

// CountBits returns how many bits of a string are set from one offset to another, both within the string and included.
func CountBits(value []byte, from, to int64) int64 {
	if from > to {
		return 0
	}
	head, tail := edges(from, to)
	part := value[from>>3 : to>>3+1]
	n := -bits.OnesCount8(part[0]&^head) - bits.OnesCount8(part[len(part)-1]&^tail)
	for ; len(part) >= 8; part = part[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(part))
	}
	for _, b := range part {
		n += bits.OnesCount8(b)
	}
	return int64(n)
}

// FindBit returns the offset of the first bit of a kind from one offset to another, both within the string and included,
// or -1.
func FindBit(value []byte, bit bool, from, to int64) int64 {
	if from > to {
		return -1
	}
	head, tail := edges(from, to)
	without := byte(0xff) // a byte that has no such bit
	if bit {
		without = 0
	}
	last := to >> 3
	for i := from >> 3; i <= last; i++ {
		b := value[i] ^ without
		if i == from>>3 {
			b &= head
		}
		if i == last {
			b &= tail
		}
		if b != 0 {
			return i<<3 + int64(bits.LeadingZeros8(b))
		}
		for i+9 <= last && binary.LittleEndian.Uint64(value[i+1:]) == uint64(without)*0x0101010101010101 {
			i += 8
		}
	}
	return -1
}

// edges returns the bits of the first and of the last byte that lie within a range of offsets.
func edges(from, to int64) (head, tail byte) { return 0xff >> (from & 7), 0xff << (7 - to&7) }
