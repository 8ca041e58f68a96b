package commands

import (
	"sync"
	"time"
)

// Conn is what a command may ask of the connection that its call came over.
type Conn interface {
	// Later defers the reply to the call that runs. Calls behind it on this connection wait; other connections go on.
	// The handler returns ErrLater. The words of the call are valid until then; the connection copies them for Again.
	Later() Pending
	// Push sends a message between replies, from any goroutine. It reports whether the connection is still open. A
	// connection for which too many bytes wait is closed.
	// Messages and replies that come later arrive in the order in which they were given.
	Push(*Message) bool
	// Messages takes the messages that were pushed and not yet delivered. It is for the call that runs.
	Messages() []*Message
	// Account counts more bytes of memory that commands keep for the client, or fewer, towards those of its buffers. It is
	// for the connection's loop.
	Account(more int)
	// CloseAfterReply closes the connection once what was answered so far, this call's reply included, is sent.
	CloseAfterReply()
	// Buffers returns what waits in the connection, from any goroutine.
	Buffers() Buffers
	// Descriptor returns the number of the connection's socket in this process; -1: it has none. Any goroutine may ask.
	Descriptor() int
	// Idle returns for how long no byte has moved, in either direction, by the steady clock. Any goroutine may ask.
	Idle() time.Duration
}

// Buffers is what waits in a connection, in bytes.
type Buffers struct {
	Query        int // memory of requests that are not served, and of one whose reply comes later
	QueryFree    int // of it holds nothing
	Unsent       int // of replies and messages
	Output       int // memory of these
	OutputPieces int // in so many pieces
	Kept         int // memory that commands keep for the client (Account)
}

// Pending is a reply that comes later. Its methods may be called from any goroutine, also when the connection has ended.
type Pending interface {
	// Claim reports whether the caller is the first to claim the reply, and the connection still open. Of a timer and a
	// waker that race, the one that claims it calls Reply or Again, once.
	Claim() bool
	// Reply answers the call. write runs on the goroutine that owns the connection, and not at all if the connection ended.
	Reply(write func(Reply))
	// Again runs the call again, from its beginning.
	Again()
	// Record returns a copy of the call's words, which counts towards the connection's query buffer, and a reply to be
	// written away from the loop. It is for the call that runs, at most once.
	Record(words [][]byte) ([][]byte, Record)
}

// Record is a reply that one goroutine writes away from the loop. It drops what is over the client's output limit.
type Record interface {
	Reply
	// WriteTo writes the whole reply to that of Pending.Reply. The Record is not used again.
	WriteTo(Reply)
}

// Message is what connections are sent beside their replies. Each version of the protocol encodes it once.
type Message struct {
	write   [2]func(Reply) // by version, the older one first; nil: nothing is sent
	size    int
	encoded [2]struct {
		once  sync.Once
		bytes []byte
	}
}

// NewMessage returns the message that write writes. write runs at most once for each version of the protocol.
func NewMessage(write func(Reply)) *Message { return NewMessages(write, write) }

// NewMessages returns a message that the versions of the protocol write in their own ways. Nil writes nothing.
func NewMessages(resp2, resp3 func(Reply)) *Message {
	return &Message{write: [2]func(Reply){resp2, resp3}}
}

// Unfinished makes the message one that is not written before its connection sends it. Until then it counts size bytes.
func (m *Message) Unfinished(size int) *Message {
	m.size = size
	return m
}

// Size returns how many bytes the message counts where a version of the protocol is spoken, 2 or 3.
func (m *Message) Size(protocol int, encode func(write func(Reply)) []byte) int {
	if m.size > 0 {
		return m.size
	}
	return len(m.Encode(protocol, encode))
}

// Encode returns the message in a version of the protocol, 2 or 3. encode returns the bytes of what a function writes.
// The result is shared: nobody may change it.
func (m *Message) Encode(protocol int, encode func(write func(Reply)) []byte) []byte {
	write := m.write[protocol-2]
	if write == nil {
		return nil
	}
	e := &m.encoded[protocol-2]
	e.once.Do(func() { e.bytes = encode(write) })
	return e.bytes
}

// writeTo writes the message ahead of a reply, in a version of the protocol.
func (m *Message) writeTo(r Reply, protocol int) {
	if write := m.write[protocol-2]; write != nil {
		write(r)
	}
}
