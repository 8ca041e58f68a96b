package arena

// Inserts counts the hashes to be inserted into each segment.
type Inserts map[segmentOf]int

// segmentOf is a segment, or nil for the first one of an index.
type segmentOf struct {
	*Index
	*Segment
}

// Add returns by how many bytes one more hash makes the index grow.
func (n Inserts) Add(x *Index, hash uint32) int64 {
	at := segmentOf{x, x.Segment(hash)}
	n[at]++
	if at.Segment != nil && !at.takes(hash, n[at]) {
		return max(x.Need(hash), LeastSlots*8)
	}
	return at.growth(n[at]) - at.growth(n[at]-1)
}

// growth returns by how many bytes the segment grows when n hashes are inserted.
func (g segmentOf) growth(n int) int64 {
	if n == 0 {
		return 0
	}
	size, used := 0, n
	if g.Segment != nil {
		size, used = len(g.slots), g.used+n
	}
	before := size
	for size < g.Most && used >= size-size/8 {
		size = max(LeastSlots, nextSize(size))
	}
	grown := int64(max(0, min(size, g.Most)-before)) * 8
	if used >= g.Most-g.Most/8 {
		grown += int64(g.Most) * splits
	}
	return grown
}
