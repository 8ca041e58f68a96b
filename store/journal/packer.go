package journal

import (
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// maxPacked is the length of chunks that are compressed at most. It bounds what a bad file can make recovery allocate.
const maxPacked = 64 << 20

// packer compresses chunks. The fastest level of zstd makes 41 % of chunks of sessions, S2 60 %; higher levels take twice
// the time for half a percent.
type packer struct {
	encoder *zstd.Encoder // nil: chunks stay as they are
	packed  []byte
}

// newPacker returns a packer, which leaves chunks as they are unless it compresses.
func newPacker(compress bool) (p packer, err error) {
	if compress {
		p.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	}
	return p, err
}

// pack returns what a file keeps of a chunk, which is valid until the next call.
func (p *packer) pack(chunk []byte) (kind, []byte) {
	if p.encoder == nil || len(chunk) > maxPacked {
		return chunkKind, chunk
	}
	if cap(p.packed) > keepBuffer {
		p.packed = nil
	}
	p.packed = p.encoder.EncodeAll(chunk, p.packed[:0])
	if len(p.packed) >= len(chunk) {
		return chunkKind, chunk
	}
	return zstdKind, p.packed
}

func (p *packer) close() {
	if p.encoder != nil {
		_ = p.encoder.Close()
	}
}

// unpacker is the reverse of packer.
type unpacker struct{ decoder *zstd.Decoder }

// unpack appends the chunk that was packed.
func (u *unpacker) unpack(dst, packed []byte) ([]byte, error) {
	if u.decoder == nil {
		decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPacked))
		if err != nil {
			return nil, err
		}
		u.decoder = decoder
	}
	chunk, err := u.decoder.DecodeAll(packed, dst)
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return chunk, nil
}

func (u *unpacker) close() {
	if u.decoder != nil {
		u.decoder.Close()
	}
}
