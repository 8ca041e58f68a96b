package main

import "testing"

func TestGCPercentLeavesRoomWhereLittleIsAlive(t *testing.T) {
	for live, want := range map[uint64]int{0: 800, 1 << 20: 800, 8 << 20: 800, 16 << 20: 400, 64 << 20: 100, 1 << 40: 100} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d bytes are alive: %d %%, want %d %%", live, got, want)
		}
	}
}
