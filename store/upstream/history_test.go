//go:build unix

package upstream

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sessd/store"
	"sessd/test/redistest"
)

// step is one operation of a history, and what came of it.
type step struct {
	what  string // create, save, save if, destroy, load
	field string
	value string
	bound int64

	revision int64
	fields   string // of a load: name=value ..., sorted
	err      string
}

// seen is a session as a model has it. Its zero value is none.
type seen struct {
	exists   bool
	revision int64
	fields   string
}

// with returns fields with one changed.
func (s seen) with(field, value string) string {
	all := map[string]string{}
	for _, pair := range strings.Fields(s.fields) {
		name, old, _ := strings.Cut(pair, "=")
		all[name] = old
	}
	all[field] = value
	return text(all)
}

func text(fields map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+"="+fields[name])
	}
	return strings.Join(parts, " ")
}

// model is one session: all but reads from a near cache happen one after the other.
var model = porcupine.Model{
	Init: func() any { return seen{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(seen), input.(step), output.(step)
		switch {
		case in.what == "create" && s.exists:
			return out.err == store.ErrSessionExists.Error(), s
		case in.what == "create":
			return out.err == "", seen{exists: true}
		case in.what == "destroy":
			return (out.err == "") == s.exists, seen{}
		case !s.exists:
			return out.err == store.ErrNoSession.Error(), s
		case in.what == "load":
			return out.err == "" && out.revision == s.revision && out.fields == s.fields, s
		case in.what == "save if" && in.bound != s.revision:
			return out.err == (&store.RevisionError{Revision: s.revision}).Error(), s
		}
		return out.err == "" && out.revision == s.revision+1, seen{true, s.revision + 1, s.with(in.field, in.value)}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// do does a step on an engine.
func (s step) do(e *Engine, id string) step {
	var err error
	switch s.what {
	case "create":
		err = e.CreateSession(background, now(), []byte(id), store.CreateOptions{IdleTimeout: 60_000})
	case "save":
		s.revision, err = e.SaveSession(background, now(), []byte(id), store.SaveOptions{Fields: words(s.field, s.value)})
	case "save if":
		s.revision, err = e.SaveSession(background, now(), []byte(id), store.SaveOptions{Bound: true, Revision: s.bound, Fields: words(s.field, s.value)})
	case "destroy":
		var n int
		if n, err = destroy(e, id); err == nil && n == 0 {
			err = store.ErrNoSession
		}
	case "load":
		var b bagMap
		err = e.LoadSession(background, now(), []byte(id), store.LoadOptions{Fresh: true}, &b)
		s.revision, s.fields = b.revision, text(b.fields)
	}
	if err != nil {
		s.err = err.Error()
	}
	return s
}

// unexplained returns the end of the longest order of operations that the model allows, and the first one that does not follow.
func unexplained(history []porcupine.Operation, info porcupine.LinearizationInfo) string {
	var best []int
	for _, partial := range info.PartialLinearizations()[0] {
		if len(partial) > len(best) {
			best = partial
		}
	}
	var b strings.Builder
	for _, i := range best[max(0, len(best)-8):] {
		fmt.Fprintf(&b, "%+v\n", history[i])
	}
	b.WriteString("not explained:\n")
	left := slices.DeleteFunc(slices.Clone(history), func(o porcupine.Operation) bool {
		return slices.ContainsFunc(best, func(i int) bool { return history[i] == o })
	})
	slices.SortFunc(left, func(a, b porcupine.Operation) int { return int(a.Return - b.Return) })
	for _, o := range left[:min(6, len(left))] {
		fmt.Fprintf(&b, "%+v\n", o)
	}
	return b.String()
}

// TestHistories of clients over two engines are checked for what is promised.
func TestHistories(t *testing.T) {
	s := redistest.Serve(t)
	engines := []*Engine{connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)}
	linked(t, engines...)
	for round := range 8 {
		id := fmt.Sprintf("session-%d", round)
		var mu sync.Mutex
		var history []porcupine.Operation
		var all sync.WaitGroup
		begun := time.Now()
		for client := range 6 {
			e := engines[client%2]
			r := rand.New(rand.NewPCG(uint64(round), uint64(client)))
			all.Go(func() {
				last := int64(0)
				for i := range 40 {
					in := step{what: []string{"create", "save", "save", "save", "save if", "load", "destroy"}[r.IntN(7)], field: fmt.Sprintf("f%d", client), value: fmt.Sprint(i), bound: last}
					call := time.Since(begun)
					out := in.do(e, id)
					end := time.Since(begun)
					mu.Lock()
					history = append(history, porcupine.Operation{ClientId: client, Input: in, Output: out, Call: int64(call), Return: int64(end)})
					mu.Unlock()
					if out.revision > 0 {
						last = out.revision
					}
				}
			})
		}
		all.Wait()
		if result, info := porcupine.CheckOperationsVerbose(model, history, time.Minute); result != porcupine.Ok {
			t.Fatalf("round %d: %s:\n%s", round, result, unexplained(history, info))
		}
	}
}

// TestReadsOfOnesOwn: a client reads what it wrote or what came later, from the near cache too, and never what was before an end
// that it has seen.
func TestReadsOfOnesOwn(t *testing.T) {
	s := redistest.Serve(t)
	engines := []*Engine{connect(t, "redis://"+s.Address), connect(t, "redis://"+s.Address)}
	linked(t, engines...)
	create(t, engines[0], "shared")
	var all sync.WaitGroup
	for client := range 8 {
		e, field := engines[client%2], fmt.Sprintf("f%d", client)
		all.Go(func() {
			for i := range 300 {
				revision, err := e.SaveSession(background, now(), []byte("shared"), store.SaveOptions{Fields: words(field, fmt.Sprint(i))})
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 {
					var b bagMap
					if err := e.LoadSession(background, now(), []byte("shared"), store.LoadOptions{}, &b); err != nil {
						t.Error(err)
						return
					}
					if b.revision < revision || b.fields[field] != fmt.Sprint(i) {
						t.Errorf("client %d wrote %d at revision %d and read %s at %d", client, i, revision, b.fields[field], b.revision)
						return
					}
				}
			}
		})
	}
	all.Wait()
	for client := range 8 {
		field := fmt.Sprintf("f%d", client)
		redistest.Until(t, "no update is lost", func() bool { return value(engines[0], "shared", field) == "299" })
	}
	destroyed := make(chan struct{})
	for _, e := range engines {
		all.Go(func() {
			gone := false
			for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
				_, err := load(e, "shared")
				if gone && !errors.Is(err, store.ErrNoSession) {
					t.Errorf("a session that was destroyed is back: %v", err)
					return
				}
				gone = errors.Is(err, store.ErrNoSession)
				save(e, "shared", "late", "1")
			}
			<-destroyed
		})
	}
	if _, err := destroy(engines[0], "shared"); err != nil {
		t.Error(err)
	}
	close(destroyed)
	all.Wait()
	redistest.Until(t, "it is gone in the end", func() bool { return value(engines[1], "shared", "late") == noSession })
}
