package memory

import (
	"testing"

	"sessd/store"
)

// TestPanicsAreSeen, though the engine that they leave is locked when it is closed.
func TestPanicsAreSeen(t *testing.T) {
	for name, e := range map[string]store.Engine{
		"checked":      NewChecked(Options{}),
		"mirrored":     NewMirrored(t, Options{}),
		"photographed": NewPhotographed(t, Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			var locks lockSet
			seen := func() (seen any) {
				defer func() { seen = recover() }()
				defer e.Close()
				locks = e.(interface{ lockAll(store.Op) lockSet }).lockAll(store.Op{})
				panic("what is wrong")
			}()
			if seen != "what is wrong" {
				t.Errorf("a panic is seen as %v", seen)
			}
			locks.unlock()
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
