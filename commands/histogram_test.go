package commands

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHistogram holds percentiles and cumulative counts to those of the times themselves.
func TestHistogram(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var h histogram
		times := make([]uint64, 1+random.IntN(100))
		for i := range times {
			times[i] = uint64(1) << random.IntN(36) * uint64(1+random.IntN(3))
			h.add(times[i], 1)
		}
		slices.Sort(times)
		var sum counts
		sum.add(&h)
		for _, percent := range []float64{0, 50, 99, 100} {
			at := max(0, int(float64(len(times))*percent/100+0.999999)-1)
			want := min(max(times[at], 128), 1<<34)
			if got := sum.percentile(percent); got < min(want, 1<<34-1) || float64(got) > float64(want)*1.13 {
				t.Errorf("p%v of %d is %d", percent, want, got)
			}
		}
		last := uint64(0)
		sum.cumulative(func(microseconds int64, n uint64) {
			limit := uint64(microseconds) * 1024
			below := uint64(0)
			for _, one := range times {
				if one < limit || limit > 1<<34 {
					below++
				}
			}
			if n != below || n <= last {
				t.Errorf("%d times below %d µs, want %d", n, microseconds, below)
			}
			last = n
		})
		if last != uint64(len(times)) {
			t.Errorf("%d of %d times", last, len(times))
		}
	}
}
