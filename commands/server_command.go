package commands

import (
	"strconv"
	"time"
)

func serverSpecs() []Spec {
	return []Spec{
		{
			Usage:   "TIME",
			Summary: "Returns the server's time: seconds since the Unix epoch, and microseconds.",
			Group:   ServerGroup, Flags: Fast | Loading | Stale, Since: "1.0.0", Run: timeOfDay,
			Example: `TIME -> ["...","..."]`,
		},
		{
			Usage:   "LOLWUT [VERSION version [arg ...]]",
			Summary: "Shows the version of the server to people.",
			Group:   ServerGroup, Flags: ReadOnly | Fast, Categories: []string{"read"}, Since: "1.0.0", Run: lolwut, Arity: -1,
			Example: `LOLWUT -> ...`,
		},
		{
			Usage:   "SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
			Summary: "Stops the server once what it has read is answered. There is nothing to save to, so SAVE needs FORCE.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript | NoMulti | AllowBusy, Since: "1.0.0", Run: shutdown,
			Example: `SHUTDOWN ABORT -> error:"ERR No shutdown in progress."`,
		},
		{
			Usage:   "CLUSTER subcommand [arg ...]",
			Summary: "Is refused: this server is no part of a Redis cluster.",
			Group:   ServerGroup, Flags: Loading | Stale, Since: "1.0.0", Run: cluster,
			Example: `CLUSTER SLOTS -> error:"ERR This instance has cluster support disabled"`,
		},
		{
			Usage:   "ASKING",
			Summary: "Is refused, as without a cluster it is in Redis.",
			Group:   ServerGroup, Flags: Fast | ForConnection, Since: "1.0.0", Run: noCluster,
			Example: `ASKING -> error:"ERR This instance has cluster support disabled"`,
		},
		{
			Usage:   "READONLY",
			Summary: "Is refused, as without a cluster it is in Redis.",
			Group:   ServerGroup, Flags: Fast | Loading | Stale | ForConnection, Since: "1.0.0", Run: noCluster,
			Example: `READONLY -> error:"ERR This instance has cluster support disabled"`,
		},
		{
			Usage:   "READWRITE",
			Summary: "Is refused, as without a cluster it is in Redis.",
			Group:   ServerGroup, Flags: Fast | Loading | Stale | ForConnection, Since: "1.0.0", Run: noCluster,
			Example: `READWRITE -> error:"ERR This instance has cluster support disabled"`,
		},
	}
}

func timeOfDay(c *Call) error {
	now := time.Now() // more exact than the call's time
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatInt(now.Unix(), 10))
	c.Reply.BulkString(strconv.Itoa(now.Nanosecond() / 1000))
	return nil
}

// lolwut reads its words as Redis's does, whose pictures of versions 5 and 6 have a size.
func lolwut(c *Call) error {
	if len(c.Args) > 1 && Is(c.Args[0], "VERSION") {
		rest := Read(c.Args[1:min(len(c.Args), 5)])
		version, err := rest.Integer()
		for err == nil && rest.More() && (version == 5 || version == 6) {
			_, err = rest.Integer()
		}
		if err != nil {
			return err
		}
	}
	c.Reply.Verbatim("txt", "sessd ver. "+c.Dispatcher.Version+"\n")
	return nil
}

// shutdownRequest is how SHUTDOWN is to stop the server.
type shutdownRequest struct{ noSave, save, now, force, abort bool }

// parseShutdown reads what follows SHUTDOWN.
func parseShutdown(words [][]byte) (s shutdownRequest, err error) {
	for _, word := range words {
		switch {
		case Is(word, "NOSAVE"):
			s.noSave = true
		case Is(word, "SAVE"):
			s.save = true
		case Is(word, "NOW"):
			s.now = true
		case Is(word, "FORCE"):
			s.force = true
		case Is(word, "ABORT"):
			s.abort = true
		default:
			return s, ErrSyntax
		}
	}
	if s.save && s.noSave || s.abort && (s.save || s.noSave || s.now || s.force) {
		return s, ErrSyntax
	}
	return s, nil
}

// shutdown answers nothing when it succeeds: the end of the connection is the answer.
func shutdown(c *Call) error {
	s, err := parseShutdown(c.Args)
	switch {
	case err != nil:
		return err
	case s.abort:
		return errNoShutdown
	case s.save && !s.force && c.Dispatcher.durability == nil:
		c.Dispatcher.Log.Warn("SHUTDOWN SAVE refused: there is nothing to save to", "client", c.Client.ID)
		return errShutdown
	}
	if d := c.Dispatcher.durability; d != nil {
		d.SaveAtStop(!s.noSave)
	}
	c.Dispatcher.Log.Info("stopping by SHUTDOWN", "client", c.Client.ID)
	c.Client.Conn.CloseAfterReply()
	c.Dispatcher.turns.abort()
	c.Dispatcher.Host.Shutdown()
	return nil
}
