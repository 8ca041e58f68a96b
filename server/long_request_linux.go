package server

import (
	"runtime"
	"slices"

	"sessd/server/resp"
)

// copiedAtOnce is how many bytes of a request are copied before others go on.
const copiedAtOnce = 1 << 20

// prepare begins what the unfinished or unsplit request at the beginning of c.in needs, if it is a long one.
func (c *conn) prepare() {
	switch {
	case len(c.in) < longRequest || c.later != nil || c.waiting || c.preparing || c.closing != notClosing:
	case c.found.length > 0:
		request := c.in[:c.found.length]
		c.beside(func() task {
			words, err := resp.Split(resp.Array, request, nil)
			return func(_ *worker, c *conn) {
				if c.found.tried, c.waiting = true, true; err == nil {
					c.found.words = words
				}
			}
		})
	case cap(c.in)-len(c.in) < loopRead:
		in := c.in
		c.beside(func() task {
			grown := make([]byte, 0, cap(in)+max(cap(in)/2, loopRead))
			for some := range slices.Chunk(in, copiedAtOnce) {
				grown = append(grown, some...)
				runtime.Gosched()
			}
			return func(_ *worker, c *conn) {
				c.in, c.inRoom = grown, cap(grown)
				c.accountInput()
			}
		})
	}
}

// beside does work on a goroutine of its own, then what that returns as the owner. Until then nothing is read or run.
func (c *conn) beside(work func() task) {
	c.preparing = true
	go func() {
		after := work()
		c.post(0, letter{task: func(w *worker, c *conn) {
			c.preparing = false
			after(w, c)
		}})
	}()
}
