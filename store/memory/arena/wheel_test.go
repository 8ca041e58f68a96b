package arena

import (
	"testing"

	"pgregory.net/rapid"
)

// TestWheelTellsWhenToLook goes from one time that the wheel names to the next, and finds every slab at its time, having
// looked no more often than there are levels for each.
func TestWheelTellsWhenToLook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const begin = 1_800_000_000_000
		var w wheel
		info := make([]wheelNode, 1)
		after := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 100_000), rapid.Int64Range(0, 1<<40))
		for range rapid.IntRange(0, 20).Draw(t, "slabs") {
			info = append(info, wheelNode{min: NoDeadline})
			w.move(info, uint32(len(info)-1), begin+after.Draw(t, "after"))
		}
		left, looks := len(info)-1, 0
		for now := int64(begin); ; now = w.next() {
			for num := w.due(info, now); num != 0; num = w.due(info, now) {
				if late := now - info[num].min; late < 0 || late > 1<<tickBits {
					t.Fatalf("slab %d is found %d ms after its time", num, late)
				}
				w.move(info, num, NoDeadline)
				left--
			}
			if left == 0 {
				break
			}
			if looks++; looks > levels*len(info) {
				t.Fatalf("%d looks, and %d slabs are left", looks, left)
			}
			if next := w.next(); next <= now {
				t.Fatalf("at %d the next look is at %d", now, next)
			}
		}
		if w.next() != NoDeadline {
			t.Fatalf("an empty wheel wants to be looked at")
		}
	})
}
