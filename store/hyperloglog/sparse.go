package hyperloglog

import "sessd/store"

// The sparse form is runs of registers with one value. 00xxxxxx are up to 64 of 0, 01xxxxxx xxxxxxxx up to 16,384 of 0,
// and 1vvvvvxx up to 4 of a value up to 32. Lengths and values are less by one.
const (
	isXZero = 0x40
	isValue = 0x80

	maxZeros  = 64
	maxValues = 4
	maxRank   = 32
)

// run is some registers with one value.
type run struct {
	rank   byte
	length int
	size   int // in bytes
}

// readRun reads the first run of bytes, which are not empty. A byte that is missing is 0, and the run longer than the rest.
func readRun(b []byte) run {
	switch {
	case b[0]&isValue != 0:
		return run{b[0]>>2&31 + 1, int(b[0]&3) + 1, 1}
	case b[0]&isXZero == 0:
		return run{0, int(b[0]) + 1, 1}
	}
	n := int(b[0]&63) << 8
	if len(b) > 1 {
		n |= int(b[1])
	}
	return run{0, n + 1, 2}
}

// appendRun appends a run, which is nothing where it has no length.
func appendRun(dst []byte, rank byte, length int) []byte {
	switch {
	case length == 0:
		return dst
	case rank > 0:
		return append(dst, isValue|(rank-1)<<2|byte(length-1))
	case length > maxZeros:
		return append(dst, isXZero|byte((length-1)>>8), byte(length-1))
	}
	return append(dst, byte(length-1))
}

// isTooLong reports whether a sparse string has more bytes than registers, so that reading it is bounded.
func isTooLong(value []byte) bool { return len(value) > headerSize+registers }

// isWhole reports whether the runs of a sparse string are as long as all registers.
func isWhole(value []byte) bool {
	if isTooLong(value) {
		return false
	}
	at := 0
	for rest := value[headerSize:]; len(rest) > 0; {
		r := readRun(rest)
		at += r.length
		rest = rest[min(r.size, len(rest)):]
	}
	return at == registers
}

// raiseSparse is raise for the sparse form. It leaves the very bytes that Redis does.
func raiseSparse(value []byte, index int, rank byte) (_ []byte, raised bool, err error) {
	if rank > maxRank {
		return raiseAsDense(value, index, rank)
	}
	at, first, before := headerSize, 0, headerSize // before is where the run in front of it begins
	var r run
	for at < len(value) {
		if r = readRun(value[at:]); index < first+r.length {
			break
		}
		before = at
		at += r.size
		first += r.length
	}
	if at >= len(value) || at+r.size > len(value) {
		return nil, false, store.ErrCorruptHyperLogLog
	}
	if r.rank >= rank {
		return value, false, nil
	}
	var b [5]byte
	runs := appendRun(b[:0], r.rank, index-first)
	runs = appendRun(runs, rank, 1)
	runs = appendRun(runs, r.rank, first+r.length-1-index)
	more := len(runs) - r.size
	if more > 0 && len(value)+more > sparseMax {
		return raiseAsDense(value, index, rank)
	}
	rest := value[at+r.size:]
	if more > 0 {
		value = append(value, runs[:more]...) // any bytes
	}
	copy(value[at+len(runs):], rest)
	if more < 0 {
		value = value[:len(value)+more]
	}
	copy(value[at:], runs)
	return join(value, before), true, nil
}

// joinedRuns is how many runs are looked at after a change.
const joinedRuns = 5

// join makes one of neighbours with the same value, from a run on, and makes the last count stale.
func join(value []byte, at int) []byte {
	for left := joinedRuns; at < len(value) && left > 0; left-- {
		a := readRun(value[at:])
		if a.rank > 0 && at+1 < len(value) {
			if b := readRun(value[at+1:]); b.rank == a.rank && a.length+b.length <= maxValues {
				value[at+1] = appendRun(nil, a.rank, a.length+b.length)[0]
				value = append(value[:at], value[at+1:]...)
				continue
			}
		}
		at += a.size
	}
	value[countAt+7] |= stale >> 56
	return value
}

// raiseAsDense is raise for a sparse string that becomes dense.
func raiseAsDense(value []byte, index int, rank byte) (_ []byte, raised bool, err error) {
	if value, err = toDense(value); err != nil {
		return nil, false, err
	}
	return raise(value, index, rank)
}

// toDense returns a string in the dense form.
func toDense(value []byte) ([]byte, error) {
	if value[encodingAt] == dense {
		return value, nil
	}
	var m Registers
	if err := m.Merge(value); err != nil {
		return nil, err
	}
	b := make([]byte, denseSize)
	copy(b, value[:headerSize])
	b[encodingAt] = dense
	for i, rank := range m {
		if rank > 0 {
			putDense(b[headerSize:], i, rank)
		}
	}
	return b, nil
}
