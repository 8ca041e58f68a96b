package pubsub

import "sessd/commands"

func (h *hub) inspectSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "PUBSUB CHANNELS [pattern]",
			Summary: "Lists the channels that somebody listens to, those that match a pattern or all.",
			Flags:   tells, Since: "1.0.0", Run: func(c *commands.Call) error { return list(c, h.channels) },
			Example: `PUBSUB CHANNELS -> []`,
		},
		{
			Usage:   "PUBSUB NUMSUB [channel ...]",
			Summary: "Returns how many clients listen to each of the channels.",
			Flags:   tells, Since: "1.0.0", Run: func(c *commands.Call) error { return listeners(c, h.channels) },
			Example: `PUBSUB NUMSUB news -> ["news",0]`,
		},
		{
			Usage:   "PUBSUB NUMPAT",
			Summary: "Returns how many patterns somebody listens to.",
			Flags:   tells, Since: "1.0.0", Run: h.countPatterns,
			Example: `PUBSUB NUMPAT -> 0`,
		},
		{
			Usage:   "PUBSUB SHARDCHANNELS [pattern]",
			Summary: "Lists the shard channels that somebody listens to, those that match a pattern or all.",
			Flags:   tells, Since: "1.0.0", Run: func(c *commands.Call) error { return list(c, h.shards) },
			Example: `PUBSUB SHARDCHANNELS -> []`,
		},
		{
			Usage:   "PUBSUB SHARDNUMSUB [shardchannel ...]",
			Summary: "Returns how many clients listen to each of the shard channels.",
			Flags:   tells, Since: "1.0.0", Run: func(c *commands.Call) error { return listeners(c, h.shards) },
			Example: `PUBSUB SHARDNUMSUB news -> ["news",0]`,
		},
	}
}

// list answers the names of channels.
func list(c *commands.Call, of *channels) error {
	if len(c.Args) > 1 {
		return commands.ErrSubcommandWords(c.Words)
	}
	match := func(string) bool { return true }
	if len(c.Args) == 1 {
		g := newGlob(c.Args[0])
		match = func(name string) bool { return g.matches([]byte(name)) }
	}
	var found []string
	of.each(func(name string) {
		if match(name) {
			found = append(found, name)
		}
	})
	c.Reply.Array(len(found))
	for _, name := range found {
		c.Reply.BulkString(name)
	}
	return nil
}

// listeners answers channels with how many listen to each.
func listeners(c *commands.Call, to *channels) error {
	c.Reply.Array(2 * len(c.Args))
	for _, name := range c.Args {
		c.Reply.Bulk(name)
		c.Reply.Int(int64(to.listeners(name)))
	}
	return nil
}

func (h *hub) countPatterns(c *commands.Call) error {
	c.Reply.Int(int64(h.patterns.len()))
	return nil
}
