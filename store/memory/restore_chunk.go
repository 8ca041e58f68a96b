package memory

import (
	"fmt"
	"sync"
)

// What is applied by several goroutines at once, in bytes, and by how many at most. More wait for who reads.
const (
	leastPart = 16 << 10
	mostParts = 4
)

// parts splits the records of a payload where each is about an entry of its own, as nearly all of a snapshot are. It returns
// nil where one may depend on another, or there is too little.
func parts(payload []byte, n int) (all [][]byte) {
	n = min(n, len(payload)/leastPart)
	if n < 2 || payload[0] != redoFormat {
		return nil
	}
	in := redoReader{rest: payload[1:]}
	begin := 1
	for len(in.rest) > 0 {
		at := len(payload) - len(in.rest)
		first := in.byte()
		if at-begin >= len(payload)/n && len(all) < n-1 {
			all = append(all, payload[begin:at])
			begin = at
		}
		if first&(redoSameKey|redoSame|redoWalked) != 0 {
			return nil
		}
		if first&redoSpace != 0 {
			in.uvarint()
		}
		in.bytes()
		switch first & redoOp {
		case redoPut:
			if form := in.bytes(); len(form) == 0 || isLarge(form) { // its elements follow
				return nil
			}
		case redoAlias:
			in.take(4 * 8)
			in.bytes()
		default:
			return nil
		}
		if in.bad {
			return nil
		}
	}
	return append(all, payload[begin:])
}

// applyParts applies records of entries of their own at once.
func (r *restorer) applyParts(all [][]byte) error {
	errs := make([]error, len(all))
	var others sync.WaitGroup
	for i := range all[1:] {
		others.Go(func() {
			one := restorer{engine: r.engine, walk: r.walk}
			errs[i+1] = one.applyAll(all[i+1])
		})
	}
	errs[0] = r.applyAll(all[0])
	others.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// applyAll applies records that follow each other. A form that is none is found out when it is read, so that a reader of
// entries may be as fast as it is; what panics then has not changed anything.
func (r *restorer) applyAll(records []byte) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("memory: a record cannot be applied: %v", x)
		}
	}()
	r.records = redoReader{rest: records}
	r.space, r.key, r.name = 0, nil, nil
	for len(r.records.rest) > 0 {
		if err := r.record(); err != nil {
			return err
		}
	}
	return nil
}
