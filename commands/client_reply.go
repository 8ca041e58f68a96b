package commands

func replyModeSpecs() []Spec {
	return []Spec{{
		Usage:   "CLIENT REPLY <ON | OFF | SKIP>",
		Summary: "Says whether the client wants replies: to all commands, to none, or to all but the next.",
		Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientReply,
		Example: `CLIENT REPLY ON -> "OK"`,
	}}
}

// replyMode is which replies a client does not want.
type replyMode uint8

const (
	silentNever replyMode = iota
	silentSoon            // after the command that runs now
	silentOnce            // to the command that runs now
	silentAlways
)

// Silent reports whether the client does not want the reply to the command that runs. It is for the connection's loop.
func (c *Client) Silent() bool { return c.silence >= silentOnce }

// suppress takes back a reply that the client does not want.
func (c *Call) suppress() {
	switch c.Client.silence {
	case silentSoon:
		c.Client.silence = silentOnce
		return
	case silentOnce:
		c.Client.silence = silentNever
	}
	c.Reply.Rewind(c.mark)
}

func clientReply(c *Call) error {
	switch word := c.Args[0]; {
	case Is(word, "ON"):
		c.Client.silence = silentNever
		c.Reply.Status("OK")
	case Is(word, "OFF"):
		c.Client.silence = silentAlways
	case Is(word, "SKIP"):
		if c.Client.silence != silentAlways {
			c.Client.silence = silentSoon
		}
	default:
		return ErrSyntax
	}
	return nil
}
