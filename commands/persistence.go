package commands

import (
	"time"

	"sessd/store"
)

const (
	errNothingKept   Error = "ERR nothing is kept on disk: the server was started without --dir"
	errSaving        Error = "ERR Background save already in progress"
	errRewriting     Error = "ERR Background append only file rewriting already in progress"
	errNoLog         Error = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
	errNumberOfLogs  Error = "ERR value is out of range, value must between 0 and 1"
	errNumberOfNodes Error = "ERR value is out of range, must be positive"
)

// persistenceSpecs are the commands on the log and its snapshots.
func persistenceSpecs() []Spec {
	return []Spec{
		{
			Usage: "SAVE", Summary: "Writes a snapshot, and answers when it is on disk. Other clients go on.",
			Flags: Admin | NoAsyncLoading | NoScript | NoMulti, Since: "1.0.0", Run: save,
			Example: `SAVE -> error:"ERR nothing is kept on disk: the server was started without --dir"`,
		},
		{
			Usage: "BGSAVE [SCHEDULE]", Summary: "Begins a snapshot.",
			Flags: Admin | NoAsyncLoading | NoScript, Since: "1.0.0", Run: saveInBackground,
			Example: `BGSAVE -> error:"ERR nothing is kept on disk: the server was started without --dir"`,
		},
		{
			Usage: "BGREWRITEAOF", Summary: "Begins a snapshot, which replaces the log before it.",
			Flags: Admin | NoAsyncLoading | NoScript, Since: "1.0.0", Run: rewriteLog,
			Example: `BGREWRITEAOF -> error:"ERR nothing is kept on disk: the server was started without --dir"`,
		},
		{
			Usage: "LASTSAVE", Summary: "Returns when the last snapshot was written, in seconds since the Unix epoch; before the first one, when the server began.",
			Flags: Loading | Stale | Fast, Since: "1.0.0", Run: lastSave,
			Example: `LASTSAVE -> ...`,
		},
		{
			Usage:   "WAITAOF numlocal numreplicas timeout",
			Summary: "Waits until all that this client has written is on stable storage, and returns how many logs and replicas have it: one log, and no replica.",
			Flags:   Blocking, Since: "1.0.0", Run: waitLog,
			Example: `WAITAOF 0 0 0 -> [0,0]`,
		},
	}
}

func save(c *Call) error {
	d := c.Dispatcher.durability
	if d == nil {
		return errNothingKept
	}
	if !d.State().SnapshotBegan.IsZero() {
		return errSaving
	}
	return c.beside(func() error {
		if err := d.Save(); err != nil {
			return Error("ERR cannot write the snapshot: " + systemText(err))
		}
		return nil
	})
}

func saveInBackground(c *Call) error {
	if len(c.Args) > 0 && !Is(c.Args[0], "SCHEDULE") {
		return ErrSyntax
	}
	return c.beginSnapshot(errSaving, "Background saving started")
}

func rewriteLog(c *Call) error {
	return c.beginSnapshot(errRewriting, "Background append only file rewriting started")
}

// beginSnapshot begins a snapshot and answers done, or busy while one is being written.
func (c *Call) beginSnapshot(busy Error, done string) error {
	d := c.Dispatcher.durability
	if d == nil {
		return errNothingKept
	}
	if d.SaveInBackground() != nil {
		return busy
	}
	c.Reply.Status(done)
	return nil
}

func lastSave(c *Call) error {
	at := c.Dispatcher.Started
	if d := c.Dispatcher.durability; d != nil {
		at = d.State().LastSnapshot
	}
	c.Reply.Int(at.Unix())
	return nil
}

// waitLog answers at once where replicas are asked for, since there are none whose answer could come.
func waitLog(c *Call) error {
	local, ok := store.ParseInt(c.Args[0])
	if !ok {
		return ErrNotInteger
	}
	if local < 0 || local > 1 {
		return errNumberOfLogs
	}
	if replicas, ok := store.ParseInt(c.Args[1]); !ok || replicas < 0 {
		return errNumberOfNodes
	}
	timeout, err := c.MillisecondsOf(c.Args[2])
	if err != nil {
		return err
	}
	d := c.Dispatcher.durability
	switch {
	case local > 0 && d == nil:
		return errNoLog
	case d == nil:
		replyLogs(c.Reply, 0)
		return nil
	case c.InStep():
		replyLogs(c.Reply, 0)
		return nil
	}
	pending := c.Client.Conn.Later()
	answer := func(logs int64) {
		if pending.Claim() {
			pending.Reply(func(r Reply) { replyLogs(r, logs) })
		}
	}
	if timeout > 0 {
		timer := time.AfterFunc(time.Duration(timeout)*time.Millisecond, func() { answer(0) })
		d.Sync(d.Appended(), func(err error) {
			timer.Stop()
			answer(logsThatHave(err))
		})
		return ErrLater
	}
	d.Sync(d.Appended(), func(err error) { answer(logsThatHave(err)) })
	return ErrLater
}

func logsThatHave(err error) int64 {
	if err != nil {
		return 0
	}
	return 1
}

func replyLogs(r Reply, logs int64) {
	r.Array(2)
	r.Int(logs)
	r.Int(0)
}
