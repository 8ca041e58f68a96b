package arena

import (
	"fmt"
	"slices"
	"testing"
)

// Slots may be removed in the order of their hashes, in either direction: a client that scans and deletes does that.
func TestIndexRemovedInOrder(t *testing.T) {
	for _, most := range []int{LeastSlots, MostSlots} {
		for _, backwards := range []bool{false, true} {
			t.Run(fmt.Sprint(most, backwards), func(t *testing.T) {
				var p Pages
				p.Init(func() {}, nil)
				x := Index{Pages: &p, Most: most}
				var hashes []uint32
				for i := range uint32(40_000) {
					hashes = append(hashes, i*2654435769)
				}
				for _, hash := range hashes {
					x.Insert(hash, 1)
				}
				slices.Sort(hashes)
				if backwards {
					slices.Reverse(hashes)
				}
				for i, hash := range hashes {
					x.Remove(hash, 1)
					if g := x.Segment(hashes[len(hashes)-1]); i < len(hashes)-1 && !g.Has(g.Seek(hashes[len(hashes)-1]), hashes[len(hashes)-1]) {
						t.Fatalf("after %d removals the last hash is not found", i)
					}
				}
				if x.Segments != 0 || x.Bytes != 0 || p.Held.Load() != 0 {
					t.Errorf("%d segments and %d bytes are left", x.Segments, x.Bytes)
				}
			})
		}
	}
}
