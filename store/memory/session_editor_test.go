package memory

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sessd/store"
)

// A request may be a small part of a buffer of megabytes. None of it is kept when its operation returns.
func TestRequestsAreLetGo(t *testing.T) {
	e := New(Options{Shards: 64})
	defer e.Close()
	const requests, size = 128, 1 << 20
	before := liveHeap()
	for i := range requests {
		buffer := make([]byte, size)
		word := func(s string) []byte {
			part := buffer[:copy(buffer, s):len(s)]
			buffer = buffer[len(s):]
			return part
		}
		ctx, op, id := t.Context(), store.Op{Now: 1 << 41}, word(fmt.Sprint("session", i))
		fields := func() [][]byte { return [][]byte{word(fmt.Sprint("name", i%3)), word("value")} }
		for _, err := range []error{
			e.CreateSession(ctx, op, id, store.CreateOptions{Principal: word(fmt.Sprint("who", i)), Fields: fields()}),
			second(e.SaveSession(ctx, op, id, store.SaveOptions{Component: word("cart"), Fields: fields(), Unset: [][]byte{word("gone")}})),
			second(e.SaveSession(ctx, op, id, store.SaveOptions{Fields: [][]byte{word("name0"), word("longer value")}})),
			e.RotateSession(ctx, op, id, word(fmt.Sprint("rotated", i)), store.RotateOptions{SetPrincipal: true, Principal: word("other"), Grace: 1000}),
			second(e.SetString(ctx, op, word(fmt.Sprint("text", i)), word("value"), store.SetOptions{ExpireAt: store.Never})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := e.CreateSession(ctx, op, id, store.CreateOptions{Fields: fields()}); err != store.ErrSessionExists {
			t.Fatal(err)
		}
	}
	if kept := liveHeap() - before; kept > requests*size/5 {
		t.Errorf("%d bytes are kept after requests of %d", kept, requests*size)
	}
}

// Neither are the buffers in which large sessions were written.
func TestLargeSessionsLeaveNothing(t *testing.T) {
	e := New(Options{Shards: 64})
	defer e.Close()
	before := liveHeap()
	var fields [][]byte
	for i := range 5000 {
		fields = append(fields, fmt.Append(nil, "field", i), []byte(strings.Repeat("x", 100)))
	}
	for i := range 256 {
		id := fmt.Append(nil, "session", i)
		if err := e.CreateSession(t.Context(), store.Op{Now: 1 << 41}, id, store.CreateOptions{Fields: fields}); err != nil {
			t.Fatal(err)
		}
		if n, err := e.DestroySessions(t.Context(), store.Op{Now: 1 << 41}, [][]byte{id}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	runtime.KeepAlive(fields)
	if kept := liveHeap() - before; kept > 16<<20 {
		t.Errorf("%d bytes are kept", kept)
	}
}

func second[T any](_ T, err error) error { return err }

// liveHeap returns the bytes of the Go heap that are in use.
func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
