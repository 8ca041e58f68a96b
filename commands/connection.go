package commands

func connectionRows() []Row {
	return []Row{
		{
			Usage:   "PING [message]",
			Summary: "Answers PONG, or the message.",
			Group:   ConnectionGroup, Flags: Fast | Loading | Stale, Since: "1.0.0", Run: ping,
			Example: `PING -> "PONG"`,
		},
	}
}

func ping(c *Call) error {
	if len(c.Args) == 0 {
		c.Reply.Status("PONG")
	} else {
		c.Reply.Bulk(c.Args[0])
	}
	return nil
}
