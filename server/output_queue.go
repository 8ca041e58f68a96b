package server

import "sync/atomic"

// outputQueue is the replies that wait for a client, in chunks: memory is let go as its bytes are sent. Only waiting may be
// called by anyone; the rest is for whoever sends.
type outputQueue struct {
	chunks [][]byte // all to be sent but the beginning of the first
	offset int      // bytes of the first chunk that were sent
	held   int      // bytes of memory
	size   atomic.Int64
}

// The sizes of a chunk. Few bytes take a small one, each further one is as large as all that wait before it.
const (
	minChunk = 1 << 10
	maxChunk = 64 << 10
)

// waiting returns how many bytes are to be sent.
func (q *outputQueue) waiting() int { return int(q.size.Load()) }

// add copies data behind what waits.
func (q *outputQueue) add(data []byte) {
	for len(data) > 0 {
		last := len(q.chunks) - 1
		if last < 0 || len(q.chunks[last]) == cap(q.chunks[last]) {
			chunk := make([]byte, 0, max(minChunk, min(max(len(data), q.waiting()), maxChunk)))
			q.chunks = append(q.chunks, chunk)
			q.held += cap(chunk)
			last++
		}
		chunk := q.chunks[last]
		n := copy(chunk[len(chunk):cap(chunk)], data)
		q.chunks[last] = chunk[:len(chunk)+n]
		q.size.Add(int64(n))
		data = data[n:]
	}
}

// lend puts data into an empty queue without copying it: it stays as it is until it is sent.
func (q *outputQueue) lend(data []byte) {
	if len(data) > 0 {
		q.chunks = append(q.chunks, data[:len(data):len(data)])
		q.held += len(data)
		q.size.Add(int64(len(data)))
	}
}

// own puts data behind what waits without copying it. It is the queue's from then on.
func (q *outputQueue) own(data []byte) {
	if len(data) > 0 {
		q.chunks = append(q.chunks, data)
		q.held += cap(data)
		q.size.Add(int64(len(data)))
	}
}

// next returns the bytes to be sent next; none when nothing waits.
func (q *outputQueue) next() []byte {
	if len(q.chunks) == 0 {
		return nil
	}
	return q.chunks[0][q.offset:]
}

// sent drops n bytes of those that next returned.
func (q *outputQueue) sent(n int) {
	q.size.Add(-int64(n))
	if q.offset += n; q.offset < len(q.chunks[0]) {
		return
	}
	q.held -= cap(q.chunks[0])
	q.chunks[0], q.offset = nil, 0
	if q.chunks = q.chunks[1:]; len(q.chunks) == 0 {
		q.chunks = nil
	}
}

// clear drops everything.
func (q *outputQueue) clear() {
	q.chunks, q.offset, q.held = nil, 0, 0
	q.size.Store(0)
}
