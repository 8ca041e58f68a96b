package commands_test

// Replies that tests of every family expect.
const (
	ok     = "+OK\r\n"
	zero   = ":0\r\n"
	one    = ":1\r\n"
	syntax = "-ERR syntax error\r\n"
)
