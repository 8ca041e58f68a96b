package commands

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// Queue is the requests of a client's transaction, between MULTI and EXEC. It owns their words, packed one behind the other:
// the command's index, the number of words, the length of each, and the words.
type Queue struct {
	plan     Plan
	chunks   [][]byte
	count    int
	memory   int   // bytes of chunks
	counted  int   // of these, those that the connection knows of
	cost     int64 // bytes, as the limit counts
	limit    int64 // of cost; 0: none
	flags    Flags // of all requests together
	keyspace int   // that the next request is to run in
	failed   bool  // a request was refused

	words [][]byte // scratch
}

const (
	errNoMulti     Error = "ERR Command not allowed inside a transaction"
	firstChunk           = 512       // bytes
	mostChunk            = 256 << 10 // bytes, unless one request is larger
	costOfRequest        = 256       // bytes, beside its words
	keepQueueBytes       = 4 << 10   // of a queue that is kept for another transaction
	keepQueueWords       = 1 << 10   // of it too
)

// OpenQueue makes the client's requests from now on be queued, up to a limit in bytes; 0: none. Each takes 256 bytes
// and its words. The client has no queue yet.
func (c *Call) OpenQueue(limit int64) {
	q := c.spare
	c.spare = nil
	if q == nil {
		q = new(Queue)
	}
	q.limit, q.keyspace = limit, c.Client.keyspace
	c.Client.queue = q
	c.Client.queued.Store(1)
	c.Client.setGate(queueing, true)
}

// Queue returns the client's queue, nil where it has none.
func (c *Call) Queue() *Queue { return c.Client.queue }

// CloseQueue drops the client's queue, which it has.
func (c *Call) CloseQueue() {
	q := c.Client.queue
	dropQueue(c.Dispatcher, c.Client)
	if len(q.chunks) > 0 && q.memory <= keepQueueBytes && cap(q.words) <= keepQueueWords {
		q.reset()
		c.spare = q
	}
}

// dropQueue ends the client's transaction.
func dropQueue(_ *Dispatcher, client *Client) {
	if client.queue == nil {
		return
	}
	client.Conn.Account(-client.queue.counted)
	client.queue = nil
	client.queued.Store(0)
	client.queueBytes.Store(0)
	client.setGate(queueing, false)
}

// reset empties the queue for another transaction, and keeps its last chunk, which is the largest.
func (q *Queue) reset() {
	last := len(q.chunks) - 1
	q.chunks[0] = q.chunks[last][:0]
	clear(q.chunks[1:])
	clear(q.words)
	clear(q.plan.keys)
	clear(q.plan.found)
	*q = Queue{
		chunks: q.chunks[:1], memory: cap(q.chunks[0]), words: q.words[:0],
		plan: Plan{keys: q.plan.keys[:0], found: q.plan.found[:0]},
	}
}

// Failed reports whether a request was refused since MULTI, so that none will run.
func (q *Queue) Failed() bool { return q.failed }

// Plan returns what the requests of the queue need. It is valid until the queue is closed.
func (q *Queue) Plan() *Plan { return &q.plan }

// queueCall queues a call of a client in a transaction.
func queueCall(c *Call) (verdict, error) {
	q := c.Client.queue
	switch {
	case q.failed && c.Command.Flags&Executes != 0 && q.flags&DenyOOM != 0 && !c.Dispatcher.hasRoom(c):
		return proceed, ErrNoMemory // as Redis has it, before the other reason
	case c.Command.Flags&Unqueued != 0:
		return proceed, nil
	case c.Command.Flags&NoMulti != 0:
		return proceed, errNoMulti
	case !c.Dispatcher.hasRoom(c):
		return proceed, ErrNoMemory
	}
	if err := q.add(c); err != nil {
		return proceed, err
	}
	c.Reply.Status("QUEUED")
	return answered, nil
}

// hasRoom reports whether there is memory for what a call stores, or any at all where it stores nothing. As in Redis,
// what can be evicted is evicted for it now.
func (s *Dispatcher) hasRoom(c *Call) bool {
	if s.transactor == nil || s.MaxMemory() == 0 {
		return true
	}
	plan := Plan{room: 1}
	if c.Command.Flags&DenyOOM != 0 {
		plan.Reserve(c.Words)
	}
	tx, err := s.begin(c.Op, &plan)
	if err != nil {
		return false
	}
	tx.End()
	return true
}

