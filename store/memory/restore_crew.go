package memory

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
)

// What a hand of a crew is given at once, in bytes, how much may wait for it, and how many hands there are at most.
const (
	handBatch = 128 << 10
	handQueue = 2
	mostHands = 4
)

// leastDealt is the length of payloads whose records are dealt out, in bytes. The steps of a log are shorter.
const leastDealt = 4 << 10

// crew restores entries by several goroutines at once. Each has shards of its own: nobody waits for a lock, and what
// belongs to a shard stays in the memory next to one processor.
type crew struct {
	hands []*hand
	dealt bool // since join
}

// hand is one of these goroutines.
type hand struct {
	restorer
	batch []byte      // records for the next handOver
	work  chan []byte // what was
	spare chan []byte // what it has done with
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

// handsOf returns how many goroutines restore at once: with one processor, or one shard, the caller alone.
func handsOf(e *Engine) int {
	n := min(runtime.GOMAXPROCS(0), runtime.NumCPU(), mostHands, 1<<e.shardBits)
	if n == 3 { // shards are so many that a power of two shares them evenly
		n = 2
	}
	return n
}

// start begins with n hands.
func (c *crew) start(e *Engine, n int) {
	for range n {
		h := &hand{restorer: restorer{engine: e}, work: make(chan []byte, handQueue), spare: make(chan []byte, handQueue+1), lists: make([]putList, 1<<e.shardBits)}
		c.hands = append(c.hands, h)
		go h.run()
	}
}

// stop ends the hands once they have done what was dealt, and returns the first error.
func (c *crew) stop() error {
	err := c.join()
	for _, h := range c.hands {
		close(h.work)
	}
	c.hands = nil
	return err
}

// deal hands over the next record. It reports whether it has: a record that is not about an entry of its own alone has to
// wait for those before it.
func (r *restorer) deal() bool {
	c, e, in := &r.crew, r.engine, r.records
	if len(c.hands) == 0 {
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
	h := c.hands[k.shardOf(k.hash(key))%len(c.hands)]
	h.batch = append(h.batch, r.records.rest[:len(r.records.rest)-len(in.rest)]...)
	if len(h.batch) >= handBatch {
		h.handOver()
	}
	c.dealt = true
	r.records, r.space, r.key, r.name = in, int(space), key, nil
	return true
}

// handOver lets the hand work on its batch.
func (h *hand) handOver() {
	h.busy.Add(1)
	h.work <- h.batch
	select {
	case h.batch = <-h.spare:
	default:
		h.batch = make([]byte, 0, handBatch+handBatch/4)
	}
	h.batch = h.batch[:0]
}

// join waits until all that was dealt is done, and returns the first error.
func (c *crew) join() (err error) {
	if !c.dealt {
		return nil
	}
	c.dealt = false
	for _, h := range c.hands {
		if len(h.batch) > 0 {
			h.handOver()
		}
	}
	for _, h := range c.hands {
		h.busy.Wait()
		err = cmp.Or(err, h.err)
	}
	return err
}

// run works until there is no more.
func (h *hand) run() {
	for batch := range h.work {
		if h.err == nil {
			h.err = h.restore(batch)
		}
		select {
		case h.spare <- batch:
		default:
		}
		h.busy.Done()
	}
}

// restore applies records of entries of their own.
func (h *hand) restore(records []byte) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = errOfPanic(x)
		}
	}()
	in := &h.records
	in.rest = records
	for len(in.rest) > 0 {
		if in.rest[0]&redoOp != redoPut {
			if err := h.putAll(); err != nil {
				return err
			}
			if err := h.record(); err != nil {
				return err
			}
			continue
		}
		space := 0
		if in.byte()&redoSpace != 0 {
			space = int(in.uvarint())
		}
		if k := h.engine.space(space); k != h.space {
			if err := h.putAll(); err != nil {
				return err
			}
			h.space = k
		}
		key := in.bytes()
		h.note(key, in.bytes())
	}
	return h.putAll()
}

// note adds an entry to those that putAll stores.
func (h *hand) note(key, form []byte) {
	hash := h.space.hash(key)
	h.puts = append(h.puts, entryToPut{hash: hash, key: key, form: form})
	i, place := h.space.shardOf(hash), len(h.puts)
	list := &h.lists[i]
	if list.first == 0 {
		list.first = place
		h.known = append(h.known, i)
	} else {
		h.puts[list.last-1].next = place
	}
	list.last = place
}

// putAll stores the entries that were noted.
func (h *hand) putAll() error {
	for _, i := range h.known {
		if err := h.putSome(&h.space.shards[i], h.lists[i].first); err != nil {
			return err
		}
		h.lists[i] = putList{}
	}
	h.known, h.puts = h.known[:0], h.puts[:0]
	return nil
}

// putSome stores the entries of one shard, under one lock, from a place on.
func (h *hand) putSome(s *shard, first int) error {
	s.mu.Lock()
	defer s.unlock()
	for i := first; i != 0; i = h.puts[i-1].next {
		s.table.PrefetchSlot(uint32(h.puts[i-1].hash))
	}
	for i := first; i != 0; i = h.puts[i-1].next {
		one := &h.puts[i-1]
		p := s.at(one.hash, one.key, frozen)
		if err := h.put(&p, one.form); err != nil {
			return err
		}
	}
	return nil
}

// errOfPanic is why a record could not be applied.
func errOfPanic(x any) error { return fmt.Errorf("memory: a record cannot be applied: %v", x) }
