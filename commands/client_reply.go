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
func (c *Client) Silent() bool { return c.replyMode >= silentOnce }

// suppress takes back a reply that the client does not want.
func suppress(c *Call) {
	switch c.Client.replyMode {
	case silentSoon:
		c.Client.replyMode = silentOnce
		return
	case silentOnce:
		c.Client.setReplyMode(silentNever)
	}
	c.Reply.Rewind(c.mark)
}

// wantReplies makes the client one that wants all replies.
func wantReplies(_ *Dispatcher, client *Client) { client.setReplyMode(silentNever) }

func (c *Client) setReplyMode(mode replyMode) {
	c.replyMode = mode
	c.setGate(suppressed, mode != silentNever)
}

func clientReply(c *Call) error {
	switch word := c.Args[0]; {
	case Is(word, "ON"):
		c.Client.setReplyMode(silentNever)
		c.Reply.Status("OK")
	case Is(word, "OFF"):
		c.Client.setReplyMode(silentAlways)
	case Is(word, "SKIP"):
		if c.Client.replyMode != silentAlways {
			c.Client.setReplyMode(silentSoon)
		}
	default:
		return ErrSyntax
	}
	return nil
}
