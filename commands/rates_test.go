package commands

import (
	"testing"
	"time"
)

func TestRates(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	s := &Dispatcher{Started: start}
	var r rates
	for _, look := range []struct {
		at    time.Duration
		calls uint64
		want  float64
	}{
		{500 * time.Millisecond, 100, 200}, // the first look is over the time since the start
		{2 * time.Second, 1000, 500},
		{2500 * time.Millisecond, 2000, 800}, // too soon after the last for a rate of its own
		{4 * time.Second, 5000, 2000},
		{14 * time.Second, 6000, 100},
		{15 * time.Second, 10, 0}, // the counters were reset
		{16 * time.Second, 40, 30},
	} {
		m := &Snapshot{system: s, now: start.Add(look.at), totals: totals{calls: look.calls}}
		m.server.InputBytes, m.server.OutputBytes = 2*look.calls, 3*look.calls
		got := r.since(m)
		if got != (perSecond{look.want, 2 * look.want, 3 * look.want}) {
			t.Errorf("after %v: %+v, want %v calls", look.at, got, look.want)
		}
	}
}

func TestHumanSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0B", 1023: "1023B", 1024: "1.00K", 991168: "967.94K", 1 << 20: "1.00M", 25276514304: "23.54G", 5 << 40: "5.00T", 1 << 62: "4.00E",
	} {
		if got := humanSize(n); got != want {
			t.Errorf("humanSize(%d) = %s, want %s", n, got, want)
		}
	}
}