// add adds a request. Of one that will not run for a reason that is known nothing is kept.
func (q *Queue) add(c *Call) error {
	size := 0
	for _, word := range c.Words {
		size += len(word)
	}
	cost := costOfRequest + int64(size)
	switch {
	case q.failed || c.Client.Changed():
		return nil
	case q.limit > 0 && q.cost+cost > q.limit:
		return Errorf("ERR the queue of a transaction may take %d bytes (client-transaction-limit)", q.limit)
	}
	q.cost += cost
	q.pack(c.Words, size)
	q.plan.Add(c.Command, q.keyspace, q.words)
	if c.Command.Name == selectName {
		if index, err := c.Dispatcher.keyspaceIndex(c.Words[1]); err == nil {
			q.keyspace = index
		}
	}
	q.count++
	q.flags |= c.Command.effects(c.Words)
	c.Client.queued.Store(int64(q.count) + 1)
	c.Client.queueBytes.Store(int64(q.memory))
	if q.memory > firstChunk {
		c.Client.Conn.Account(q.memory - q.counted)
		q.counted = q.memory
	}
	return nil
}

// pack copies words of so many bytes in all to the end of the queue, and leaves the copies in q.words.
func (q *Queue) pack(words [][]byte, size int) {
	size += (1 + len(words)) * binary.MaxVarintLen32
	last := len(q.chunks) - 1
	if last < 0 || cap(q.chunks[last])-len(q.chunks[last]) < size {
		next := firstChunk
		if last >= 0 {
			next = min(2*cap(q.chunks[last]), mostChunk)
		}
		next = max(next, size)
		q.chunks = append(q.chunks, make([]byte, 0, next))
		q.memory += next
		last++
	}
	chunk := binary.AppendUvarint(q.chunks[last], uint64(len(words)))
	for _, word := range words {
		chunk = binary.AppendUvarint(chunk, uint64(len(word)))
	}
	q.words = q.words[:0]
	for _, word := range words {
		begin := len(chunk)
		chunk = append(chunk, word...)
		q.words = append(q.words, chunk[begin:len(chunk):len(chunk)])
	}
	q.chunks[last] = chunk
}

// unpack takes the words of the first request off a chunk, and leaves them in q.words.
func (q *Queue) unpack(chunk []byte) (rest []byte) {
	next := func() int {
		n, size := binary.Uvarint(chunk)
		chunk = chunk[size:]
		return int(n)
	}
	words := next()
	lengths := chunk
	for range words {
		next()
	}
	q.words = q.words[:0]
	for range words {
		n, size := binary.Uvarint(lengths)
		lengths = lengths[size:]
		q.words = append(q.words, chunk[:n:n])
		chunk = chunk[n:]
	}
	return chunk
}

// fail notes that a request was refused, and lets go of the others.
func (q *Queue) fail(client *Client) {
	client.Conn.Account(-q.counted)
	client.queueBytes.Store(0)
	*q = Queue{count: q.count, flags: q.flags, failed: true}
}

// RunQueue runs the requests of the client's queue in a step that covers the queue's plan, and answers with an array of their
// replies. A call that fails keeps none from running.
func (c *Call) RunQueue(s *Step) {
	q := c.Client.queue
	if q.flags&PubSub != 0 {
		c.Deliver()
	}
	s.queued = true
	mark := c.Reply.Mark()
	c.Reply.Array(q.count)
	if c.Client.Silent() {
		c.Reply.Rewind(mark)
	}
	for _, chunk := range q.chunks {
		for len(chunk) > 0 {
			chunk = q.unpack(chunk)
			s.Do(c.Reply, q.words)
			if c.Client.Silent() { // also since one of the calls, as in Redis
				c.Reply.Rewind(s.call.mark)
			}
		}
	}
	c.KeepReply()
	c.admitted = false
}

// refused notes that a request of a transaction may not run, and returns what is answered.
func (c *Call) refused(err error) error {
	if q := c.Client.queue; q != nil {
		q.fail(c.Client)
	}
	if c.Command != nil && c.Command.Refused != nil {
		return c.Command.Refused(c, err)
	}
	return err
}

// effects returns the flags of the call and of the calls that it runs.
func (c *Call) effects() Flags {
	if q := c.Client.queue; q != nil && c.Command.Flags&Executes != 0 {
		return c.Command.Flags | q.flags
	}
	return c.Command.effects(c.Words)
}

// effects returns the flags of a request. One that changes an entry only where its words say so has Write then.
func (c *Command) effects(words [][]byte) Flags {
	if c.Flags&ReadOnly == 0 || c.Access&VariableFlags == 0 {
		return c.Flags
	}
	keys, _ := c.appendKeys(nil, words)
	for _, key := range keys {
		if key.Access&(Update|Insert|Delete) != 0 {
			return c.Flags | Write
		}
	}
	return c.Flags
}

// Watch makes CLIENT LIST show whether a key that the client watches has changed; nil: it watches none.
func (c *Client) Watch(changed *atomic.Bool) { c.watches.Store(changed) }

// Changed reports whether a key that the client watches has changed.
func (c *Client) Changed() bool {
	changed := c.watches.Load()
	return changed != nil && changed.Load()
}

// Reason returns the text on the wire of an error of the call, for another error that tells it: without the code ERR.
func (c *Call) Reason(err error) string {
	text, _ := wireText(c.family(), err)
	return strings.TrimPrefix(text, "ERR ")
}
