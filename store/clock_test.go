package store

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestClockWhenTheWallClockIsSet(t *testing.T) {
	const start = 1_700_000_000 * time.Second
	var wall, steady time.Duration
	var jumps []time.Duration
	c := Clock{
		Jumped: func(by time.Duration) { jumps = append(jumps, by) },
		read:   func() reading { return reading{wall: start + wall, steady: steady} },
	}
	for _, step := range []struct {
		what   string
		set    time.Duration // the wall clock is set by
		passes time.Duration // and then passes
		want   time.Duration // the time after the start
	}{
		{"it goes", 0, 5 * time.Second, 5 * time.Second},
		{"a little back", -500 * time.Millisecond, time.Second, 6 * time.Second},
		{"an hour back", -time.Hour, time.Second, 7 * time.Second},
		{"goes on", 0, time.Minute, 67 * time.Second},
		{"and as far again", -time.Hour, time.Second, 68 * time.Second},
		{"half of it ahead", time.Hour, time.Second, 69 * time.Second},
		{"all of it ahead", time.Hour, time.Second, 70 * time.Second},
		{"a little ahead", 900 * time.Millisecond, 0, 70*time.Second + 400*time.Millisecond},
		{"a day ahead", 24 * time.Hour, time.Second, 24*time.Hour + 71*time.Second + 400*time.Millisecond},
	} {
		wall += step.set + step.passes
		steady += step.passes
		if got := c.Now() - start.Milliseconds(); got != step.want.Milliseconds() {
			t.Errorf("%s: %d ms after the start, want %d", step.what, got, step.want.Milliseconds())
		}
		now, at := c.Now(), (start + wall).Milliseconds()
		if got := c.FromWall(at); got < now-1000 || got > now+1000 {
			t.Errorf("%s: the wall clock's time is %d ms from the clock's", step.what, got-now)
		}
		if got := c.ToWall(c.FromWall(at + 5)); got != at+5 {
			t.Errorf("%s: a time becomes another by %d ms", step.what, got-at-5)
		}
	}
	for _, never := range []int64{Never, math.MaxInt64} {
		if got := c.ToWall(never); got != never {
			t.Errorf("never becomes %d", got)
		}
	}
	wall -= time.Hour
	c.Now()
	if got := c.FromWall(math.MaxInt64 - 1); got != math.MaxInt64 {
		t.Errorf("the end of time becomes %d", got)
	}
	jumps = jumps[:len(jumps)-1]
	for i := range jumps {
		jumps[i] = jumps[i].Round(time.Minute)
	}
	if want := []time.Duration{-time.Hour, -time.Hour, time.Hour, time.Hour, 24 * time.Hour}; !slices.Equal(jumps, want) {
		t.Errorf("told %v, want %v", jumps, want)
	}
}

func TestClockTellsTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Clock{Jumped: func(by time.Duration) { t.Errorf("a jump by %v", by) }}
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 1000 {
					if got, want := c.Now(), time.Now().UnixMilli(); got != want {
						t.Errorf("%d, want %d", got, want)
					}
					time.Sleep(time.Hour)
				}
			})
		}
		wait.Wait()
	})
}
