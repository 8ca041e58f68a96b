package commands

import "sync"

// mostIdle is how many goroutines wait for the next function.
const mostIdle = 256

// goroutines runs functions beside the caller, on goroutines that it keeps: a new one would have to grow its stack each time.
// The zero value is ready.
type goroutines struct {
	running sync.WaitGroup

	mu     sync.Mutex
	idle   []chan func() // one for each goroutine that waits, the one that ran last at the end
	closed bool
}

// Go runs a function.
func (g *goroutines) Go(f func()) {
	g.running.Add(1)
	g.mu.Lock()
	last := len(g.idle) - 1
	if last < 0 {
		g.mu.Unlock()
		go g.work(f)
		return
	}
	next := g.idle[last]
	g.idle = g.idle[:last]
	g.mu.Unlock()
	next <- f
}

// work runs a function, and those that come later, until the goroutine is one too many.
func (g *goroutines) work(f func()) {
	next := make(chan func(), 1)
	for f != nil {
		g.run(f)
		if !g.rest(next) {
			return
		}
		f = <-next
	}
}

func (g *goroutines) run(f func()) {
	defer g.running.Done()
	f()
}

// rest offers a goroutine for the next function. It reports whether there is one to wait for.
func (g *goroutines) rest(next chan func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || len(g.idle) == mostIdle {
		return false
	}
	g.idle = append(g.idle, next)
	return true
}

// Wait waits for the functions that run, and ends the goroutines that wait.
func (g *goroutines) Wait() {
	g.running.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, next := range g.idle {
		close(next)
	}
	g.idle = nil
}
