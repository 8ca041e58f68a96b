package commands

import "iter"

// coroutine runs jobs on a stack of its own, so that a job which began on one goroutine can go on in another.
type coroutine struct {
	next     func() (done, ok bool)
	stop     func()
	yield    func(done bool) bool
	turn     *Turn
	panicked any // what ended the last job
}

func newCoroutine() *coroutine {
	c := new(coroutine)
	c.next, c.stop = iter.Pull(func(yield func(bool) bool) {
		c.yield = yield
		for {
			c.work()
			if !yield(true) {
				return
			}
		}
	})
	return c
}

func (c *coroutine) work() {
	defer func() { c.panicked = recover() }()
	c.turn.job.Run(c.turn)
}

// run runs the job of a turn until it is done or pauses, and reports whether it is done.
func (c *coroutine) run(t *Turn) bool {
	c.turn = t
	return c.resume()
}

// resume goes on with a job that has paused, on the caller's goroutine, and reports whether the job is done.
func (c *coroutine) resume() bool {
	done, _ := c.next()
	return done
}

// pause returns to the caller of run. It is for the job.
func (c *coroutine) pause() { c.yield(false) }

// coroutines keeps coroutines that have nothing to do. There is one turn at a time, so few are needed.
type coroutines struct{ idle []*coroutine }

func (p *coroutines) get() *coroutine {
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c
	}
	return newCoroutine()
}

func (p *coroutines) put(c *coroutine) {
	c.turn = nil
	p.idle = append(p.idle, c)
}

// close ends the goroutines behind the coroutines.
func (p *coroutines) close() {
	for _, c := range p.idle {
		c.stop()
	}
	p.idle = nil
}
