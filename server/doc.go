// Package server carries requests and replies: it listens, accepts, frames what arrives within limits, and writes
// replies in RESP2 or RESP3. What a request means is the business of package commands.
//
// # Layout
//
// A conn is a connection, whatever carries its bytes; one goroutine at a time owns it. On Linux that is an event loop (loop,
// socket, poll, and kernel, where tests have a double that cuts and breaks), one for many connections. Elsewhere, and for
// connections that are wrapped as TLS is, it is a goroutine of its own (stream), which asks the socket below the
// wrapping (underlying) what reading and writing do not tell. What is closed here lingers until its peer has had
// its replies. Both hand what they read to a worker, which splits it into requests (package
// resp), runs them and gathers the replies. Whoever else wants
// something of a connection leaves a task in its mailbox: an answer that comes later, a message, its end.
//
// The first connections all belong to one loop, which serves them with less work than several would. When it cannot keep
// up for two seconds while half a processor is idle, it gives half of those that are active to the least busy loop
// (balance), each between two of its turns. What a client sends meanwhile is not lost: the kernel tells the new loop.
//
// # A round of an event loop
//
// A loop waits until sockets are ready (poll), receives from as many of them as its buffer has room for, and tells the store
// what their first requests will ask for. Then each has its turn: its requests are split, up to 16 before the first of
// them runs, the store is told of their keys too, and they run. At the end the replies of all sockets go to the
// kernel in one call, where it has an io_uring (kernel, ring).
//
// A loop that is saturated while processors are idle gives sockets to another (balance).
//
// # Where the time goes
//
// CPU time of the server process for one request, in microseconds, on two cores shared with the load generator, over
// loopback, 50 connections, medians of interleaved runs (15 of PING, 5 of the others) of scripts/bench's comparisons beside
// redis-server 7.0.15: its figure and the ratio behind ours, and the ratio where the generator has two threads, so that
// they fight for the cores.
//
//	                          depth 1                   depth 16
//	PING                      5.62  5.89  0.95  0.80    0.40  0.57  0.71  0.58
//	SESS.GET against GET      7.38  8.98  0.82  0.76    0.77  1.41  0.54  0.56
//	session workload          6.59  9.58  0.69  0.60    1.03  3.36  0.31  0.29
//
// Samples of that time, in percent; the rest is Go's runtime and system call stubs:
//
//	                          kernel  parser, loop  dispatch  store
//	PING, depth 1                 93             4         1
//	SESS.GET, depth 1             81             5         2      9
//	session workload, depth 1     81             5         2     10
//	PING, depth 16                88             7         2
//	SESS.GET, depth 16            42             8         6     41
//	session workload, depth 16    35            10         6     45
//
// A bare epoll server in C that parses nothing and always answers PONG (scripts/floor.c) takes 0.38 at depth 16 in a run where
// this one takes 0.40, and 5.67 at depth 1 where this one takes 5.56. What is above that floor at depth 16 is parsing and
// dispatch, 20 ns or so for a request. Nearly all the rest is the kernel's loopback TCP, three quarters of it in
// sending: the send of a reply is also its receipt by the client.
//
// What brought it there, by what it was worth at depth 1 or 16: not having a busy loop's epoll descriptor in Go's poller,
// which woke a thread for every event (10.3 to 6.0 at depth 1); sending the replies of all ready sockets together, and
// filling one loop before the next (7.6 to 6.0); one pass over short requests, commands found without a map, and
// one look at the clock for calls of one command in a row (0.50 to 0.44 at depth 16); edge-triggered events, so that the
// kernel need not look at a socket again; fetching index slots and entries of many requests at once (SESS.GET, 0.77 of
// Redis to 0.68 at depth 16, 0.94 to 0.87 at depth 1); not parsing and admitting again what begins as the request before
// (54 to 30 ns for a PING at depth 16); sending by io_uring, which the clients that it wakes do not interrupt (at depth 1
// within the noise, but with a generator of two threads from 0.94 of Redis to 0.63).
//
// Yielding the processor before a wait was tried and gave nothing that could be told from noise, nor did another congestion
// control. Receiving by io_uring too, in C, gave little more than sending by it.
//
// An idle connection has no buffers, and an idle loop has no ticks: 10,000 connections take 966 bytes of resident memory
// each, and less than 0.1 ms of CPU a second all together.
package server
