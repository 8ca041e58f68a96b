package scripts

import (
	"bytes"

	"sessd/commands"
)

func (f *family) scriptSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "SCRIPT LOAD script",
			Summary: "Keeps a script until SCRIPT FLUSH, without running it, and returns its SHA1.",
			Flags:   manages | commands.Stale, Since: "1.0.0", Run: f.load,
			Example: `SCRIPT LOAD return(1) -> "930269f31393d0be681588b6ab08dccee7d6bb67"`,
		},
		{
			Usage:   "SCRIPT EXISTS sha1 [sha1 ...]",
			Summary: "Returns of each SHA1 whether the server has the script, as 1 or 0.",
			Flags:   manages, Since: "1.0.0", Run: f.exists,
			Example: `SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db -> [...]`,
		},
		{
			Usage:   "SCRIPT FLUSH [ASYNC | SYNC]",
			Summary: "Forgets all scripts.",
			Flags:   manages, Since: "1.0.0", Run: f.flush, Arity: -2,
			Example: `SCRIPT FLUSH -> "OK"`,
		},
		{
			Usage:   "SCRIPT KILL",
			Summary: "Ends the script that runs, unless it has written.",
			Flags:   manages | commands.AllowBusy, Since: "1.0.0", Run: kill,
			Example: `SCRIPT KILL -> error:"NOTBUSY No scripts in execution right now."`,
		},
		{
			Usage:   "SCRIPT DEBUG <YES | SYNC | NO>",
			Summary: "Is refused but for NO: there is no debugger.",
			Flags:   manages, Since: "1.0.0", Run: debug,
			Example: `SCRIPT DEBUG NO -> "OK"`,
		},
	}
}

func (f *family) load(c *commands.Call) error {
	script, err := f.cache.Load(c.Args[0])
	if err != nil {
		return commands.Error(err.Error())
	}
	c.Reply.BulkString(script.SHA)
	return nil
}

func (f *family) exists(c *commands.Call) error {
	c.Reply.Array(len(c.Args))
	for _, sha := range c.Args {
		c.IntBool(len(sha) == shaLength && f.cache.Get(bytes.ToLower(sha)) != nil)
	}
	return nil
}

// isMode reports whether the words are none, or ASYNC or SYNC.
func isMode(words [][]byte) bool {
	return len(words) == 0 || len(words) == 1 && (commands.Is(words[0], "ASYNC") || commands.Is(words[0], "SYNC"))
}

func (f *family) flush(c *commands.Call) error {
	if !isMode(c.Args) {
		return commands.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	}
	f.cache.Flush()
	c.Reply.Status("OK")
	return nil
}

func kill(c *commands.Call) error {
	if err := c.Dispatcher.KillScript(); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// errNoDebugger answers SCRIPT DEBUG, and the script behind it. redis-cli --ldb takes no notice of the first answer,
// and running the script for good is not what was asked for.
const errNoDebugger commands.Error = "ERR SCRIPT DEBUG is not supported, this server has no Lua debugger"

func debug(c *commands.Call) error {
	switch mode := c.Args[0]; {
	case commands.Is(mode, "NO"):
		*c.Kept() = nil
		c.Reply.Status("OK")
		return nil
	case commands.Is(mode, "YES"), commands.Is(mode, "SYNC"):
		*c.Kept() = errNoDebugger
		return errNoDebugger
	}
	return commands.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO")
}
