package memory

import (
	"context"
	"testing"

	"sessd/store"
)

// visited notes that a bag was shown.
type visited bool

func (v *visited) Bag(int64, int)             { *v = true }
func (v *visited) Field([]byte, []byte, bool) {}

// TestAliasNeedsTheRightToItsSession: an old id leads nobody to a session that he may not use by its new id.
func TestAliasNeedsTheRightToItsSession(t *testing.T) {
	e := NewChecked(Options{})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000}
	old, id := []byte("a"), []byte("b")
	if err := e.CreateSession(ctx, op, old, store.CreateOptions{Fields: [][]byte{[]byte("x"), []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if err := e.RotateSession(ctx, op, old, id, store.RotateOptions{Grace: 1000}); err != nil {
		t.Fatal(err)
	}
	both := [][]byte{[]byte("c"), old}
	tries := map[string]func(op store.Op) error{
		"load": func(op store.Op) error { return e.LoadSession(ctx, op, old, store.LoadOptions{}, new(visited)) },
		"save": func(op store.Op) error {
			_, err := e.SaveSession(ctx, op, old, store.SaveOptions{Unset: both})
			return err
		},
		"clear":   func(op store.Op) error { _, err := e.ClearSession(ctx, op, old, nil); return err },
		"touch":   func(op store.Op) error { _, err := e.TouchSession(ctx, op, old, 0); return err },
		"meta":    func(op store.Op) error { _, err := e.SessionMeta(ctx, op, old); return err },
		"type":    func(op store.Op) error { _, err := e.KeyType(ctx, op, old); return err },
		"exists":  func(op store.Op) error { _, err := e.Exists(ctx, op, both); return err },
		"touch 2": func(op store.Op) error { _, err := e.Touch(ctx, op, both); return err },
		"delete":  func(op store.Op) error { _, err := e.Delete(ctx, op, both); return err },
		"destroy": func(op store.Op) error { _, err := e.DestroySessions(ctx, op, both); return err },
		"set": func(op store.Op) error {
			_, err := e.SetString(ctx, op, old, nil, store.SetOptions{ExpireAt: store.Never, IfAbsent: true})
			return err
		},
	}
	op.May = func(key []byte) bool { return string(key) != string(id) }
	for name, try := range tries {
		if err := try(op); err != store.ErrNotPermitted {
			t.Errorf("%s: error %v, want %v", name, err, store.ErrNotPermitted)
		}
	}
	var shown visited
	if err := e.LoadSession(ctx, store.Op{Now: op.Now}, id, store.LoadOptions{}, &shown); err != nil || !bool(shown) {
		t.Errorf("the session is gone: %v", err)
	}
	op.May = func(key []byte) bool { return string(key) == string(id) }
	if n, err := e.DestroySessions(ctx, op, both); n != 1 || err != nil {
		t.Errorf("who may destroy it destroys %d: %v", n, err)
	}
}
