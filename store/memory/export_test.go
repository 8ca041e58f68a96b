package memory

// Checked is an engine that grows and splits often, and checks itself after every operation.
type Checked struct{ *Engine }

// NewChecked returns one.
func NewChecked(o Options) Checked {
	o.segmentSlots, o.checked = leastSlots, true
	return Checked{New(o)}
}

// Close checks the whole before it closes.
func (c Checked) Close() error {
	err := c.Check()
	if closed := c.Engine.Close(); err == nil {
		err = closed
	}
	if err != nil {
		panic(err)
	}
	return nil
}

// Held returns the bytes of the slabs, segments and mappings in use.
func (e *Engine) Held() int64 { return e.pages.held.Load() }

// Idle returns the bytes of free slabs that are resident.
func (e *Engine) Idle() int {
	e.pages.mu.Lock()
	defer e.pages.mu.Unlock()
	return e.pages.idle
}

// Touched returns how many of them are resident once the ends of slabs were given back, in whole pages.
func (e *Engine) Touched() int64 {
	const page = 4096
	n := e.Held()
	for i := range e.spaces {
		k := e.spaces[i].Load()
		if k == nil {
			continue
		}
		for j := range k.shards {
			t := &k.shards[j].table
			for _, c := range t.classes {
				if c != nil {
					n -= int64((slabBytes(c.pool) - c.tail*int(c.bytes)) / page * page)
				}
			}
			for x, g := range t.dir {
				if x == 0 || g != t.dir[x-1] {
					n -= int64((segmentBytes - 8*len(g.slots)) / page * page)
				}
			}
		}
	}
	return n
}
