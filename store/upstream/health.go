package upstream

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// health is what the engine knows of the upstream as a whole.
type health struct {
	reason atomic.Pointer[string] // why it cannot be asked; nil: it can
	since  atomic.Int64           // when that began, in milliseconds since the Unix epoch
	offset atomic.Int64           // of its clock to ours, in milliseconds
	outage atomic.Uint64          // how often it went away
}

// down returns why the upstream cannot be asked, or nothing.
func (h *health) down() string {
	if reason := h.reason.Load(); reason != nil {
		return *reason
	}
	return ""
}

// patience is how often the upstream is asked whether it is there, and impatience how often while it is not.
const (
	patience   = time.Second
	impatience = patience / 5
)

// watch looks after the upstream until the engine closes.
func (e *Engine) watch() {
	timer := time.NewTicker(patience)
	defer timer.Stop()
	for ; ; e.renewLink() {
		select {
		case <-e.context.Done():
			return
		case <-e.wake:
			time.Sleep(50 * time.Millisecond) // a server that hangs up at once is not asked without end
			continue
		case <-timer.C:
		case <-e.clockSet:
		}
		e.noteHealth(e.probe())
		if e.health.down() == "" {
			timer.Reset(patience)
		} else {
			timer.Reset(impatience)
		}
	}
}

// probe asks whether the upstream is there, and again where a connection was cut: that is not the upstream yet.
func (e *Engine) probe() error {
	err := e.askTime()
	if isCut(err) {
		err = e.askTime()
	}
	return err
}

// noteHealth notes whether the upstream answered.
func (e *Engine) noteHealth(err error) {
	h := &e.health
	switch {
	case e.context.Err() != nil:
	case err == nil && h.reason.Load() != nil:
		h.reason.Store(nil)
		e.log.Info("the upstream is back", "after", time.Since(time.UnixMilli(h.since.Load())).Round(time.Millisecond))
	case err != nil && h.reason.Load() == nil && e.kind != cluster:
		reason := "it does not answer"
		h.since.Store(time.Now().UnixMilli())
		h.outage.Add(1)
		h.reason.Store(&reason)
		e.log.Error("the upstream is gone", "error", err)
	}
}

// ClockSet is to be called when the clock that Op.Now comes from was set.
func (e *Engine) ClockSet() {
	select {
	case e.clockSet <- struct{}{}:
	default:
	}
}

// askTime asks the upstream for its time. That of a cluster is its latest, so that nobody serves what has expired by the clock of the
// server that has it.
func (e *Engine) askTime() error {
	ctx, cancel := context.WithTimeout(e.context, max(e.options.Timeout, patience))
	defer cancel()
	servers, err := e.timekeepers()
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	told := make([]timeSpan, len(servers))
	for i, server := range servers {
		all.Go(func() { told[i] = e.timeOf(ctx, server) })
	}
	all.Wait()
	latest, apart := told[0], int64(0)
	for _, one := range told[1:] {
		if latest.err == nil && one.err == nil {
			apart = max(apart, one.least-latest.most, latest.least-one.most)
		}
		if latest.err != nil || one.err == nil && one.most > latest.most {
			latest = one
		}
	}
	if latest.err == nil && latest.least <= latest.most {
		e.health.offset.Store(min(max(e.health.offset.Load(), latest.least), latest.most))
	}
	if apart > clocksAgree && !e.toldClocks {
		e.log.Warn("the clocks of the upstream's servers differ: times are off by as much", "by", time.Duration(apart)*time.Millisecond)
	}
	e.toldClocks = apart > clocksAgree
	return latest.err
}

// clocksAgree is by how many milliseconds the clocks of a cluster's servers may differ without a word.
const clocksAgree = 1000

// timekeepers returns the clients whose servers' clocks decide.
func (e *Engine) timekeepers() (servers []rueidis.Client, err error) {
	if e.kind == cluster {
		addresses, _, err := e.primaries()
		if err != nil {
			return nil, err
		}
		nodes := e.client.Nodes()
		for _, address := range addresses {
			if server := nodes[address]; server != nil {
				servers = append(servers, server)
			}
		}
	}
	if len(servers) == 0 {
		servers = append(servers, e.client)
	}
	return servers, nil
}

// timeSpan is between what the offset of a server's clock lies, in milliseconds: its answer was made between request and reply.
type timeSpan struct {
	least, most int64
	err         error
}

func (e *Engine) timeOf(ctx context.Context, server rueidis.Client) timeSpan {
	begun := e.local()
	parts, err := server.Do(ctx, server.B().Time().Build()).AsIntSlice()
	if err != nil || len(parts) != 2 {
		return timeSpan{0, -1, err}
	}
	theirs := parts[0]*1000 + parts[1]/1000
	return timeSpan{theirs - e.local(), theirs - begun, nil}
}

// asked returns the time by which what the upstream has just shown is judged: it does not show what has expired by its own clock, which
// is the one that decides.
func (e *Engine) asked(now int64) int64 {
	if e.options.CallerTime {
		return now
	}
	return 0
}

// now returns the upstream's time at a time of the caller, as well as this side knows it, in milliseconds since the Unix epoch.
func (e *Engine) now(caller int64) int64 {
	if e.options.CallerTime {
		return caller
	}
	return caller + e.health.offset.Load()
}
