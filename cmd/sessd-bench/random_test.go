package main

import (
	"slices"
	"testing"
)

func draw(distribution string, seed, connection uint64, count int) []uint64 {
	p := newPicker(distribution, 1.1, 1000, newRandom(seed, connection))
	drawn := make([]uint64, count)
	for i := range drawn {
		drawn[i] = p.pick()
	}
	return drawn
}

func TestDrawsDependOnSeedAndConnectionAlone(t *testing.T) {
	for _, distribution := range distributions {
		first := draw(distribution, 7, 3, 100)
		if !slices.Equal(first, draw(distribution, 7, 3, 100)) {
			t.Errorf("%s: the same seed drew other numbers", distribution)
		}
		if slices.Equal(first, draw(distribution, 8, 3, 100)) || slices.Equal(first, draw(distribution, 7, 4, 100)) {
			t.Errorf("%s: another seed or connection drew the same numbers", distribution)
		}
	}
}

func TestDistributions(t *testing.T) {
	const count = 200_000
	share := func(distribution string, below uint64) float64 {
		n := 0
		for _, v := range draw(distribution, 1, 1, count) {
			if v >= 1000 {
				t.Fatalf("%s drew %d of 1000", distribution, v)
			}
			if v < below {
				n++
			}
		}
		return float64(n) / count
	}
	if got := share("uniform", 100); got < 0.095 || got > 0.105 {
		t.Errorf("uniform: a tenth of the numbers got %.3f of the draws", got)
	}
	// The first 100 of 1000 ranks weigh 0.72 at exponent 1.1: the sum of 1/k^1.1 to 100 over that to 1000.
	if got := share("zipf", 100); got < 0.70 || got > 0.78 {
		t.Errorf("zipf: the first tenth of the ranks got %.3f of the draws", got)
	}
}
