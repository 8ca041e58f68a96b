package main

import "math/rand/v2"

// mix64 is the finalizer of splitmix64: one number in, one well-spread number out. Ids and values are
// derived with it from the seed and the session's number, so none of them is stored.
func mix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// picker draws numbers from 0 to n-1.
type picker interface {
	pick() uint64
}

// uniform draws all numbers equally often.
type uniform struct {
	random *rand.Rand
	n      uint64
}

func (u uniform) pick() uint64 { return u.random.Uint64N(u.n) }

// zipf draws rank k with a probability proportional to 1/(1+k)^exponent.
type zipf struct{ *rand.Zipf }

func (z zipf) pick() uint64 { return z.Uint64() }

// newPicker returns a picker over n numbers. The exponent is used by zipf alone and is above 1.
func newPicker(distribution string, exponent float64, n uint64, random *rand.Rand) picker {
	if distribution == "zipf" {
		return zipf{rand.NewZipf(random, exponent, 1, n-1)}
	}
	return uniform{random, n}
}

// newRandom returns the generator of one connection: the same seed and connection draw the same numbers.
func newRandom(seed, connection uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, mix64(connection)))
}
