package commands

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sessd/store"
)

const (
	errNoDebug   Error = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
	errNoPush    Error = "ERR RESP2 is not supported by this command"
	errProtoType Error = "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
)

// The values of enable-debug-command.
const (
	debugNever  = "no"
	debugLocal  = "local"
	debugAlways = "yes"
)

func debugSpecs() []Spec {
	return []Spec{{
		Usage:   "DEBUG subcommand [arg ...]",
		Summary: "Helps those who test applications, where enable-debug-command permits it; DEBUG HELP lists how.",
		Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale, Since: "1.0.0", Run: runDebug,
		Example: `DEBUG SLEEP 1 -> error:` + quoted(errNoDebug),
	}}
}

// debugTool is a subcommand of DEBUG.
type debugTool struct {
	usage, help string
	words       int // beside the two of the name
	run         func(c *Call, words [][]byte) error
}

// debugTools are the subcommands that mean the same here as in Redis.
var debugTools = map[string]debugTool{
	"ERROR":             {"<string>", "Return an error with <string> as message.", 1, debugError},
	"LOG":               {"<message>", "Write <message> to the server log.", 1, debugLog},
	"OBJECT":            {"<key>", "Show how `key` and its value are kept.", 1, debugObject},
	"PROTOCOL":          {"<type>", "Reply with a test value of the specified type.", 1, debugProtocol},
	"SET-ACTIVE-EXPIRE": {"<0|1>", "Setting it to 0 disables expiring keys in background when they are not accessed.", 1, debugActiveExpire},
	"SLEEP":             {"<seconds>", "Make all clients wait for <seconds>. Decimals allowed.", 1, debugSleep},
}

// debugOrder is the order in which DEBUG HELP lists them.
var debugOrder = []string{"ERROR", "LOG", "OBJECT", "PROTOCOL", "SET-ACTIVE-EXPIRE", "SLEEP"}

// mayDebug reports whether enable-debug-command permits DEBUG to a client.
func mayDebug(setting string, client *Client) bool {
	switch setting {
	case debugAlways:
		return true
	case debugLocal:
		address, err := netip.ParseAddrPort(client.Addr)
		return err != nil || address.Addr().Unmap().IsLoopback() // what has no such address is no network's
	}
	return false
}

func runDebug(c *Call) error {
	if !mayDebug(c.Dispatcher.options.DebugCommand, c.Client) {
		return errNoDebug
	}
	name, words := strings.ToUpper(string(c.Args[0])), c.Args[1:]
	if name == "HELP" && len(words) == 0 {
		debugHelp(c)
		return nil
	}
	tool, known := debugTools[name]
	if !known || len(words) != tool.words {
		return ErrSubcommandWords(c.Words)
	}
	return tool.run(c, words)
}

func debugHelp(c *Call) {
	lines := []string{"DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, name := range debugOrder {
		lines = append(lines, name+" "+debugTools[name].usage, "    "+debugTools[name].help)
	}
	lines = append(lines, "HELP", "    Print this help.")
	c.Reply.Array(len(lines))
	for _, line := range lines {
		c.Reply.Status(line)
	}
}

// debugSleep makes all clients wait, this one too. Inside a step the step waits, and holds what it covers.
func debugSleep(c *Call, words [][]byte) error {
	seconds, err := strconv.ParseFloat(string(words[0]), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 {
		seconds = 0
	}
	d := time.Duration(min(seconds, maxPause.Seconds()) * float64(time.Second))
	if c.InStep() {
		time.Sleep(d)
		c.Reply.Status("OK")
		return nil
	}
	pending := c.Client.Conn.Later()
	c.Dispatcher.pause.begin(c.Dispatcher, d, pausedAll)
	time.AfterFunc(d, func() {
		if pending.Claim() {
			pending.Reply(func(r Reply) { r.Status("OK") })
		}
	})
	return ErrLater
}

// debugObject shows an entry as Redis does. Nothing has an address that would mean something, so it is 0.
func debugObject(c *Call, words [][]byte) error {
	inspector, ok := c.Dispatcher.engine.(store.Inspector)
	if !ok {
		return ErrNoKey
	}
	i, found, err := inspector.InspectKey(c.Context, c.Op, words[0])
	switch {
	case err != nil:
		return err
	case !found:
		return ErrNoKey
	}
	idle := i.Idle / 1000
	c.Reply.Status("Value at:0x0 refcount:1 encoding:" + i.Encoding + " serializedlength:" + strconv.FormatInt(i.Bytes, 10) +
		" lru:" + strconv.FormatInt((c.Op.Now/1000-idle)&(1<<24-1), 10) + " lru_seconds_idle:" + strconv.FormatInt(idle, 10))
	return nil
}

func debugActiveExpire(c *Call, words [][]byte) error {
	engine, ok := c.Dispatcher.engine.(store.ActiveExpirer)
	if !ok {
		return errNoActiveExpire
	}
	n, _ := strconv.Atoi(string(words[0]))
	engine.SetActiveExpire(n != 0)
	c.Reply.Status("OK")
	return nil
}

const errNoActiveExpire Error = "ERR this server's store expires keys in its own way"

func debugError(_ *Call, words [][]byte) error { return Error(words[0]) }

func debugLog(c *Call, words [][]byte) error {
	c.Dispatcher.Log.Warn("DEBUG LOG", "message", string(words[0]))
	c.Reply.Status("OK")
	return nil
}

// debugValues are the values that DEBUG PROTOCOL answers, as Redis does.
var debugValues = map[string]func(Reply){
	"STRING":   func(r Reply) { r.BulkString("Hello World") },
	"INTEGER":  func(r Reply) { r.Int(12345) },
	"DOUBLE":   func(r Reply) { r.Double(3.141) },
	"BIGNUM":   func(r Reply) { r.BigNumber("1234567999999999999999999999999999999") },
	"NULL":     Reply.Null,
	"TRUE":     func(r Reply) { r.Bool(true) },
	"FALSE":    func(r Reply) { r.Bool(false) },
	"VERBATIM": func(r Reply) { r.Verbatim("txt", "This is a verbatim\nstring") },
	"ARRAY":    func(r Reply) { debugNumbers(r, Reply.Array) },
	"SET":      func(r Reply) { debugNumbers(r, Reply.Set) },
	"PUSH": func(r Reply) {
		r.Push(2)
		r.BulkString("server-cpu-usage")
		r.Int(42)
		r.BulkString("Some real reply following the push reply") // clients wait for one behind what is pushed
	},
	"MAP": func(r Reply) {
		r.Map(3)
		for i := range int64(3) {
			r.Int(i)
			r.Bool(i == 1)
		}
	},
}

func debugNumbers(r Reply, begin func(Reply, int)) {
	begin(r, 3)
	for i := range int64(3) {
		r.Int(i)
	}
}

func debugProtocol(c *Call, words [][]byte) error {
	name := strings.ToUpper(string(words[0]))
	value := debugValues[name]
	switch {
	case value == nil:
		return errProtoType
	case name == "PUSH" && c.Protocol() < 3:
		return errNoPush
	}
	value(c.Reply)
	return nil
}
