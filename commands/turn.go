package commands

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// errBusy is Redis's, to the letter.
const errBusy Error = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."

const errNotBusy Error = "NOTBUSY No scripts in execution right now."

// inPlace is how long a job may hold up the loop that it began on. One that takes longer goes on elsewhere.
const inPlace = time.Millisecond

// Job is work of a call that needs all data to itself, such as a script.
type Job interface {
	// Run does the work. It calls Turn.Checkpoint now and then.
	Run(*Turn)
	// Reply answers, after Run, or returns the error that is the answer. It may run after the Call has ended.
	Reply(Reply, *Stats) error
	// Kill makes Run end soon, as a client demands it. An error says why it must not.
	Kill() error
	// Abort makes Run end soon, because the server ends.
	Abort()
}

// Turn is the time in which a job has all data to itself. Other calls wait for its end; those that come after the setting
// busy-reply-threshold are refused.
type Turn struct {
	system    *Dispatcher
	job       Job
	coroutine *coroutine
	begun     time.Time
	elsewhere bool // it has left the loop that it began on
}

// turns lets one job after the other have its turn.
type turns struct {
	mu        sync.Mutex
	turn      *Turn
	parked    []Pending    // calls that wait for the end of the turn
	threshold atomic.Int64 // in milliseconds; 0: there is none
	pool      coroutines
}

// enter counts a call among those that run. What closes a gate and then finds none running knows that all others see it.
func (c *Call) enter() {
	c.in = c.Stats
	c.in.running.Add(1)
}

func (c *Call) leave() {
	c.in.running.Add(-1)
	c.in = nil
}

// Exclusively runs a job once no other call runs. It returns what a handler returns. The job has answered, or its
// answer comes later, or the call runs again since another job has its turn.
//
// No call waits for a lock of the engine while a job has it: whoever comes waits at a gate, where loops can answer.
func (c *Call) Exclusively(job Job) error {
	s := c.Dispatcher
	t := &Turn{system: s, job: job}
	if !s.turns.begin(c, t) {
		return errAgain
	}
	s.waitForOthers()
	t.begun = time.Now()
	t.coroutine = s.turns.pool.get()
	if t.coroutine.run(t) {
		panicked := t.coroutine.panicked
		s.turns.end(t)
		if panicked != nil {
			panic(panicked)
		}
		return job.Reply(c.Reply, c.Stats)
	}
	t.elsewhere = true
	c.calls-- // it is counted when it ends
	command, words := c.Command, slowWords(c.Command, c.Words, 1)
	pending := c.Client.Conn.Later()
	client, stats := c.Client, c.Stats
	stop := s.turns.limit(t)
	s.detached.Go(func() {
		t.coroutine.resume()
		panicked := t.coroutine.panicked
		stop()
		s.turns.end(t)
		s.count(stats, command, client, words, time.Since(t.begun))
		if pending.Claim() {
			pending.Reply(func(r Reply) { t.answer(r, client, stats, panicked) })
		}
	})
	return ErrLater
}

// answer writes the answer of a job that ended elsewhere.
func (t *Turn) answer(r Reply, client *Client, stats *Stats, panicked any) {
	err := error(errInternal)
	if panicked == nil {
		err = t.job.Reply(r, stats)
	} else {
		client.Conn.CloseAfterReply()
	}
	if err != nil {
		text, _ := wireText(nil, err)
		stats.failed(text)
		r.Error(text)
	}
}

// Checkpoint gives the loop on which the job began to others, once the job has taken long.
func (t *Turn) Checkpoint() {
	if t.system.detached.context.Err() != nil {
		t.job.Abort()
	}
	if !t.elsewhere && time.Since(t.begun) > inPlace {
		t.coroutine.pause()
	}
}

// begin closes the gate. It returns false, and parks the call, where another job has its turn.
func (o *turns) begin(c *Call, t *Turn) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turn != nil {
		o.parked = append(o.parked, c.Client.Conn.Later())
		return false
	}
	o.turn = t
	c.Dispatcher.setGate(exclusive, true)
	return true
}

// waitForOthers waits until no call runs but the one that waits. Those that come meanwhile stop at the gate.
func (s *Dispatcher) waitForOthers() {
	for i := 0; s.callsRunning() > 1; i++ {
		if i < 100 {
			runtime.Gosched()
		} else {
			time.Sleep(20 * time.Microsecond)
		}
	}
}

// callsRunning returns how many calls have begun and not ended.
func (s *Dispatcher) callsRunning() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.stats {
		n += one.running.Load()
	}
	return n
}

// end serves those who wait for what the job has made, and opens the gate.
func (o *turns) end(t *Turn) {
	if gates(t.system.gates.Load())&signaled != 0 {
		t.system.serveBlocked()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pool.put(t.coroutine)
	o.turn, t.coroutine = nil, nil
	t.system.setGate(exclusive|busy, false)
	o.wake()
}

// BusyThreshold returns the time after which a job that has its turn makes the server busy; 0: it never does.
func (s *Dispatcher) BusyThreshold() time.Duration {
	return time.Duration(s.turns.threshold.Load()) * time.Millisecond
}

// limit refuses others once the turn has taken too long. The result stops that.
func (o *turns) limit(t *Turn) (stop func() bool) {
	threshold := t.system.BusyThreshold()
	if threshold == 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(threshold-time.Since(t.begun), func() { o.refuse(t) }).Stop
}

// refuse answers those who wait and all who come that the server is busy.
func (o *turns) refuse(t *Turn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turn != t {
		return
	}
	t.system.Log.Warn("a script is slow", "milliseconds", time.Since(t.begun).Milliseconds())
	t.system.setGate(busy, true)
	o.wake()
}

// wake lets the calls that wait run again.
func (o *turns) wake() {
	for _, p := range o.parked {
		p.Again()
	}
	clear(o.parked)
	o.parked = o.parked[:0]
}

// awaitTurn makes a call wait for the end of the turn, or refuses it where the turn takes too long. Mostly that end is near.
// One that a busy server allows and that needs data, such as WATCH, waits in any case.
func awaitTurn(c *Call) (verdict, error) {
	allowed := c.Command.Flags&AllowBusy != 0
	if allowed && !c.Command.usesData() {
		return proceed, nil
	}
	for range 50 {
		if closed := c.closedGates(); closed&busy != 0 && !allowed {
			return proceed, errBusy
		} else if closed&exclusive == 0 {
			return proceed, nil
		}
		c.leave()
		runtime.Gosched()
		c.enter()
	}
	o := &c.Dispatcher.turns
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case c.closedGates()&busy != 0 && !allowed:
		return proceed, errBusy
	case o.turn == nil:
		return proceed, nil
	}
	o.parked = append(o.parked, c.Client.Conn.Later())
	return postponed, nil
}

// abort ends the job that has its turn, because the server ends.
func (o *turns) abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.turn != nil {
		o.turn.job.Abort()
	}
}

// KillScript ends the script that runs. An error says why not.
func (s *Dispatcher) KillScript() error {
	s.turns.mu.Lock()
	defer s.turns.mu.Unlock()
	if s.turns.turn == nil {
		return errNotBusy
	}
	return s.turns.turn.job.Kill()
}
