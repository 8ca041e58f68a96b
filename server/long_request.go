package server

import (
	"runtime"
	"slices"

	"sessd/server/resp"
)

// A long request is prepared beside its event loop: on a goroutine of their own its buffer grows and its words are found. An
// allocation of that size may have to work for the collector, on top of what it copies. The connection rests meanwhile.

// longRequest is from how many bytes on a request is a long one. copiedAtOnce is how many are copied before others go on.
const (
	longRequest  = 256 << 10
	copiedAtOnce = 1 << 20
)

// foundWords is the words of a complete request that were found beside the loop.
type foundWords struct {
	words  [][]byte
	length int  // of the request; 0: there is none to be split
	tried  bool // its words were looked for; none: they are found on the loop, which answers the error
}

// take returns the words and the request's length; 0: there are none.
func (f *foundWords) take() (words [][]byte, length int) {
	if f.words == nil {
		return nil, 0
	}
	words, length = f.words, f.length
	*f = foundWords{}
	return words, length
}

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
