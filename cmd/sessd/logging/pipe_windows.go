package logging

// nonBlocking is nothing here: no file is a pipe.
const nonBlocking = 0

func isUnreadPipe(error) bool { return false }
