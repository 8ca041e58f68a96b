package server

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/resp"
)

// TestRecord compares with a writer: the same replies, marks and limit, whatever lies in which piece.
func TestRecord(t *testing.T) {
	values := []string{"", "x", strings.Repeat("v", 1000), strings.Repeat("w", pieceBytes-pieceHeader), strings.Repeat("y", 3*pieceBytes)}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{0, 100, pieceBytes, 3 * pieceBytes, 1 << 20}).Draw(t, "most")
		r, w := newRecord(2, most), &resp.Writer{To: resp.Version(2), Most: most}
		marks := [][2]int{{r.Mark(), w.Mark()}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				marks = append(marks, [2]int{r.Mark(), w.Mark()})
			case 1:
				i := rapid.IntRange(0, len(marks)-1).Draw(t, "mark")
				r.Rewind(marks[i][0])
				w.Rewind(marks[i][1])
				marks = marks[:i+1]
			case 2:
				r.Array(1000000)
				w.Array(1000000)
			default:
				value := rapid.SampledFrom(values).Draw(t, "value")
				if rapid.Bool().Draw(t, "bytes") {
					r.Bulk([]byte(value))
				} else {
					r.BulkString(value)
				}
				w.BulkString(value)
			}
			if r.Overflow != w.Overflow {
				t.Fatalf("overflow %v of %d bytes, want %v", r.Overflow, len(w.Buf), w.Overflow)
			}
			if all := append(bytes.Join(r.pieces, nil), r.Buf...); !r.Overflow && !bytes.Equal(all, w.Buf) {
				t.Fatalf("%d bytes, want %d", len(all), len(w.Buf))
			}
		}
	})
}
