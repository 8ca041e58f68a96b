package hyperloglog

import (
	"encoding/binary"
	"math"
	"math/bits"

	"sessd/store"
)

// place returns the register that an element belongs to, and the value that it gives it. The value is the position of
// the lowest bit of its hash, counted from 1, among those that do not choose the register.
func place(element []byte) (index int, rank byte) {
	h := murmur(element, 0xadc83b19)
	return int(h & (registers - 1)), byte(bits.TrailingZeros64(h>>indexBits|1<<hashBits)) + 1
}

// murmur is the 64-bit MurmurHash2 for little-endian machines.
func murmur(b []byte, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k ^= k >> r
		h ^= k * m
		h *= m
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		h ^= binary.LittleEndian.Uint64(last[:])
		h *= m
	}
	h ^= h >> r
	h *= m
	return h ^ h>>r
}

// histogram counts registers by their value.
type histogram [64]int

// Count estimates how many different elements a string counts.
func Count(value []byte) (uint64, error) {
	if err := Check(value); err != nil {
		return 0, err
	}
	if value[encodingAt] == sparse && !isWhole(value) {
		return 0, store.ErrCorruptHyperLogLog
	}
	var m Registers
	if err := m.Merge(value); err != nil {
		return 0, err
	}
	return m.Count(), nil
}

// Count estimates how many different elements the registers count.
func (m *Registers) Count() uint64 {
	var h histogram
	for _, rank := range m {
		h[rank&63]++
	}
	return h.estimate()
}

// estimate is the estimator of Otmar Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017).
// Conversions keep products from being fused with sums, which rounds otherwise.
func (h *histogram) estimate() uint64 {
	const m, alpha = float64(registers), 0.721347520444481703680
	z := m * tau((m-float64(h[hashBits+1]))/m)
	for j := hashBits; j >= 1; j-- {
		z += float64(h[j])
		z *= 0.5
	}
	z += float64(m * sigma(float64(h[0])/m))
	n := math.Round(alpha * m * m / z)
	if n >= 1<<63 { // no string that elements were added to
		return 1 << 63
	}
	return uint64(n)
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}
