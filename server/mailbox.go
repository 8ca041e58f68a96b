package server

import (
	"sync"
	"sync/atomic"

	"sessd/commands"
)

// task is something done by the owner of a connection, between requests. Replies it writes to w are sent in their order.
type task func(w *worker, c *conn)

// letter is what others leave for the owner of a connection: a task, or a message for the client.
type letter struct {
	task    task
	message *commands.Message // nil: a task
}

// mailbox is the letters for the owner of a connection, in order.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	closed  bool         // nobody will read it any more
	size    atomic.Int64 // bytes of output that the letters stand for
	some    atomic.Bool  // there are letters: what the owner looks at before it takes the lock
}

// put leaves a letter, which stands for size bytes of output. It reports whether somebody will read it.
func (m *mailbox) put(size int, l letter) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.letters = append(m.letters, l)
	m.some.Store(true)
	m.size.Add(int64(size))
	return true
}

// take empties the box and returns the letters, with the bytes that they stand for; the last call closes it. The letters that
// come next are kept in spare, whose memory the box owns from here on.
func (m *mailbox) take(last bool, spare []letter) (letters []letter, size int64) {
	if !last && !m.some.Load() {
		return nil, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	letters, m.letters = m.letters, spare[:0]
	m.closed = m.closed || last
	m.some.Store(false)
	return letters, m.size.Swap(0)
}

// takeMessages takes the messages out of the box, and leaves the tasks. It returns the bytes that they stand for.
func (m *mailbox) takeMessages() (messages []*commands.Message, size int64) {
	if !m.some.Load() {
		return nil, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	tasks := m.letters[:0]
	for _, l := range m.letters {
		if l.message != nil {
			messages = append(messages, l.message)
		} else {
			tasks = append(tasks, l)
		}
	}
	clear(m.letters[len(tasks):])
	m.letters = tasks
	m.some.Store(len(tasks) > 0)
	return messages, m.size.Swap(0)
}
