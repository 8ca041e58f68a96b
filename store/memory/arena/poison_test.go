package arena

import (
	"bytes"
	"testing"
)

// firstByte is the layout of entries that are found under their first byte.
type firstByte struct{}

func (firstByte) Hash(entry []byte) uint32 { return uint32(entry[0]) << 24 }

// TestPoison reads entries where they were before another one went: each has moved, and garbage is where it was.
func TestPoison(t *testing.T) {
	for _, size := range []int{40, 3000, SlotMax + 1} {
		var p Pages
		p.Init(func() {}, nil)
		p.Poison()
		table := NewTable(&p, NewSizes(), MostSlots, firstByte{}, func(int64) {})
		var refs []Ref
		var old [][]byte
		for i := range byte(30) {
			r, entry := table.Add(firstByte{}.Hash([]byte{i}), size)
			for j := range entry {
				entry[j] = i
			}
			refs, old = append(refs, r), append(old, entry)
		}
		at := func(i int) []byte { return table.At(refs[i]) }
		table.Remove(firstByte{}.Hash(at(3)), refs[3])
		table.Drop(refs[3], nil)
		garbage := bytes.Repeat([]byte{poisonByte}, len(old[3]))
		if size > SlotMax {
			if !bytes.Equal(old[3], garbage) {
				t.Errorf("%d bytes: an entry that ended is there", size)
			}
			continue
		}
		for i := range old {
			if table.slabRefs[refs[i]>>unitBits].base == nil {
				continue
			}
			if last := byte(len(old) - 1); i == 3 && at(i)[0] != last || i != 3 && i != int(last) && at(i)[0] != byte(i) {
				t.Errorf("%d bytes: entry %d has %d", size, i, at(i)[0])
			}
			if moves := refs[i]>>unitBits == refs[3]>>unitBits || i == len(old)-1; moves && !bytes.Equal(old[i], garbage) {
				t.Errorf("%d bytes: entry %d is where it was", size, i)
			}
		}
		table.FreeAll()
		p.Close()
	}
}
