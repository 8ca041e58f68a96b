package servertest

import (
	"fmt"
	"strings"
	"testing"
)

// Protocols runs a test on a fresh server in each protocol; null is how the protocol says it.
func Protocols(t *testing.T, test func(c *Conn, null string)) {
	t.Helper()
	t.Run("RESP2", func(t *testing.T) {
		test(Start(t).Dial(t), "$-1\r\n")
	})
	t.Run("RESP3", func(t *testing.T) {
		c := Start(t).Dial(t)
		if hello := c.Do("HELLO", "3"); !strings.HasPrefix(hello, "%") {
			t.Fatalf("HELLO 3: %q", hello)
		}
		test(c, "_\r\n")
	})
}

// Bulk returns the reply that is a byte string.
func Bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }
