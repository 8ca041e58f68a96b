package memory

// timeouts are those of one session, in milliseconds; 0: none.
type timeouts struct {
	idle, absolute int64
	uninitialized  int64 // from creation until the first save, if there is none
	renew          int64 // from when the session got its id until it should get another
}

// noTimeouts is the number of timeouts that are not in the table.
const noTimeouts = 255

// timeoutTable numbers the timeouts of a shard's sessions, which are few: applications give all sessions the same.
type timeoutTable struct {
	list    []timeouts
	uses    []int
	numbers map[timeouts]uint8
	free    []uint8
	last    uint8 // number that was acquired last
}

// acquire returns the number of timeouts that one more session has, or noTimeouts when the table is full.
func (t *timeoutTable) acquire(x timeouts) uint8 {
	if n := t.last; int(n) < len(t.list) && t.uses[n] > 0 && t.list[n] == x {
		t.uses[n]++
		return n
	}
	n, ok := t.numbers[x]
	switch {
	case ok:
		t.uses[n]++
		t.last = n
		return n
	case len(t.free) > 0:
		n, _ = takeLast(&t.free)
		t.list[n], t.uses[n] = x, 1
	case len(t.list) == noTimeouts:
		return noTimeouts
	default:
		n = uint8(len(t.list))
		t.list, t.uses = append(t.list, x), append(t.uses, 1)
	}
	if t.numbers == nil {
		t.numbers = make(map[timeouts]uint8)
	}
	t.numbers[x], t.last = n, n
	return n
}

// release says that one session less has them.
func (t *timeoutTable) release(n uint8) {
	if t.uses[n]--; t.uses[n] == 0 {
		delete(t.numbers, t.list[n])
		t.free = append(t.free, n)
	}
}

// takeLast removes the last element of a list.
func takeLast[T any](list *[]T) (last T, ok bool) {
	n := len(*list)
	if n == 0 {
		return last, false
	}
	last = (*list)[n-1]
	*list = (*list)[:n-1]
	return last, true
}
