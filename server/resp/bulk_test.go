package resp

import (
	"bytes"
	"testing"

	"github.com/tidwall/redcon"
)

func TestBulksAndIntegersAreLikeRedcons(t *testing.T) {
	w := &Writer{To: Version(2), Most: 1 << 20}
	for _, n := range []int{0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 70000} {
		value := bytes.Repeat([]byte("v"), n)
		w.Buf = nil
		w.Bulk(value)
		w.BulkString(string(value))
		if want := redcon.AppendBulk(redcon.AppendBulk(nil, value), value); !bytes.Equal(w.Buf, want) {
			t.Errorf("a bulk of %d bytes is %.20q, not %.20q", n, w.Buf, want)
		}
	}
	for _, n := range []int64{-1 << 63, -10, -1, 0, 9, 10, 1<<63 - 1} {
		w.Buf = nil
		w.Int(n)
		if want := redcon.AppendInt(nil, n); !bytes.Equal(w.Buf, want) {
			t.Errorf("%d is %q, not %q", n, w.Buf, want)
		}
	}
}
