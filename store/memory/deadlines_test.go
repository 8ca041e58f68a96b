package memory

import (
	"fmt"
	"testing"

	"sessd/store"
)

// TestFieldDeadlineIsSmall: a session with one field that expires takes at most 12 bytes more.
func TestFieldDeadlineIsSmall(t *testing.T) {
	used := func(ttl int64) int64 {
		e := New(Options{Shards: 16})
		defer e.Close()
		const sessions = 20_000
		for i := range sessions {
			// Values of all lengths, so that no size class is met more than others.
			fields := [][]byte{[]byte("user"), fmt.Appendf(nil, "%0*d", 8+i%64, i)}
			c := store.CreateOptions{
				IdleTimeout: 1 << 30, Fields: fields, More: []store.BagChange{{Fields: [][]byte{[]byte("code"), []byte("123456")}, TTL: ttl}},
			}
			if err := e.CreateSession(t.Context(), store.Op{Now: 1 << 41}, fmt.Appendf(nil, "%043d", i), c); err != nil {
				t.Fatal(err)
			}
		}
		return e.UsedBytes() / sessions
	}
	if more := used(1<<20) - used(0); more > 12 {
		t.Errorf("a deadline takes %d bytes", more)
	}
}

// TestLoadsBesideDeadlinesAllocateNothing: neither loads nor saves of sessions with components, or with fields that
// expire and are there still, allocate.
func TestLoadsBesideDeadlinesAllocateNothing(t *testing.T) {
	e := New(Options{Shards: 1})
	defer e.Close()
	op, id, timed := store.Op{Now: 1 << 41}, []byte("id"), []byte("timed")
	fields := [][]byte{[]byte("a"), []byte("1")}
	more := []store.BagChange{{Component: []byte("c"), Fields: fields}}
	if err := e.CreateSession(t.Context(), op, id, store.CreateOptions{IdleTimeout: 1 << 30, Fields: fields, More: more}); err != nil {
		t.Fatal(err)
	}
	more = append(more, store.BagChange{Fields: [][]byte{[]byte("b"), []byte("2")}, TTL: 1000})
	if err := e.CreateSession(t.Context(), op, timed, store.CreateOptions{IdleTimeout: 1 << 30, Fields: fields, More: more}); err != nil {
		t.Fatal(err)
	}
	v := new(oneField)
	if n := testing.AllocsPerRun(100, func() {
		_ = e.LoadSession(t.Context(), op, id, store.LoadOptions{}, v)
		_ = e.LoadSession(t.Context(), op, timed, store.LoadOptions{}, v)
		_, _ = e.SaveSession(t.Context(), op, id, store.SaveOptions{Fields: fields})
		_, _ = e.IncrSession(t.Context(), op, id, store.IncrOptions{Field: fields[0], Delta: 1, Max: 1 << 40})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
