package commands

import (
	"bytes"
	"fmt"
)

// aclDenial is a request that a user may not make.
type aclDenial struct {
	reason string // "command", "key" or "channel"
	object string // the command's name, or the key or channel, which is for the user's own eyes only
}

// Error returns the text after NOPERM.
func (d *aclDenial) Error() string {
	switch d.reason {
	case "key":
		return "this user has no permissions to access one of the keys used as arguments"
	case "channel":
		return "this user has no permissions to access one of the channels used as arguments"
	}
	return fmt.Sprintf("this user has no permissions to run the '%s' command", d.object)
}

// sinceQueued returns the error of a request that could be queued and may not run any more.
func (d *aclDenial) sinceQueued() Error {
	reason := "no permission to execute the command or subcommand"
	switch d.reason {
	case "key":
		reason = "no permission to touch the specified keys"
	case "channel":
		reason = "no permission to access one of the channels used as arguments to the command"
	}
	return Error("NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
		"This command is no longer allowed for the following reason: " + reason)
}

// rank orders denials by how close the request came.
func (d *aclDenial) rank() int {
	return map[string]int{"command": 1, "key": 2, "channel": 3}[d.reason]
}

// redacted shows the beginning of a text that may be a secret.
func redacted(text string) string {
	const shown = 4
	if len(text) <= 2*shown {
		return "..."
	}
	return string(bytes.ToValidUTF8([]byte(text[:shown]), []byte("?"))) + "..."
}
