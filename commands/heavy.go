package commands

import "sessd/store"

// From here on a request runs beside the loop: entries that one step looks at, and bytes of a value that is written.
const (
	heavyCount = 4096
	heavyBytes = 4 << 20
)

// Always is a Spec.Heavy of commands that visit everything.
func Always(*Call) bool { return true }

// HeavyScan is a Spec.Heavy of commands with an option COUNT.
func HeavyScan(c *Call) bool {
	for i, word := range c.Args[:len(c.Args)-1] {
		if Is(word, "COUNT") && HeavyCount(c.Args[i+1]) {
			return true
		}
	}
	return false
}

// HeavyRandom is a Spec.Heavy of commands that draw as many elements as their second argument says.
func HeavyRandom(c *Call) bool { return len(c.Args) > 1 && HeavyCount(c.Args[1]) }

// HeavyCount reports whether a word is a number of entries that takes long, also as a negative number.
func HeavyCount(word []byte) bool {
	n, ok := store.ParseInt(word)
	return ok && (n > heavyCount || n < -heavyCount)
}

// HeavyBytes reports whether it takes long to write so many bytes.
func HeavyBytes(n int64) bool { return n > heavyBytes }
