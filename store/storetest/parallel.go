package storetest

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sessd/store"
)

// Parallel tests operations at the same moment. Some order must explain recorded histories of random operations, when a
// Model does them in it one after the other. Races must end as the contract says. open is as for Run.
func Parallel(t *testing.T, open func(t *testing.T) store.Engine) {
	for _, h := range []history{
		// Histories that can be taken apart by key may be long.
		{name: "one key at a time", rounds: 10, clients: 8, operations: 60, only: func(o operation) bool { return len(o.keys) == 1 }},
		{name: "several keys", rounds: 150, clients: 6, operations: 7},
	} {
		t.Run(h.name, func(t *testing.T) {
			for round := range h.rounds {
				h.run(newFixture(t, open), uint64(round))
				if t.Failed() {
					return
				}
			}
		})
	}
	for _, r := range append(races(), streamRaces()...) {
		t.Run(r.sentence, func(t *testing.T) { r.test(newFixture(t, open)) })
	}
}

// history is a way to make histories.
type history struct {
	name                        string
	rounds, clients, operations int
	only                        func(operation) bool // nil: every operation
}

// parallelKinds are the kinds of operations that happen in one step. No time passes in a history.
func parallelKinds(e store.Engine) []kind {
	return slices.DeleteFunc(kindsOf(e), func(k kind) bool {
		return k.name == scanKind().name || k.name == "flush" || k.name == "swap" || k.name == appendMany
	})
}

// run makes a history and checks it.
func (h *history) run(f *fixture, seed uint64) {
	kinds := parallelKinds(f.engine)
	// More than half of the operations are on sessions, as in life.
	choices := slices.Concat(kinds, sessionKinds(), sessionKinds())
	if _, ok := f.engine.(store.Sessions); !ok {
		choices = kinds
	}
	var recorded []porcupine.Operation
	var mu sync.Mutex
	var clients sync.WaitGroup
	begin := make(chan struct{})
	epoch := time.Now()
	for client := range h.clients {
		random := rand.New(rand.NewPCG(seed, uint64(client)))
		var script []operation
		for len(script) < h.operations {
			o := choices[random.IntN(len(choices))].draw(random.IntN)
			if h.only == nil || h.only(o) {
				script = append(script, o)
			}
		}
		clients.Go(func() {
			<-begin
			mine := make([]porcupine.Operation, len(script))
			for i, o := range script {
				call := time.Since(epoch).Nanoseconds()
				output := o.do(f.engine, f.op)
				mine[i] = porcupine.Operation{
					ClientId: client, Input: o, Call: call, Output: output, Return: time.Since(epoch).Nanoseconds(),
				}
			}
			mu.Lock()
			defer mu.Unlock()
			recorded = append(recorded, mine...)
		})
	}
	close(begin)
	clients.Wait()

	spec := specification(f.op)
	if h.only != nil {
		spec.Partition = partitionByKey
	}
	switch result := porcupine.CheckOperationsTimeout(spec, recorded, 20*time.Second); result {
	case porcupine.Illegal:
		f.Errorf("no order explains this history (seed %d):\n%s", seed, describe(recorded))
	case porcupine.Unknown:
		f.Logf("NOT CHECKED: the history of seed %d is too long to check in 20 s", seed)
	}
}

// describe returns a history as lines in the order of calls.
func describe(recorded []porcupine.Operation) string {
	slices.SortFunc(recorded, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var text strings.Builder
	for _, o := range recorded {
		fmt.Fprintf(&text, "%8d to %8d ns, client %d: %s -> %s\n", o.Call, o.Return, o.ClientId, o.Input.(operation).text, o.Output)
	}
	return text.String()
}

func partitionByKey(recorded []porcupine.Operation) [][]porcupine.Operation {
	byKey := map[string][]porcupine.Operation{}
	for _, o := range recorded {
		key := o.Input.(operation).keys[0]
		byKey[key] = append(byKey[key], o)
	}
	return slices.Collect(maps.Values(byKey))
}

// modelState is a model that no longer changes, and all that is in it as text.
type modelState struct {
	model *Model
	text  string
}

// specification is a Model as what operations one after the other should return.
func specification(op store.Op) porcupine.Model {
	seed := maphash.MakeSeed()
	return porcupine.Model{
		Init: func() any { return modelState{model: NewModel(max(op.Keyspace+1, 2), store.Limits{})} },
		Step: func(state, input, output any) (bool, any) {
			m := state.(modelState).model.clone()
			if input.(operation).do(m, op) != output.(string) {
				return false, state
			}
			return true, modelState{m, m.dump()}
		},
		Equal: func(a, b any) bool { return a.(modelState).text == b.(modelState).text },
		Hash:  func(state any) uint64 { return maphash.String(seed, state.(modelState).text) },
	}
}

// clone returns a model with the same entries.
func (m *Model) clone() *Model {
	c := NewModel(len(m.spaces), m.limits)
	c.clock, c.order = m.clock, m.order
	for i, k := range m.spaces {
		moved := map[*modelEntry]*modelEntry{}
		for key, x := range k.entries {
			y := x.clone()
			moved[x] = y
			c.spaces[i].entries[key] = y
		}
		for key, a := range k.aliases {
			c.spaces[i].aliases[key] = &modelAlias{moved[a.entry], a.expireAt, a.order}
		}
	}
	return c
}

// dump returns all entries and aliases as text, the same text for the same contents.
func (m *Model) dump() string {
	var text strings.Builder
	for _, k := range m.spaces {
		for _, key := range slices.Sorted(maps.Keys(k.entries)) {
			if x := k.entries[key]; x.session != nil {
				fmt.Fprintf(&text, "%q: %+v\n", key, *x.session)
			} else if x.other != nil {
				fmt.Fprintf(&text, "%q: %s %s %d\n", key, x.kind(), x.other, x.expireAt)
			} else {
				fmt.Fprintf(&text, "%q: %q %d\n", key, x.value, x.expireAt)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(k.aliases)) {
			fmt.Fprintf(&text, "%q -> %q %d\n", key, k.aliases[key].entry.key, k.aliases[key].expireAt)
		}
	}
	return text.String()
}
