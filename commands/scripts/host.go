package scripts

import (
	"context"
	"log/slog"

	"sessd/commands"
	"sessd/commands/scripts/lua"
)

// The errors of commands in scripts, as Redis words them.
const (
	errUnknown    = "ERR Unknown Redis command called from script"
	errArity      = "ERR Wrong number of args calling Redis command from script"
	errNotAllowed = "ERR This Redis command is not allowed from script"
	errReadOnly   = "ERR Write commands are not allowed from read-only scripts."
)

// denials are the errors of what the user may not do, by the reason.
var denials = map[string]string{
	"command": "ERR The user executing the script can't run this command or subcommand",
	"key":     "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
	"channel": "ERR The user executing the script can't publish to the channel mentioned in the command",
}

// host is the server as one run sees it. It is a lua.Host.
type host struct {
	run      *run
	commands *commands.Inner
	reply    capture // of the commands
	log      *slog.Logger
	client   *commands.Client
	keyspace int  // of the client, before the script
	full     bool // memory is used up
}

// Call is part of lua.Host.
func (h *host) Call(words [][]byte, resp int) lua.Value {
	in := h.commands
	if refused := h.refuses(words); refused != "" {
		in.Rejected(refused)
		return lua.Value{Kind: lua.Error, Text: refused}
	}
	h.reply.begin(resp)
	if failed := in.Run(); failed != "" {
		return lua.Value{Kind: lua.Error, Text: failed}
	}
	return h.reply.value()
}

// refuses finds the command of a request. It returns the error of one that may not run, in Redis's order.
func (h *host) refuses(words [][]byte) string {
	command, known, err := h.commands.Find(words)
	switch {
	case !known:
		return errUnknown
	case err != nil:
		return errArity
	case command.Flags&commands.NoScript != 0:
		return errNotAllowed
	}
	if denied := h.commands.Denied(true); denied != "" {
		return denials[denied]
	}
	effects := h.commands.Effects()
	if h.run.readOnly && effects&(commands.Write|commands.MayReplicate) != 0 {
		return errReadOnly
	}
	if h.full && effects&commands.DenyOOM != 0 {
		return string(commands.ErrNoMemory)
	}
	if effects&commands.Write != 0 && !h.run.state.CompareAndSwap(clean, written) && h.run.state.Load() == killed {
		return errNotAllowed // the run ends with its next steps
	}
	return ""
}

// Permits is part of lua.Host.
func (h *host) Permits(words [][]byte) (permitted, known bool) {
	if _, _, err := h.commands.Find(words); err != nil {
		return false, false
	}
	return h.commands.Denied(false) == "", true
}

// levels are the levels of the log by those of redis.log.
var levels = [...]slog.Level{
	lua.LogDebug: slog.LevelDebug, lua.LogVerbose: slog.LevelDebug, lua.LogNotice: slog.LevelInfo, lua.LogWarning: slog.LevelWarn,
}

// maxLogText is how much of a text of redis.log the log shows, in bytes.
const maxLogText = 1024

// Log is part of lua.Host.
func (h *host) Log(level int, text string) {
	h.log.Log(context.Background(), levels[level], "script", "client", h.client.ID, "text", text[:min(len(text), maxLogText)])
}

// Replicate is part of lua.Host. There is nothing that replicates.
func (h *host) Replicate(int) {}
