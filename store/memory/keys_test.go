package memory

import (
	"fmt"
	"testing"

	"sessd/store"
)

// An operation on very many keys lets others in between, and still answers for all of them.
func TestManyKeysInSteps(t *testing.T) {
	e := NewChecked(Options{Shards: 2})
	defer e.Close()
	ctx, op := t.Context(), store.Op{Now: 1 << 41}
	var keys, ids [][]byte
	for i := range 3*keysAtOnce + 1 {
		keys, ids = append(keys, fmt.Append(nil, "key", i)), append(ids, fmt.Append(nil, "id", i))
		if _, err := e.SetString(ctx, op, keys[i], nil, store.SetOptions{ExpireAt: store.Never}); err != nil {
			t.Fatal(err)
		}
		if err := e.CreateSession(ctx, op, ids[i], store.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(what string, got int, err error, n int, wantErr error) {
		t.Helper()
		if got != n || err != wantErr {
			t.Errorf("%s: %d, %v", what, got, err)
		}
	}
	steps := 0
	_, err := e.inSteps(op, keys, func(h *lockSet, some [][]byte) (int, error) {
		steps++
		if len(some) > keysAtOnce {
			t.Errorf("a step has %d keys", len(some))
		}
		return 0, nil
	})
	want("steps", steps, err, 4, nil)
	all := append(append([][]byte{}, ids...), keys[0])
	n, err := e.Exists(ctx, op, all)
	want("exist", n, err, len(all), nil)
	n, err = e.DestroySessions(ctx, op, all)
	want("destroy a string", n, err, 0, store.ErrWrongType)
	n, err = e.Touch(ctx, op, all)
	want("touch", n, err, len(all), nil)
	n, err = e.DestroySessions(ctx, op, append(ids, ids[0]))
	want("destroy", n, err, len(ids), nil)
	n, err = e.Delete(ctx, op, append(keys, keys[0]))
	want("delete", n, err, len(keys), nil)
}
