// Package commands finds, checks and runs what clients ask for. It knows neither sockets nor the bytes of the protocol.
//
// # The way of a request
//
// The server has one Call for each event loop. It fills the call with the words of a request, and Dispatcher.Do runs it:
//
//  1. resolve looks the command up (table.find). A request that begins as the one before it (Request.SameCommand) keeps
//     its command, and skips what follows where its user may do everything.
//  2. authorize checks the arity, the login, and the user's rules for the command and each of its keys. It checks
//     whether the engine has the ability behind the command.
//  3. passGates leads the call through the gates that are closed: loading, CLIENT PAUSE, a script that has all data to
//     itself, MULTI, MONITOR, CLIENT TRACKING. A gate lets it pass, answers it, or postpones it.
//     Mostly no gate is closed, which two loads show.
//  4. Command.Run, the handler, reads its arguments, asks the engine for one operation, and answers through Reply.
//  5. fail turns an error into its text on the wire, in place of what the handler wrote. wireText is the one place for
//     that: the family's errors first, then those of every type.
//  6. leaveGates runs what stands behind the call, such as CLIENT REPLY.
//
// Before a batch runs, Expect and Prefetch tell the engine its keys. A request on the key of the one before it
// (Request.SameKey) has the store.Memo of its Call, so that the engine need not look that key up anew.
//
// # Where commands come from
//
// A Family is the commands of one type or topic; a Spec is one of them. The usage line of a Spec gives name, arity,
// arguments and keys; what it cannot say stands beside it. COMMAND, ACL categories, the reference and the tests of
// every command derive from the same Spec. Each package under this one that exports a Family (sessions, strings,
// hashes, scripts, ...) binds the engine's ability once; package families lists them. Commands on connections and on
// the server need the inside of this package and live here.
//
// A KeySpec says where keys are and KeyFlags what is done to each, as in Redis. Rights, prefetching, COMMAND GETKEYS and
// whoever locks or watches keys read them through Command.appendKeys.
//
// # Rights
//
// Users are rules in Redis's syntax. A request is checked before it runs, by the keys that it names. An alias leads to a
// session that the request does not name; the engine asks store.Op.May under the session's lock. Scans leave out keys that
// the user may not read. A ChannelSpec says where channels are.
//
// # Steps
//
// A Step is several calls that are one step for everybody. Between MULTI and EXEC a client's calls are kept in its
// Queue (queue.go), and EXEC runs them as one Step. Call.BeginStep covers the keys of a Plan, or everything; the engine
// makes memory free before. Calls of a step pass no gates, and answer at once.
//
// A script finds out what it calls while it runs, and may run for ever. So Call.Exclusively closes a gate, waits until
// the calls of other loops have ended, and runs the script on a coroutine. One that takes long leaves the loop, which
// then answers others: they wait at the gate, or are told that the server is busy. Inner runs the commands of the
// script.
//
// # Answers that come later
//
// A handler that cannot answer yet takes a Pending from Conn.Later and returns ErrLater; the connection keeps the order
// of its replies. Of several wakers the one that claims the Pending answers. Calls of the loops have the context
// store.Immediate. Where the engine answers store.ErrWaits, detach copies the words and runs the call on a goroutine. A
// Message goes to many connections and is encoded once for each version of the protocol. Disconnected and RESET make
// every gate forget the client.
//
// # Commands that block
//
// A handler that finds nothing under its keys returns Call.Park with a Wait. That has the type of the entries that may
// serve it, its keys and the timeout (Call.SecondsOf, Call.MillisecondsOf). Its Serve answers out of one key if it can.
// Call.Block asks Serve for each key first. That is all that a new blocking command has to do; its Spec has the flag
// Blocking.
//
// A call that waits is a waiter in the queue of each of its keys, without a goroutine. While anybody waits, waiters
// observes the engine. A change that leaves an entry of the type under such a key closes the gate signaled. Whoever made
// the change serves the queue in order of arrival, once its call, transaction or script has ended and before it is
// answered. What Serve makes may serve others in turn. A Wait that takes nothing (Peeks) lets those behind it be asked as
// well. A time that is out, CLIENT UNBLOCK and the end of the connection take the waiter out of its queues. In a step
// nothing waits.
//
// # Long requests
//
// A request is long by its own words, by its Spec's Heavy, or by what the engine finds under its keys (store.ErrLong).
// It runs beside its loop as a call that waits for the engine does. Few run at once, the rest in the order in which
// they came. Some hold locks until they are done, and so hold others up: MSET of very many keys with a log, SETRANGE
// far behind the end. Requests in scripts and transactions run in place.
package commands
