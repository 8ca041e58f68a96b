package storetest

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/store"
)

// Random does random operations on an engine and on a Model, while time goes by, and compares what they return. A
// failing sequence is made as short as it can be, and kept under testdata/rapid. open is as for Run.
func Random(t *testing.T, open func(t *testing.T) store.Engine) {
	for round := range 8 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "choice") }
				p := newPair(t, open, choose)
				defer p.close()
				actions := map[string]func(*rapid.T){}
				for _, k := range p.kinds {
					actions[k.name] = func(r *rapid.T) {
						choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(r, k.name) }
						if difference := p.step(k, choose); difference != "" {
							r.Fatal(difference)
						}
					}
				}
				r.Repeat(actions)
				if difference := p.compareReports(); difference != "" {
					r.Fatal(difference)
				}
			})
		})
	}
}

// Fuzz makes sequences of operations from bytes and compares an engine to a Model as Random does.
func Fuzz(f *testing.F, open func(t *testing.T) store.Engine) {
	f.Fuzz(func(t *testing.T, script []byte) {
		at := 0
		next := func(n int) int {
			if at >= len(script) {
				return 0
			}
			at++
			return int(script[at-1]) % n
		}
		p := newPair(t, open, next)
		defer p.close()
		for at < len(script) && at < 4096 {
			if difference := p.step(p.kinds[next(len(p.kinds))], next); difference != "" {
				t.Fatal(difference)
			}
		}
		if difference := p.compareReports(); difference != "" {
			t.Fatal(difference)
		}
	})
}

// pair is an engine and a model in the same state.
type pair struct {
	engine store.Engine
	model  *Model
	kinds  []kind
	now    int64
	done   []string   // the operations so far
	copy   *replica   // made of the engine's changes; nil: it tells of none
	memo   store.Memo // nil: the engine remembers nothing
}

func newPair(t *testing.T, open func(t *testing.T) store.Engine, d draw) *pair {
	p := &pair{engine: open(t), now: start}
	p.model = NewModel(p.engine.Keyspaces(), store.Limits{})
	p.kinds = kindsOf(p.engine)
	if o, ok := p.engine.(store.Observable); ok {
		p.copy = newReplica(p.engine.Keyspaces())
		o.Observe(p.copy)
	}
	if r, ok := p.engine.(store.Rememberer); ok {
		p.memo = r.NewMemo()
	}
	if limiter, ok := p.engine.(store.Limiter); ok {
		l := store.Limits{
			SessionFields: of[int64](d, 0, 3),
			SessionBytes:  of[int64](d, 0, 0, 12),
			StringBytes:   of[int64](d, 0, 0, 8),
		}
		limiter.SetLimits(l)
		p.model.SetLimits(l)
		p.done = append(p.done, fmt.Sprintf("limits %+v", l))
	}
	return p
}

func (p *pair) close() { p.engine.Close() }

// step does an operation on both and says what was different.
func (p *pair) step(k kind, d draw) string {
	op := store.Op{Keyspace: of(d, 0, 0, 0, 0, 1)}
	p.now += of[int64](d, 0, 0, 0, 0, 1, 10, 50, 100)
	op.Now = p.now
	o := k.draw(d)
	p.done = append(p.done, fmt.Sprintf("%d/%d %s", op.Now-start, op.Keyspace, o.text))
	want := o.do(p.model, op)
	if len(p.done)%4 > 0 { // others have no memo
		op.Memo = p.memo
	}
	got := p.try(func() string { return o.do(p.engine, op) })
	difference := ""
	if got != want {
		difference = fmt.Sprintf("engine: %s\nmodel:  %s", got, want)
	} else if c, ok := p.engine.(selfComparer); ok {
		difference = p.try(c.Difference)
	}
	if difference == "" {
		return ""
	}
	return strings.Join(p.done, "\n") + "\n" + difference
}

// try returns what do returns. Where it panics, the panic says what operations there were.
func (p *pair) try(do func() string) string {
	defer func() {
		if r := recover(); r != nil {
			panic(fmt.Sprintf("%s\npanic: %v\n%s", strings.Join(p.done, "\n"), r, debug.Stack()))
		}
	}()
	return do()
}

// selfComparer is an engine that knows another one which has to be equal to it between operations.
type selfComparer interface {
	// Difference says in what they differ, nothing if they do not.
	Difference() string
}

// compareReports says which counters are different that do not depend on when an entry is found to have expired.
func (p *pair) compareReports() string {
	r, ok := p.engine.(store.Reporter)
	if !ok {
		return ""
	}
	counters := func(r store.Report) string {
		return fmt.Sprintf("created %d, saved %d, loaded %d, rotated %d, refused %d, conflicts %d, hits %d, misses %d",
			r.Created, r.Saved, r.Loaded, r.Rotated, r.Refused, r.Conflicts, r.KeyHits, r.KeyMisses)
	}
	if got, want := counters(r.Report(store.Op{})), counters(p.model.Report(store.Op{})); got != want {
		return fmt.Sprintf("engine: %s\nmodel:  %s", got, want)
	}
	if p.copy != nil {
		return p.copy.difference(p.engine, p.now)
	}
	return ""
}
