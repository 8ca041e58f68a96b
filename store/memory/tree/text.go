package tree

import "encoding/binary"

// A text is a name or a value. In a leaf it begins with a code:
//
//	0 to 239    its length, then its bytes
//	240 to 247  three upper bits of its length, then a byte with the lower ones, then its bytes
//	248         it overflows: length (4), number of the node that holds its bytes (4)
//	249         the same, then the length of the stub (1), then that many first bytes
//	250 to 255  free: a code before a name can announce attributes of the element, such as an expiry
const (
	codeLong         = 240
	codeOverflow     = 248
	codeOverflowStub = 249

	overflowSize = 1 + 4 + 4
)

// text is a name or a value as it lies in a leaf.
type text struct {
	bytes    []byte // all of it, or the stub
	size     int    // bytes of all of it
	node     uint32 // that holds it if it overflows
	overflow bool
}

// makeText returns a text for a leaf. One that is too long overflows, and has no node yet.
func makeText(b []byte, limit, stub int) text {
	if len(b) <= limit {
		return text{bytes: b, size: len(b)}
	}
	return text{bytes: b[:stub], size: len(b), overflow: true}
}

// room returns how many bytes the text takes in a leaf.
func (x *text) room() int {
	switch {
	case x.overflow && len(x.bytes) > 0:
		return overflowSize + 1 + len(x.bytes)
	case x.overflow:
		return overflowSize
	case x.size < codeLong:
		return 1 + x.size
	}
	return 2 + x.size
}

// write writes the text at the beginning of b, and returns how many bytes it took.
func (x *text) write(b []byte) int {
	at := 1
	switch {
	case x.overflow:
		b[0] = codeOverflow
		binary.LittleEndian.PutUint32(b[1:], uint32(x.size))
		binary.LittleEndian.PutUint32(b[5:], x.node)
		at = overflowSize
		if len(x.bytes) > 0 {
			b[0], b[at] = codeOverflowStub, byte(len(x.bytes))
			at++
		}
	case x.size < codeLong:
		b[0] = byte(x.size)
	default:
		b[0], b[1] = codeLong|byte(x.size>>8), byte(x.size)
		at = 2
	}
	return at + copy(b[at:], x.bytes)
}

// readText returns the text at a place, and the place after it.
func readText(b []byte, at int) (text, int) {
	code := int(b[at])
	switch {
	case code < codeLong:
		at++
	case code < codeOverflow:
		code = code&7<<8 | int(b[at+1])
		at += 2
	default:
		x := text{
			size:     int(binary.LittleEndian.Uint32(b[at+1:])),
			node:     binary.LittleEndian.Uint32(b[at+5:]),
			overflow: true,
		}
		at += overflowSize
		if code == codeOverflowStub {
			end := at + 1 + int(b[at])
			x.bytes, at = b[at+1:end], end
		}
		return x, at
	}
	return text{bytes: b[at : at+code], size: code}, at + code
}

// skipText returns the place after the text at a place.
func skipText(b []byte, at int) int {
	if code := int(b[at]); code < codeLong {
		return at + 1 + code
	}
	return skipLong(b, at)
}

func skipLong(b []byte, at int) int {
	_, at = readText(b, at)
	return at
}

// load returns the bytes of a text, which lie in a node.
func (t *Tree) load(x text) []byte {
	if !x.overflow {
		return x.bytes[:x.size:x.size]
	}
	return t.get(x.node)[:x.size:x.size]
}

// storeText gives a text that overflows its node, or changes the one it has.
func (t *Tree) storeText(x *text, b []byte, has bool) {
	var to []byte
	if has {
		t.bytes -= uint64(len(t.get(x.node)))
		t.moves++
		to = t.nodes.Put(x.node, len(b))
		t.bytes += uint64(len(to))
	} else {
		x.node, to = t.alloc(len(b))
	}
	copy(to, b)
}

// storeElement returns an element for a leaf, and gives its texts that overflow their nodes.
func (t *Tree) storeElement(k Key, value []byte) element {
	e := t.makeElement(k, value)
	if e.name.overflow {
		t.storeText(&e.name, k.Name, false)
	}
	if e.value.overflow {
		t.storeText(&e.value, value, false)
	}
	return e
}
