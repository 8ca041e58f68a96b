// Package resp is the server's side of the Redis protocol, as functions over bytes. Requests are bytes in and words
// out; replies are values in and bytes out. It knows no connection, no command and no client.
//
// # Requests
//
// ScanShort takes the requests that nearly all are, arrays of few short words that have arrived whole, in one pass. What it
// does not take goes through a Frame, which finds the end of a request of any kind within limits, and then through Split.
// Bytes that have not passed one of the two never reach the protocol library, which trusts lengths too far.
//
// # Replies
//
// A Writer appends replies to a buffer, up to a limit, in the version of the protocol that their reader speaks then.
package resp
