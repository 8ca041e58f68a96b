package upstream

import (
	"context"
	"sync"
	"time"
)

// deadlines gives requests of about the same moment one context with a deadline. One for each would cost a timer and an entry in
// its parent.
type deadlines struct {
	timeout time.Duration

	mu     sync.Mutex
	shared [2]deadline // of different parents: the engine's own, and that of its callers
	last   int         // which of them is not to be replaced next
}

// deadline is a context, and since when it is shared.
type deadline struct {
	parent, context context.Context
	cancel          context.CancelFunc // nobody calls it: requests that still wait share the context, which ends by itself
	begun           time.Time
}

// sharedFor is the part of the timeout for which later requests share a context. They may wait that much less.
const sharedFor = 16

// of returns a context that ends with its parent, or once the timeout is over.
func (d *deadlines) of(parent context.Context) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, at := time.Now(), 1-d.last
	for i := range d.shared {
		if d.shared[i].parent != parent {
			continue
		}
		if at = i; now.Sub(d.shared[i].begun) <= d.timeout/sharedFor {
			return d.shared[i].context
		}
	}
	ctx, cancel := context.WithTimeout(parent, d.timeout+d.timeout/sharedFor)
	d.shared[at], d.last = deadline{parent, ctx, cancel, now}, at
	return ctx
}
