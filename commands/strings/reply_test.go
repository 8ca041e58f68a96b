package strings_test

// Replies that many tests expect.
const (
	ok        = "+OK\r\n"
	zero      = ":0\r\n"
	one       = ":1\r\n"
	wrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	notInt    = "-ERR value is not an integer or out of range\r\n"
	syntax    = "-ERR syntax error\r\n"
)
