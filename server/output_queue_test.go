package server

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestOutputQueue compares with a buffer: what comes out is what went in, and memory is let go as it is sent.
func TestOutputQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			q    outputQueue
			want []byte
			next byte
		)
		fill := func(n int) []byte {
			data := make([]byte, n)
			for i := range data {
				next++
				data[i] = next
			}
			return data
		}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				data := fill(rapid.SampledFrom([]int{0, 1, 10, 1000, minChunk, 5000, maxChunk, 3*maxChunk + 7}).Draw(t, "size"))
				q.add(data)
				want = append(want, data...)
				clear(data) // it was copied
			case 1:
				data := fill(maxChunk + rapid.IntRange(0, 100).Draw(t, "size"))
				q.own(data)
				want = append(want, data...)
			case 2:
				if q.waiting() > 0 {
					break
				}
				data := fill(rapid.IntRange(0, 100).Draw(t, "size"))
				q.lend(data)
				want = append(want, data...)
			default:
				if piece := q.next(); len(piece) > 0 {
					n := rapid.IntRange(0, len(piece)).Draw(t, "sent")
					if !bytes.Equal(piece, want[:len(piece)]) {
						t.Fatalf("other bytes come out than went in")
					}
					q.sent(n)
					want = want[n:]
				}
			}
			if q.waiting() != len(want) || len(q.next()) == 0 != (len(want) == 0) {
				t.Fatalf("%d bytes wait, want %d; next has %d", q.waiting(), len(want), len(q.next()))
			}
			if q.held < len(want) || q.held > 2*len(want)+3*maxChunk {
				t.Fatalf("%d bytes are held for %d", q.held, len(want))
			}
			held := 0
			for _, chunk := range q.chunks {
				held += cap(chunk)
			}
			if held != q.held {
				t.Fatalf("%d bytes are held, %d counted", held, q.held)
			}
		}
	})
}
