package tree

import "math"

// scoreWidth is the width of a prefix that is a score, in bytes.
const scoreWidth = 8

// Score returns the prefix that sorts as a score does. The score must not be NaN; -0 sorts before 0, so the caller makes
// one of the other.
func Score(score float64) uint64 {
	bits := math.Float64bits(score)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// ScoreOf returns the score that a prefix stands for.
func ScoreOf(prefix uint64) float64 {
	if prefix>>63 != 0 {
		return math.Float64frombits(prefix &^ (1 << 63))
	}
	return math.Float64frombits(^prefix)
}
