// Package web serves HTTP beside the server: figures for Prometheus, and whether the process lives and is ready.
//
// It tells no session id, no key and no other text of a client. Everything here answers whoever reaches the port.
package web
