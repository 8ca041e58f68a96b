package server

import (
	"math"
	"testing"
)

func TestIdleTime(t *testing.T) {
	const before = "cpu  100 1 20 1000 50 3 4 5 90 1\ncpu0 50 1 10 500 25 3 2 5 45 1\ncpu1 50 0 10 500 25 0 2 0 45 0\nintr 12345 1 2 3\nctxt 99\n"
	got, processors := parseIdle([]byte(before))
	if want := (idleTime{1050, 1183}); got != want || processors != 2 {
		t.Errorf("%+v of %d processors, want %+v of 2", got, processors, want)
	}
	for _, wrong := range []string{"", "cpu", "cpu  1 2 3 x 5 6\n", "intr 1 2 3 4 5 6\n"} {
		if got, processors := parseIdle([]byte(wrong)); got != (idleTime{}) || processors != 0 {
			t.Errorf("%q: %+v of %d processors, want none", wrong, got, processors)
		}
	}
}

func TestIdleProcessorsBetweenTwoLooks(t *testing.T) {
	var idle idleTime
	if n := idle.since(idleTime{1000, 4000}, 4); n != 0 {
		t.Errorf("%v at the first look, want 0", n)
	}
	if n := idle.since(idleTime{1150, 4400}, 4); math.Abs(n-1.5) > 1e-9 {
		t.Errorf("%v of 4 processors, of whose 400 ticks 150 were idle; want 1.5", n)
	}
	if n := idle.since(idleTime{1150, 4400}, 4); n != 0 {
		t.Errorf("%v in no time, want 0", n)
	}
}
