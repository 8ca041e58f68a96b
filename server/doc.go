// Package server carries requests and replies: it listens, accepts, bounds what arrives, and writes replies in RESP2 or
// RESP3. Package commands knows what a request means.
//
// # From socket to reply
//
// A listener hands each connection that it accepts to a transport. On Linux that is an event loop (loop_linux.go), one
// goroutine for many sockets. Encrypted connections, and all connections elsewhere, are streams (stream.go), each with a
// goroutine of its own. Both share what they know of a connection (conn.go); one goroutine at a time owns it.
//
// A loop waits until sockets are ready (package netio) and reads from as many as its buffer has room for. It tells the
// store which keys their first requests name, so that memory is fetched for all of them at once. Then each socket has
// its turn. A worker (worker.go) parses up to 16 requests (package resp), tells the store of their keys, and runs them.
// Their replies are appended to one buffer. At the end of the round they go to the kernel together, through an io_uring
// where there is one. A turn is one read, or 64 KiB of replies, so no client holds up the others. A loop that many
// clients send pipelines sleeps for 30 µs when it has nothing to do, and lets requests gather. Each time that an event
// wakes a thread, both sides pay.
//
// A stream reads, runs and writes in turns. When a write takes some milliseconds, a second goroutine takes over reading and
// running. The first only writes from then on.
//
// # Replies that wait
//
// What the kernel does not take waits in chunks (output_queue.go), and the client is served on meanwhile. The output limit of
// its class bounds what waits (output_limits.go). The bytes in these queues and in query buffers are counted for each
// client and all together; over the budget the largest go first (client_eviction.go). A client that has not
// authenticated is not read from while replies wait, and may leave few unread, those in the kernel included.
//
// # Answers from elsewhere
//
// Other goroutines leave letters in a connection's mailbox (mailbox.go): the reply to a call that was parked, a message to
// many, the end. The owner reads them between requests, so they are in order with replies. A parked call keeps a copy of
// its words (pending.go); at most 1 MiB of requests is read behind it.
//
// # Ends
//
// When a connection ends if nothing happens is decided in one place (deadline.go). A loop keeps its sockets in a heap by
// that time (deadline_linux.go); for a stream it is the deadline of its read. A connection that the server closes lingers
// until its peer has had its replies (linger.go). The commands learn of the end once, after the last call.
//
// A stop answers what had arrived, and cuts after 10 seconds.
//
// # Which loop
//
// The first 64 connections belong to one loop, which serves them with less work than several would. A loop that is
// saturated for two seconds, while half a processor is idle, gives half of its active sockets to the least busy loop
// (balance_linux.go). The kernel reports to the new loop what arrived meanwhile.
//
// Tests stand in for the kernel by a double that cuts, delays and breaks at any byte.
package server
