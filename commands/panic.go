package commands

import (
	"fmt"
	"log/slog"
	"strings"
)

// Panicked answers a call whose command panicked, and counts it. The one who runs calls recovers from panics, once for many
// calls, and closes the connection after this.
func (s *Dispatcher) Panicked(c *Call, kind any, stack []byte) {
	if c.Command != nil {
		c.Stats.failedCall(c.Command)
	}
	c.End()
	s.logPanic(c, kind, stack)
	c.Stats.failed(string(errInternal))
	c.Reply.Rewind(c.mark)
	c.Reply.Error(string(errInternal))
}

// logPanic logs a panic. The stack names functions and lines; arguments, which may hold session ids, are not in it, and of
// the panic only its kind is told.
func (s *Dispatcher) logPanic(c *Call, kind any, stack []byte) {
	name := "none"
	if c.Command != nil {
		name = c.Command.Name
	}
	s.Log.Error("command panicked", "command", name, "client", c.Client.ID,
		slog.String("kind", fmt.Sprintf("%T", kind)), slog.String("stack", WithoutArguments(stack)))
}

// WithoutArguments removes the arguments of functions from a stack trace, so that it can be logged.
func WithoutArguments(stack []byte) string {
	var lines []string
	for line := range strings.Lines(string(stack)) {
		if !strings.HasPrefix(line, "\t") {
			if i := strings.LastIndexByte(line, '('); i > 0 {
				line = line[:i] + "\n"
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}
