package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sessd/store"
)

// TouchTheirKeys tests that an operation looks at and changes only the keys that it says it touches. It does the same
// in a Model that holds these alone.
func TouchTheirKeys(t *testing.T) {
	op := store.Op{Now: start}
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		m := NewModel(2, store.Limits{})
		kinds := parallelKinds(m)
		choices := slices.Concat(kinds, slices.Repeat(sessionKinds(), 8))
		for range 1000 {
			o := choices[random.IntN(len(choices))].draw(random.IntN)
			if o.keys == nil {
				continue // aliases come of such operations alone, so there are none
			}
			part, rest := m.clone(), m.clone()
			part.keep(func(key string) bool { return slices.Contains(o.keys, key) })
			rest.keep(func(key string) bool { return !slices.Contains(o.keys, key) })
			want := o.do(m, op)
			if got := o.do(part, op); got != want {
				t.Fatalf("%s (seed %d)\nwith all keys:  %s\nwith its own:   %s", o.text, seed, want, got)
			}
			whole := m.clone()
			whole.keep(func(key string) bool { return !slices.Contains(o.keys, key) })
			if got, want := whole.dump(), rest.dump(); got != want {
				t.Fatalf("%s (seed %d) changes others:\n%s\nfrom:\n%s", o.text, seed, got, want)
			}
		}
	}
}

// keep ends the entries of other keys.
func (m *Model) keep(is func(key string) bool) {
	for _, k := range m.spaces {
		for key := range k.entries {
			if !is(key) {
				delete(k.entries, key)
			}
		}
	}
}
