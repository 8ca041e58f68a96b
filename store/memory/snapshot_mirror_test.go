package memory

import (
	"bytes"
	"slices"
	"testing"

	"sessd/store"
)

// Photographed is an engine of which a snapshot is taken again and again, a step after every operation. When one is whole,
// an engine that is restored from it and from the log since it began has to be equal.
type Photographed struct {
	Checked
	t       *testing.T
	options Options
	p       *photographer
}

// NewPhotographed returns one.
func NewPhotographed(t *testing.T, o Options) Photographed {
	o.walkStep = walkStep{entries: 1, elements: 1, bytes: 1, text: 4}
	e := NewChecked(o)
	p := &photographer{}
	p.stop = e.Record(p)
	return Photographed{e, t, o, p}
}

type photographer struct {
	stop   func()
	walk   *walk
	chunks [][]byte
	log    [][]byte   // since the walk began
	older  restorable // the one before
	taken  int
}

// restorable is a snapshot and the log since it began.
type restorable struct{ chunks, log [][]byte }

// Append implements store.Recorder.
func (p *photographer) Append(redo []byte) {
	redo = bytes.Clone(redo)
	p.log, p.older.log = append(p.log, redo), append(p.older.log, redo)
}

// Difference does a step of the snapshot, and compares when it is whole.
func (x Photographed) Difference() string {
	p := x.p
	if p.walk == nil {
		p.walk = x.beginWalk(func() { p.chunks, p.log = nil, nil })
	}
	if p.walk.step() {
		return ""
	}
	p.chunks = append(p.chunks, bytes.Clone(p.walk.out.records))
	x.endWalk(p.walk)
	p.walk = nil
	p.taken++
	difference := x.compare(p.chunks, p.log)
	if difference == "" && p.older.chunks != nil {
		difference = x.compare(p.older.chunks, p.older.log)
	}
	p.older = restorable{p.chunks, slices.Clone(p.log)}
	return difference
}

func (x Photographed) compare(chunks, log [][]byte) string {
	o := x.options
	o.Limits = store.Limits{}
	e := NewChecked(o)
	defer e.Close()
	r := e.Restore()
	for _, list := range [][][]byte{chunks, log} {
		for _, payload := range list {
			if err := r.Apply(payload); err != nil {
				return err.Error()
			}
		}
	}
	if err := r.(*restorer).pool.stop(); err != nil { // Done would let time go on
		return err.Error()
	}
	return differenceOf(x.Engine, e.Engine)
}

// Close takes the last snapshot to its end.
func (x Photographed) Close() error {
	if x.abandoned() {
		return nil
	}
	for before := x.p.taken; x.p.taken == before; {
		if difference := x.Difference(); difference != "" {
			x.t.Error(difference)
			break
		}
	}
	x.p.stop()
	return x.Checked.Close()
}
