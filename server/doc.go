// Package server carries requests and replies: it listens, accepts, frames what arrives within limits, and writes
// replies in RESP2 or RESP3. What a request means is the business of package commands.
//
// # Layout
//
// A conn is a connection, whatever carries its bytes; one goroutine at a time owns it. On Linux that is an event loop (loop,
// socket, poll, and kernel, where tests have a double that cuts and breaks), one for many connections. Elsewhere, and for
// connections that are wrapped as TLS is, it is a goroutine of its own (stream), which asks the socket below the
// wrapping (underlying) what reading and writing do not tell. What is closed here lingers until its peer has had
// its replies. Both hand what they read to a worker, which splits it into requests (scanShort for those
// as nearly all are, frame and redcon for the others), runs them and gathers the replies. Whoever else wants
// something of a connection leaves a task in its mailbox: an answer that comes later, a message, its end.
//
// The first connections all belong to one loop, which serves them with less work than several would. When it cannot keep
// up for two seconds while half a processor is idle, it gives half of those that are active to the least busy loop
// (balance), each between two of its turns. What a client sends meanwhile is not lost: the kernel tells the new loop.
//
// # Where the time goes
//
// CPU time of the server process for one request, in microseconds, on two cores shared with the load generator, over
// loopback, 50 connections, medians of five interleaved runs of scripts/bench's comparisons beside redis-server 7.0.15
// (its figure and the ratio behind ours):
//
//	                          depth 1             depth 16
//	PING                      5.72  5.97  0.96    0.40  0.54  0.74
//	SESS.GET against GET      6.82  7.37  0.93    1.11  1.45  0.76
//	session workload          6.70  9.31  0.72    1.23  3.42  0.36
//
// Samples of that time, in percent; the rest is Go's runtime and system call stubs:
//
//	                          kernel  parser, loop  dispatch  store
//	PING, depth 1                 93             3         1
//	SESS.GET, depth 1             74             2         1     14
//	PING, depth 16                82             8         6
//	SESS.GET, depth 16            40             5         6     43
//
// A bare epoll server in C that parses nothing and always answers PONG (scripts/floor.c) takes 0.37 at depth 16 in a run where
// this one takes 0.39: a fifteenth remains above that floor, half of it parsing and the rest dispatch. At depth 1 nearly all is
// the kernel's loopback TCP: one receive and one send for each request, and an epoll_wait for as many as are ready. What
// the store takes at depth 16 is mostly waiting for memory, where an entry is touched first.
//
// What brought it there, by what it was worth at depth 1 or 16: not having a busy loop's epoll descriptor in Go's poller,
// which woke a thread for every event (10.3 to 6.0 at depth 1); sending the replies of all ready sockets together, and
// filling one loop before the next (7.6 to 6.0); one pass over short requests, commands found without a map, and
// one look at the clock for calls of one command in a row (0.50 to 0.44 at depth 16); edge-triggered events, so that the
// kernel need not look at a socket again. Yielding the processor before a wait was tried and gave nothing that
// could be told from noise.
//
// An idle connection has no buffers, and an idle loop has no ticks: 10,000 connections take 948 bytes of resident memory
// each, and less than 0.1 ms of CPU a second all together.
package server
