package scripts

import (
	"bytes"

	"sessd/commands"
)

// The errors of a server without functions. Those of Redis are Redis's, to the letter.
const (
	errNoFunction  commands.Error = "ERR Function not found"
	errNoLibrary   commands.Error = "ERR Library not found"
	errNoFunctions commands.Error = "ERR functions are not supported by this server, use EVAL or EVALSHA"
)

// emptyDump is what FUNCTION DUMP of Redis 7.0 returns without functions: the version of the format and a checksum.
const emptyDump = "\n\x00]\x9b\\@\x0f\x7f\xa2\xda"

func (f *family) functionSpecs() []commands.Spec {
	const writes = manages | commands.Write
	return []commands.Spec{
		{
			Usage:   "FCALL function numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Is refused: there are no functions.",
			Flags:   evaluates | commands.MayReplicate, Keys: keysOf(commands.RW | commands.Access | commands.Update), Since: "1.0.0", Run: noFunction,
			Example: `FCALL f 0 -> error:"ERR Function not found"`,
		},
		{
			Usage:   "FCALL_RO function numkeys [key [key ...]] [arg [arg ...]]",
			Summary: "Is refused: there are no functions.",
			Flags:   evaluates | commands.ReadOnly, Keys: keysOf(commands.RO | commands.Access), Since: "1.0.0", Run: noFunction,
			Example: `FCALL_RO f 0 -> error:"ERR Function not found"`,
		},
		{
			Usage:   "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]",
			Summary: "Lists the libraries of functions: none.",
			Flags:   manages, Since: "1.0.0", Run: functionList,
			Example: `FUNCTION LIST -> []`,
		},
		{
			Usage:   "FUNCTION STATS",
			Summary: "Returns the function that runs, and how many there are: none.",
			Flags:   manages | commands.AllowBusy, Since: "1.0.0", Run: functionStats,
			Example: `FUNCTION STATS -> {"running_script":null,"engines":{"LUA":{"libraries_count":0,"functions_count":0}}}`,
		},
		{
			Usage:   "FUNCTION DUMP",
			Summary: "Returns the functions as RESTORE reads them, which is a header without any.",
			Flags:   manages, Since: "1.0.0", Run: functionDump,
			Example: `FUNCTION DUMP -> ...`,
		},
		{
			Usage:   "FUNCTION FLUSH [ASYNC | SYNC]",
			Summary: "Forgets all functions, of which there are none.",
			Flags:   writes, Since: "1.0.0", Run: functionFlush, Arity: -2,
			Example: `FUNCTION FLUSH -> "OK"`,
		},
		{
			Usage:   "FUNCTION LOAD [REPLACE] function-code",
			Summary: "Is refused: there are no functions.",
			Flags:   writes | commands.DenyOOM, Since: "1.0.0", Run: functionLoad, Arity: -3,
			Example: `FUNCTION LOAD x -> error:"ERR Missing library metadata"`,
		},
		{
			Usage:   "FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]",
			Summary: "Restores functions from a dump that has none; any other is refused.",
			Flags:   writes | commands.DenyOOM, Since: "1.0.0", Run: functionRestore, Arity: -3,
			Example: `FUNCTION RESTORE x -> error:"ERR DUMP payload version or checksum are wrong"`,
		},
		{
			Usage:   "FUNCTION DELETE library-name",
			Summary: "Is refused: there are no functions.",
			Flags:   writes, Since: "1.0.0", Run: func(*commands.Call) error { return errNoLibrary },
			Example: `FUNCTION DELETE lib -> error:"ERR Library not found"`,
		},
		{
			Usage:   "FUNCTION KILL",
			Summary: "Is refused: no function runs.",
			Flags:   manages | commands.AllowBusy, Since: "1.0.0", Run: func(*commands.Call) error { return errNotBusy },
			Example: `FUNCTION KILL -> error:"NOTBUSY No scripts in execution right now."`,
		},
	}
}

const errNotBusy commands.Error = "NOTBUSY No scripts in execution right now."

func noFunction(c *commands.Call) error {
	c.ShowToMonitors()
	return errNoFunction
}

// parseList checks the options of FUNCTION LIST.
func parseList(words [][]byte) error {
	named, coded := false, false
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case !coded && commands.Is(word, "WITHCODE"):
			coded = true
		case !named && commands.Is(word, "LIBRARYNAME"):
			if len(words) == 0 {
				return commands.Error("ERR library name argument was not given")
			}
			named, words = true, words[1:]
		default:
			return commands.Error("ERR Unknown argument " + shown(word))
		}
	}
	return nil
}

// shown is what an error tells of a word: at most 128 bytes, and as in Redis none behind a zero.
func shown(word []byte) string {
	word, _, _ = bytes.Cut(word, []byte{0})
	return string(word[:min(len(word), 128)])
}

// parseLoad reads what follows FUNCTION LOAD. Its error for a library that Redis would take says that there are none.
func parseLoad(words [][]byte) error {
	for _, word := range words[:len(words)-1] {
		if !commands.Is(word, "REPLACE") {
			return commands.Error("ERR Unknown option given: " + shown(word))
		}
	}
	code := words[len(words)-1]
	if !bytes.HasPrefix(code, []byte("#!")) {
		return commands.Error("ERR Missing library metadata")
	}
	head, _, found := bytes.Cut(code[2:], []byte("\n"))
	engine := bytes.Fields(head)
	switch {
	case !found, len(engine) == 0:
		return commands.Error("ERR Invalid library metadata")
	case !commands.Is(engine[0], "LUA"):
		return commands.Errorf("ERR Engine '%.128s' not found", engine[0])
	}
	return errNoFunctions
}

func functionLoad(c *commands.Call) error { return parseLoad(c.Args) }

func functionList(c *commands.Call) error {
	if err := parseList(c.Args); err != nil {
		return err
	}
	c.Reply.Array(0)
	return nil
}

func functionStats(c *commands.Call) error {
	r := c.Reply
	r.Map(2)
	r.BulkString("running_script")
	r.Null()
	r.BulkString("engines")
	r.Map(1)
	r.BulkString("LUA")
	r.Map(2)
	r.BulkString("libraries_count")
	r.Int(0)
	r.BulkString("functions_count")
	r.Int(0)
	return nil
}

func functionDump(c *commands.Call) error {
	c.Reply.BulkString(emptyDump)
	return nil
}

func functionFlush(c *commands.Call) error {
	switch {
	case len(c.Args) > 1:
		return commands.ErrSubcommandWords(c.Words)
	case !isMode(c.Args):
		return commands.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
	}
	c.Reply.Status("OK")
	return nil
}

func functionRestore(c *commands.Call) error {
	if len(c.Args) > 2 {
		return commands.ErrSubcommandWords(c.Words)
	}
	if len(c.Args) == 2 && !commands.Is(c.Args[1], "FLUSH") && !commands.Is(c.Args[1], "APPEND") && !commands.Is(c.Args[1], "REPLACE") {
		return commands.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
	}
	if string(c.Args[0]) != emptyDump {
		return commands.Error("ERR DUMP payload version or checksum are wrong")
	}
	c.Reply.Status("OK")
	return nil
}
