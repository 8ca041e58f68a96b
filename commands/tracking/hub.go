package tracking

import (
	"sync"
	"sync/atomic"
	"time"

	"sessd/commands"
	"sessd/store"
)

// hub is all that the family knows: who is told of what.
type hub struct {
	table       *table
	prefixes    prefixes
	observation *commands.Observation // while there is somebody
	everything  notice                // that all keys have changed
	flushed     atomic.Uint64         // the last step that ended all keys

	change sync.Mutex // held while a client comes or goes
	mu     sync.RWMutex
	byID   map[int64]*tracker
}

func newHub(engine store.Engine) *hub {
	h := &hub{table: newTable(), byID: make(map[int64]*tracker), everything: newNotice(commands.Reply.Null)}
	h.table.alive = func(client int64) bool { return h.tracker(client) != nil }
	h.table.end = h.invalidate
	h.observation = commands.NewObservation(engine, func() store.Observer {
		if h.clients() == 0 {
			return nil
		}
		return changes{h}
	})
	return h
}

// configure puts the options in force.
func (h *hub) configure(o *commands.Options) error {
	h.table.limit(o.TrackedKeys)
	return nil
}

func (h *hub) clients() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.byID)
}

// tracker returns the tracker of a client, or nil.
func (h *hub) tracker(client int64) *tracker {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.byID[client]
}

// patience is how long a client waits until the engine is observed. A step keeps it from that, the caller's own or a long one.
const patience = 100 * time.Millisecond

// begin makes a client be told of changes. Where the engine cannot be observed at once, the client is told later to keep
// nothing of what it has read by then. inStep says that the caller is part of a step.
func (h *hub) begin(t *tracker, m *mode, inStep bool) {
	h.change.Lock()
	h.mu.Lock()
	t.mode.Store(m)
	h.byID[t.client.ID] = t
	h.mu.Unlock()
	h.change.Unlock()
	done := h.observation.UpdateSoon()
	if !inStep {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-done:
			return
		case <-timer.C:
		}
	}
	go func() {
		<-done
		t.send(h.everything)
	}()
}

// end makes a client be told no more.
func (h *hub) end(t *tracker) {
	h.change.Lock()
	defer h.change.Unlock()
	if t.mode.Swap(nil) == nil {
		return
	}
	for _, text := range t.prefixes {
		h.prefixes.quit(text, t)
	}
	t.prefixes = nil
	h.mu.Lock()
	delete(h.byID, t.client.ID)
	last := len(h.byID) == 0
	h.mu.Unlock()
	if last {
		h.table.clear()
		h.observation.UpdateSoon()
	}
}

// leave is end for a client that sent RESET or is gone.
func leave(kept any) {
	t := kept.(*tracker)
	t.hub.end(t)
}

// invalidate tells the clients that have read a key of its change, or that the table has no room for it.
func (h *hub) invalidate(key []byte, readers []int64, why *store.Change) {
	n := of(string(key))
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, id := range readers {
		if t := h.byID[id]; t != nil {
			if m := t.mode.Load(); m != nil && !m.broadcast && !m.skips(id, why) {
				t.send(n)
			}
		}
	}
}

// invalidateAll tells every client that all keys have changed.
func (h *hub) invalidateAll() {
	h.table.clear()
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.byID {
		t.send(h.everything)
	}
}

// changes observes the engine. It tells clients of a change under the lock of its entry. Who reads the entry after it
// was told before; who has read it is told after.
type changes struct{ hub *hub }

// Wants implements store.Observer.
func (changes) Wants() store.Events { return store.ChangeEvents | store.PrincipalEvents }

// Changed implements store.Observer.
func (o changes) Changed(c *store.Change, _ store.Entry) {
	switch c.Event {
	case store.EventFlushed, store.EventSwapped, store.EventDestroyedAll:
		if o.hub.flushed.Swap(c.Step) != c.Step {
			o.hub.invalidateAll()
		}
		return
	case store.EventRotated:
		o.key(c.Former, c)
	}
	o.key(c.Key, c)
}

// key tells of a change of a key.
func (o changes) key(key []byte, c *store.Change) {
	o.hub.table.changed(key, c)
	if o.hub.prefixes.count.Load() > 0 {
		text := string(key)
		o.hub.prefixes.each(text, func(t *tracker) { t.tell(text, c) })
	}
}
