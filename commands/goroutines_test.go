package commands

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestGoroutines: each function runs once, several at once, and no goroutine is left in the end.
func TestGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	var g goroutines
	var ran atomic.Int64
	for range 20 {
		var together sync.WaitGroup
		together.Add(2 * mostIdle)
		for range 2 * mostIdle {
			g.Go(func() {
				together.Done()
				together.Wait() // all of them are needed at once
				ran.Add(1)
			})
		}
		together.Wait()
	}
	g.Wait()
	if n := ran.Load(); n != 20*2*mostIdle {
		t.Errorf("%d functions ran", n)
	}
	for begun := time.Now(); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("%d goroutines are left, of %d before", runtime.NumGoroutine(), before)
		}
	}
	done := make(chan bool, 1)
	g.Go(func() { done <- true }) // one that comes late runs, too
	<-done
	g.Wait()
}
