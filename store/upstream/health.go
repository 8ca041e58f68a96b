package upstream

import (
	"context"
	"sync/atomic"
	"time"
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

// patience is how often the upstream is asked whether it is there.
const patience = time.Second

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
		}
		e.noteHealth(e.askTime())
	}
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

// askTime asks the upstream for its time.
func (e *Engine) askTime() error {
	ctx, cancel := context.WithTimeout(e.context, max(e.options.Timeout, patience))
	defer cancel()
	begun := e.local()
	parts, err := e.client.Do(ctx, e.client.B().Time().Build()).AsIntSlice()
	if err != nil || len(parts) != 2 {
		return err
	}
	theirs := parts[0]*1000 + parts[1]/1000
	e.health.offset.Store(theirs - (begun+e.local())/2)
	return nil
}

// now returns the upstream's time at a time of the caller, as well as this side knows it, in milliseconds since the Unix epoch.
func (e *Engine) now(caller int64) int64 {
	if e.options.CallerTime {
		return caller
	}
	return caller + e.health.offset.Load()
}
