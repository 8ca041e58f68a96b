package server

import (
	"sync"
	"sync/atomic"
)

// task is something done by the owner of a connection, between requests. Replies it writes to w are sent in their order.
type task func(w *worker, c *conn)

// mailbox is the tasks that others leave for the owner of a connection.
type mailbox struct {
	mu     sync.Mutex
	tasks  []task
	closed bool         // nobody will read it any more
	size   atomic.Int64 // bytes of output that the tasks stand for
	some   atomic.Bool  // there are tasks: what the owner looks at before it takes the lock
}

// put leaves a task, which stands for size bytes of output. It returns the bytes that all tasks here stand for, and
// whether somebody will read them.
func (m *mailbox) put(size int, t task) (total int64, read bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, false
	}
	m.tasks = append(m.tasks, t)
	m.some.Store(true)
	return m.size.Add(int64(size)), true
}

// take returns the tasks that were left, with the bytes that they stand for, and empties the box; the last call closes it.
func (m *mailbox) take(last bool) (tasks []task, size int64) {
	if !last && !m.some.Load() {
		return nil, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks, m.tasks = m.tasks, nil
	m.closed = m.closed || last
	m.some.Store(false)
	return tasks, m.size.Swap(0)
}
