package commands

import (
	"sync"
	"time"

	"sessd/store"
)

func pauseSpecs() []Spec {
	return []Spec{
		{
			Usage:   "CLIENT PAUSE timeout [WRITE | ALL]",
			Summary: "Makes the commands of all clients, or those that write, wait for so many milliseconds.",
			Group:   ConnectionGroup, Flags: Admin | Dangerous | Loading | Stale | NoScript, Since: "1.0.0", Run: clientPause,
			Example: `CLIENT PAUSE 1 WRITE -> "OK"`,
		},
		{
			Usage:   "CLIENT UNPAUSE",
			Summary: "Ends CLIENT PAUSE. It alone does not wait.",
			Group:   ConnectionGroup, Flags: Admin | Dangerous | Loading | Stale | NoScript, Since: "1.0.0", Run: clientUnpause,
			Example: `CLIENT UNPAUSE -> "OK"`,
		},
	}
}

// pause is CLIENT PAUSE in force: which commands wait, and until when.
type pause struct {
	mu    sync.Mutex
	until time.Time
	timer *time.Timer
}

// maxPause is as long as a pause may be; a longer one is as good as endless.
const maxPause = 100 * 365 * 24 * time.Hour

// begin makes commands wait. Of two pauses the longer and the stricter counts.
func (p *pause) begin(s *Dispatcher, d time.Duration, kind gates) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.setGate(kind, true)
	until := time.Now().Add(d)
	if p.timer != nil && until.Before(p.until) {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.until = until
	p.timer = time.AfterFunc(d, func() { p.end(s, until) })
}

// end lets all commands run again that wait since then, unless the pause was made longer meanwhile.
func (p *pause) end(s *Dispatcher, until time.Time) {
	p.mu.Lock()
	ended := p.timer != nil && !p.until.After(until)
	if ended {
		p.timer.Stop()
		p.timer = nil
		s.setGate(pausedWrites|pausedAll, false)
	}
	p.mu.Unlock()
	if !ended {
		return
	}
	for _, client := range s.Host.Clients() {
		if held := client.paused.Swap(nil); held != nil {
			(*held).Again()
		}
	}
}

// holdCall defers a call that must wait until the pause ends.
func holdCall(c *Call) (verdict, error) {
	p := &c.Dispatcher.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	closed := c.closedGates()
	if closed&pausedAll == 0 && (closed&pausedWrites == 0 || c.effects()&(Write|MayReplicate) == 0) || c.Command.Name == unpauseName {
		return proceed, nil
	}
	held := c.Client.Conn.Later()
	c.Client.paused.Store(&held) // under the lock: whoever ends the pause finds it
	return postponed, nil
}

// dropHeld forgets the call of a client that waits, since nobody takes its reply.
func dropHeld(_ *Dispatcher, client *Client) { client.paused.Store(nil) }

// unpauseName is the one command that never waits: otherwise nobody could end a pause of everything.
const unpauseName = "client|unpause"

func clientPause(c *Call) error {
	kind := pausedAll
	if len(c.Args) > 2 {
		return ErrSubcommandWords(c.Words)
	}
	if len(c.Args) > 1 {
		switch {
		case Is(c.Args[1], "WRITE"):
			kind = pausedWrites
		case !Is(c.Args[1], "ALL"):
			return Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	}
	n, ok := store.ParseInt(c.Args[0])
	switch {
	case !ok:
		return Error("ERR timeout is not an integer or out of range")
	case n < 0:
		return Error("ERR timeout is negative")
	}
	c.Dispatcher.pause.begin(c.Dispatcher, time.Duration(min(n, maxPause.Milliseconds()))*time.Millisecond, kind)
	c.Reply.Status("OK")
	return nil
}

func clientUnpause(c *Call) error {
	c.Dispatcher.pause.end(c.Dispatcher, time.Now().Add(2*maxPause))
	c.Reply.Status("OK")
	return nil
}
