package main

import (
	"testing"
	"time"
)

func TestHeapIsReleasedOnceLittleIsAllocated(t *testing.T) {
	const much = 8 << 20
	var r heapRelease
	now := time.Unix(1000, 0)
	review := func(after time.Duration, allocated, free uint64) bool {
		now = now.Add(after)
		return r.due(now, allocated, free)
	}
	if review(0, much, much) {
		t.Error("released while much was allocated")
	}
	if review(heapReview, much+quietBytes, leastReleased-1) {
		t.Error("released for little")
	}
	if !review(heapReview, much+2*quietBytes, much) {
		t.Error("not released when idle")
	}
	r.released(now, now.Add(20*time.Millisecond))
	if review(heapReview, much+2*quietBytes, much) {
		t.Error("released for more than a hundredth of the time")
	}
	if !review(2*time.Second, much+2*quietBytes, much) {
		t.Error("not released again")
	}
	if review(time.Minute, much+4*quietBytes, much) {
		t.Error("released while more was allocated")
	}
}
