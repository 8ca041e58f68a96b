package transactions

import (
	"context"
	"sync/atomic"

	"sessd/commands"
	"sessd/store"
)

// watcher is the keys that a client watches, until its transaction ends.
type watcher struct {
	table   *table
	client  *commands.Client
	changed atomic.Bool // one of the keys has changed
	watches []*watch
	cost    int64 // bytes, as the limit counts
}

// A key counts watchBytes beside its name towards the client's limit, about as much as it takes. A client that ends more than
// endAtOnce watches does not wait for that.
const (
	watchBytes = 256
	endAtOnce  = 1000
)

// watcherOf returns what the call's client watches, nil where that is nothing.
func watcherOf(c *commands.Call) *watcher {
	w, _ := (*c.Kept()).(*watcher)
	return w
}

func (f *family) watch(c *commands.Call) error {
	if c.Queue() != nil {
		return errWatchInMulti
	}
	if !c.Client.Changed() { // otherwise nothing more can
		if err := f.watchAll(c); err != nil {
			return err
		}
	}
	c.Reply.Status("OK")
	return nil
}

// watchAll watches the keys of a request, or none of them.
func (f *family) watchAll(c *commands.Call) error {
	w := watcherOf(c)
	if w == nil {
		w = &watcher{table: f.table, client: c.Client}
		f.table.begin()
		*c.Kept() = w
		c.Client.Watch(&w.changed)
	}
	before, cost := len(w.watches), w.cost
	for _, key := range c.Args {
		if err := w.add(c, string(key), f.limit.Load()); err != nil {
			w.remove(before)
			w.cost = cost
			if before == 0 {
				endWatches(c)
			}
			return err
		}
	}
	c.Client.Conn.Account(int(w.cost - cost))
	return nil
}

// add watches a key, and the session to which it leads as an alias.
func (w *watcher) add(c *commands.Call, key string, limit int64) error {
	one := &watch{by: w, key: watchedKey{c.Op.Keyspace, key}}
	cost := watchBytes + int64(len(key))
	if limit > 0 && w.cost+cost > limit {
		return commands.Errorf("ERR the watched keys of one client may take %d bytes (client-transaction-limit)", limit)
	}
	if !w.table.add(one) {
		return nil
	}
	w.watches = append(w.watches, one)
	w.cost += cost
	if err := w.arm(c, one); err != nil || one.leads == "" {
		return err
	}
	return w.add(c, one.leads, limit)
}

// attempts is how often a key is looked at that changes each time. Then its changes count from the first one on.
const attempts = 4

// arm makes changes of a key count from now on, and notes how it is. To look at it ends what has expired, and others may
// change it meanwhile: then it is looked at again.
func (w *watcher) arm(c *commands.Call, one *watch) error {
	p := w.table.part(one.key.name)
	for range attempts {
		p.mu.Lock()
		one.disturbed = false
		p.mu.Unlock()
		there, leads, err := w.look(c.Context, c.Op, one)
		if err != nil {
			return err
		}
		p.mu.Lock()
		if !one.disturbed {
			one.armed, one.there, one.leads = true, there, leads
		}
		p.mu.Unlock()
		if one.armed {
			return nil
		}
	}
	w.changed.Store(true)
	return nil
}

// look returns whether a key is there, and to which id it leads as an alias.
func (w *watcher) look(ctx context.Context, op store.Op, one *watch) (there bool, leads string, err error) {
	may := op.May
	op.Keyspace = one.key.keyspace
	op.May = func(id []byte) bool {
		leads = string(id)
		return may == nil || may(id)
	}
	_, there, err = w.table.keys.KeyBytes(ctx, op, []byte(one.key.name))
	return there, leads, err
}

// cover adds the keys to a plan.
func (w *watcher) cover(plan *commands.Plan) {
	if w == nil {
		return
	}
	for _, one := range w.watches {
		plan.Cover(one.key.keyspace, []byte(one.key.name))
	}
}

// changedSince reports whether a key has changed since it was watched. The step of op covers them all, so from here on none
// changes. One that has expired may not have been noticed yet, nor that an alias leads nowhere any more.
func (w *watcher) changedSince(ctx context.Context, op store.Op) bool {
	if w == nil {
		return false
	}
	for _, one := range w.watches {
		there, leads, err := w.look(ctx, op, one)
		if err != nil || there != one.there || leads != one.leads {
			return true
		}
	}
	return w.changed.Load()
}

func (f *family) unwatch(c *commands.Call) error {
	endWatches(c)
	c.Reply.Status("OK")
	return nil
}

// endWatches makes the client watch no key.
func endWatches(c *commands.Call) {
	if kept := c.Kept(); *kept != nil {
		leave(*kept)
		*kept = nil
	}
}

// leave ends the watches of a client, which may be gone.
func leave(kept any) {
	w := kept.(*watcher)
	w.client.Watch(nil)
	w.client.Conn.Account(-int(w.cost))
	w.table.end()
	if len(w.watches) > endAtOnce {
		go w.remove(0)
	} else {
		w.remove(0)
	}
}

// remove ends the watches behind the first n.
func (w *watcher) remove(n int) {
	for _, one := range w.watches[n:] {
		w.table.remove(one)
	}
	w.watches = w.watches[:n]
}
