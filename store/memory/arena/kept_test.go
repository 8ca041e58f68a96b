package arena

import (
	"errors"
	"testing"
)

// A mapping that the system does not take back serves the next entry of its size, and is offered again.
func TestKeptMappings(t *testing.T) {
	refused := errors.New("refused")
	system, refuses := SystemMapper(), false
	var p Pages
	p.Init(func() {}, &Mapper{
		func(n int) ([]byte, error) {
			if refuses {
				return nil, refused
			}
			return system.MapMemory(n)
		},
		func(b []byte) error {
			if refuses {
				return refused
			}
			return system.UnmapMemory(b)
		},
	})
	b := p.large(1 << 20)
	b[0], b[len(b)-1] = 1, 2
	refuses = true
	p.freeLarge(b)
	if p.Held.Load() != 0 || len(p.kept) != 1 {
		t.Fatalf("%d bytes are held, %d mappings kept", p.Held.Load(), len(p.kept))
	}
	if p.large(2<<20) != nil {
		t.Error("a mapping of another size is used")
	}
	if again := p.large(1 << 20); again == nil || &again[0] != &b[0] {
		t.Error("the mapping is not used again")
	}
	p.freeLarge(b)
	refuses = false
	if p.Retry(); len(p.kept) != 0 {
		t.Error("the mapping is not offered again")
	}
}
