package memory

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
)

// Bounds of the workers.
const (
	workerBatch = 128 << 10 // bytes of records that a worker gets at once
	workerQueue = 2         // batches that wait for a worker
	maxWorkers  = 4
)

// minShared is the length of payloads whose records the workers share, in bytes. The steps of a log are shorter.
const minShared = 4 << 10

// restorePool restores entries by several goroutines at once. Each has shards of its own: nobody waits for a lock, and
// what belongs to a shard stays in the memory next to one processor.
type restorePool struct {
	workers []*restoreWorker
	busy    bool // with what was sent since join
}

// restoreWorker is one of these goroutines.
type restoreWorker struct {
	restorer
	batch []byte      // records for the next send
	work  chan []byte // batches to do
	spare chan []byte // batches to use again
	busy  sync.WaitGroup
	err   error     // the first one; read while it is not busy
	space *keyspace // of the entries that were noted
	puts  []entryToPut
	lists []putList // of the shards of a keyspace
	known []int     // shards whose lists have entries
}

// entryToPut is an entry of a shard that is restored with others of it.
type entryToPut struct {
	hash      uint64
	key, form []byte
	next      int // the next one of the shard; 0: none
}

// putList is the entries that a shard is to get, by their places in puts and 1; 0: none.
type putList struct{ first, last int }

// workersOf returns how many goroutines restore at once: with one processor, or one shard, the caller alone.
func workersOf(e *Engine) int {
	n := min(runtime.GOMAXPROCS(0), runtime.NumCPU(), maxWorkers, 1<<e.shardBits)
	if n == 3 { // shards are so many that a power of two shares them evenly
		n = 2
	}
	return n
}

// start starts n workers.
func (p *restorePool) start(e *Engine, n int) {
	for range n {
		w := &restoreWorker{restorer: restorer{engine: e}, work: make(chan []byte, workerQueue), spare: make(chan []byte, workerQueue+1), lists: make([]putList, 1<<e.shardBits)}
		p.workers = append(p.workers, w)
		go w.run()
	}
}

// stop ends the workers once they have done what they were sent, and returns the first error.
func (p *restorePool) stop() error {
	err := p.join()
	for _, w := range p.workers {
		close(w.work)
	}
	p.workers = nil
	return err
}

// share sends the next record to a worker, and reports whether it has. A record that is not about an entry of its own
// alone has to wait for those before it.
func (r *restorer) share() bool {
	p, e, in := &r.pool, r.engine, r.records
	if len(p.workers) == 0 {
		return false
	}
	first, space := in.byte(), uint64(0)
	if first&(redoSameKey|redoSame|redoWalked) != 0 {
		return false
	}
	if first&redoSpace != 0 {
		space = in.uvarint()
	}
	key := in.bytes()
	switch first & redoOp {
	case redoPut:
		if form := in.bytes(); len(form) == 0 || isLarge(form) { // its elements follow
			return false
		}
	case redoAlias:
		in.take(4 * 8)
		in.bytes()
	default:
		return false
	}
	if in.bad || space >= uint64(len(e.spaces)) {
		return false
	}
	k := e.space(int(space))
	w := p.workers[k.shardOf(k.hash(key))%len(p.workers)]
	w.batch = append(w.batch, r.records.rest[:len(r.records.rest)-len(in.rest)]...)
	if len(w.batch) >= workerBatch {
		w.send()
	}
	p.busy = true
	r.records, r.space, r.key, r.name = in, int(space), key, nil
	return true
}

// send has the worker do its batch.
func (w *restoreWorker) send() {
	w.busy.Add(1)
	w.work <- w.batch
	select {
	case w.batch = <-w.spare:
	default:
		w.batch = make([]byte, 0, workerBatch+workerBatch/4)
	}
	w.batch = w.batch[:0]
}

// join waits until all that was sent is done, and returns the first error.
func (p *restorePool) join() (err error) {
	if !p.busy {
		return nil
	}
	p.busy = false
	for _, w := range p.workers {
		if len(w.batch) > 0 {
			w.send()
		}
	}
	for _, w := range p.workers {
		w.busy.Wait()
		err = cmp.Or(err, w.err)
	}
	return err
}

// run works until there is no more.
func (w *restoreWorker) run() {
	for batch := range w.work {
		if w.err == nil {
			w.err = w.restore(batch)
		}
		select {
		case w.spare <- batch:
		default:
		}
		w.busy.Done()
	}
}

// restore applies records of entries of their own.
func (w *restoreWorker) restore(records []byte) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = errOfPanic(x)
		}
	}()
	in := &w.records
	in.rest = records
	for len(in.rest) > 0 {
		if in.rest[0]&redoOp != redoPut {
			if err := w.putAll(); err != nil {
				return err
			}
			if err := w.record(); err != nil {
				return err
			}
			continue
		}
		space := 0
		if in.byte()&redoSpace != 0 {
			space = int(in.uvarint())
		}
		if k := w.engine.space(space); k != w.space {
			if err := w.putAll(); err != nil {
				return err
			}
			w.space = k
		}
		key := in.bytes()
		w.note(key, in.bytes())
	}
	return w.putAll()
}

// note adds an entry to those that putAll stores.
func (w *restoreWorker) note(key, form []byte) {
	hash := w.space.hash(key)
	w.puts = append(w.puts, entryToPut{hash: hash, key: key, form: form})
	i, place := w.space.shardOf(hash), len(w.puts)
	list := &w.lists[i]
	if list.first == 0 {
		list.first = place
		w.known = append(w.known, i)
	} else {
		w.puts[list.last-1].next = place
	}
	list.last = place
}

// putAll stores the entries that were noted.
func (w *restoreWorker) putAll() error {
	for _, i := range w.known {
		if err := w.putSome(&w.space.shards[i], w.lists[i].first); err != nil {
			return err
		}
		w.lists[i] = putList{}
	}
	w.known, w.puts = w.known[:0], w.puts[:0]
	return nil
}

// putSome stores the entries of one shard, under one lock, from a place on.
func (w *restoreWorker) putSome(s *shard, first int) error {
	s.mu.Lock()
	defer s.unlock()
	for i := first; i != 0; i = w.puts[i-1].next {
		s.table.PrefetchSlot(uint32(w.puts[i-1].hash))
	}
	for i := first; i != 0; i = w.puts[i-1].next {
		one := &w.puts[i-1]
		p := s.at(one.hash, one.key, frozen)
		if err := w.put(&p, one.form); err != nil {
			return err
		}
	}
	return nil
}

// errOfPanic is why a record could not be applied.
func errOfPanic(x any) error { return fmt.Errorf("memory: a record cannot be applied: %v", x) }
