package commands

import (
	"math/bits"
	"sync/atomic"
)

// histogram counts times in nanoseconds. One loop writes it and anybody reads. A part spans an eighth of a power of two,
// so a time is known to 12 %.
type histogram struct{ parts [histogramParts]atomic.Uint64 }

// Times below 2^histogramFrom ns share a part, and so do those of 2^histogramTo ns, 17 s, and more.
const (
	histogramFrom  = 7
	histogramTo    = 34
	partsPerDouble = 8
	histogramParts = (histogramTo-histogramFrom)*partsPerDouble + 1
)

// add counts n times.
func (h *histogram) add(nanoseconds, n uint64) { h.parts[histogramPart(nanoseconds)].Add(n) }

func histogramPart(nanoseconds uint64) int {
	exponent := bits.Len64(nanoseconds) - 1
	switch {
	case exponent < histogramFrom:
		return 0
	case exponent >= histogramTo:
		return histogramParts - 1
	}
	within := nanoseconds >> (exponent - 3) & (partsPerDouble - 1)
	return (exponent-histogramFrom)*partsPerDouble + int(within)
}

// partEnd returns the first time in nanoseconds that is beyond a part.
func partEnd(part int) uint64 {
	exponent, within := part/partsPerDouble+histogramFrom, uint64(part%partsPerDouble)
	return (partsPerDouble + within + 1) << (exponent - 3)
}

// counts is the sum of histograms.
type counts [histogramParts]uint64

func (c *counts) add(h *histogram) {
	for i := range h.parts {
		c[i] += h.parts[i].Load()
	}
}

func (c *counts) total() (n uint64) {
	for _, one := range c {
		n += one
	}
	return n
}

// percentile returns the time in nanoseconds that so many percent of the times do not exceed.
func (c *counts) percentile(percent float64) uint64 {
	wanted, seen := percent/100*float64(c.total()), 0.0
	last := 0
	for i, one := range c {
		if one == 0 {
			continue
		}
		last = i
		if seen += float64(one); seen >= wanted {
			break
		}
	}
	return partEnd(last) - 1
}

// cumulative visits how many times are below each power of two microseconds, of 1024 ns, as long as the number grows.
func (c *counts) cumulative(visit func(microseconds int64, n uint64)) {
	var seen, told uint64
	for i, one := range c {
		seen += one
		end := partEnd(i)
		if end < 1024 || end&(end-1) != 0 && i < histogramParts-1 || seen == told {
			continue
		}
		told = seen
		visit(int64(1)<<(bits.Len64(end-1)-10), seen)
	}
}
