package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// kind is what a frame holds; doc.go has the list.
type kind uint8

const (
	stepKind kind = 1 + iota
	partKind
	markKind
	chunkKind
	zstdKind
	endKind
	s2Kind // since format 2
)

// sealed reports whether a cipher seals the bodies of this kind.
func (k kind) sealed() bool { return k != markKind && k != endKind }

// Sizes in bytes. A body is short enough to be read at once, and to be a bound for what bad bytes make recovery allocate.
const (
	frameHeader = 17
	maxBody     = 64 << 20
)

// A mark is a frame of fixed size that is found without reading what is before it.
const (
	markText = "onstable"
	markBody = 8 + len(markText)
	markSize = frameHeader + markBody
)

// appendPayload appends the frames of a payload, in clear text and without checksums.
func appendPayload(dst []byte, k kind, number uint64, payload []byte) []byte {
	for len(payload) > maxBody {
		dst = appendFrame(dst, partKind, number, payload[:maxBody])
		payload = payload[maxBody:]
	}
	return appendFrame(dst, k, number, payload)
}

// appendFrame appends a frame in clear text and without its checksum.
func appendFrame(dst []byte, k kind, number uint64, body []byte) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	dst = append(dst, byte(k))
	dst = binary.LittleEndian.AppendUint64(dst, number)
	return append(dst, body...)
}

// appendMark appends the mark that all steps up to a number are on stable storage.
func appendMark(dst []byte, h *header, number uint64) []byte {
	var body [markBody]byte
	copy(body[:], h.salt[:8])
	copy(body[8:], markText)
	return appendFrame(dst, markKind, number, body[:])
}

// frame is a view of the first frame in some bytes.
type frame []byte

// firstFrame returns the frame at the beginning of bytes that are known to be whole frames.
func firstFrame(b []byte) frame { return frame(b[:frameHeader+frame(b).length()]) }

func (f frame) length() int    { return int(binary.LittleEndian.Uint32(f[4:])) }
func (f frame) kind() kind     { return kind(f[8]) }
func (f frame) number() uint64 { return binary.LittleEndian.Uint64(f[9:]) }
func (f frame) body() []byte   { return f[frameHeader:] }
func (f frame) sum() uint32    { return crc32.Checksum(f[4:], castagnoli) }
func (f frame) whole() bool    { return binary.LittleEndian.Uint32(f) == f.sum() }

// encode appends whole frames of whole payloads as they are in a file: sealed, with their checksums. In clear text it
// returns frames itself.
func encode(dst, frames []byte, s *sealer) []byte {
	if s == nil {
		dst = frames
	}
	part := uint32(0) // place of the frame among the parts of its payload
	for at := 0; at < len(frames); {
		f := firstFrame(frames[at:])
		at += len(f)
		out := f
		if s != nil {
			begin := len(dst)
			dst = append(dst, f[:frameHeader]...)
			if f.kind().sealed() {
				dst = s.seal(dst, f.body(), f.kind(), f.number(), part)
			} else {
				dst = append(dst, f.body()...)
			}
			out = frame(dst[begin:])
			binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-frameHeader))
		}
		binary.LittleEndian.PutUint32(out, out.sum())
		part = nextPart(f.kind(), part)
	}
	return dst
}

// nextPart returns the place among the parts of the frame after one of this kind.
func nextPart(k kind, part uint32) uint32 {
	if k == partKind {
		return part + 1
	}
	return 0
}

// wholePayloads looks at the payloads of the frames that ended within the first written bytes of the file. It returns
// how many bytes they have, and how many they take in the file. last is the number of the last step among them, 0 for
// none.
func wholePayloads(frames []byte, s *sealer, written int) (clear, stored int, last uint64) {
	for at, in := 0, 0; at < len(frames); {
		f := firstFrame(frames[at:])
		at += len(f)
		in += len(f)
		if f.kind().sealed() {
			in += s.overhead()
		}
		if in > written {
			break
		}
		if f.kind() == partKind {
			continue
		}
		clear, stored = at, in
		if f.kind() == stepKind {
			last = f.number()
		}
	}
	return clear, stored, last
}
