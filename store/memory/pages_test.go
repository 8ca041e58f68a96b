package memory

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
)

// refusing is system calls of which every n-th fails.
type refusing struct {
	every   atomic.Int64 // 0: none
	calls   atomic.Int64
	refused atomic.Int64
}

func (f *refusing) mapper() *arena.Mapper {
	errRefused := errors.New("refused")
	system := arena.SystemMapper()
	return &arena.Mapper{
		MapMemory: func(n int) ([]byte, error) {
			if f.refuses() {
				return nil, errRefused
			}
			return system.MapMemory(n)
		},
		UnmapMemory: func(b []byte) error {
			if f.refuses() {
				return errRefused
			}
			return system.UnmapMemory(b)
		},
	}
}

func (f *refusing) refuses() bool {
	every := f.every.Load()
	if every == 0 || f.calls.Add(1)%every != 0 {
		return false
	}
	f.refused.Add(1)
	return true
}

// Whatever the system refuses, an operation is done or has changed nothing, and the counters stay true.
func TestRefusedMemory(t *testing.T) {
	for _, every := range []int64{1, 2, 3, 5} {
		t.Run(fmt.Sprint("every ", every), func(t *testing.T) {
			f := new(refusing)
			e := New(Options{Shards: 2, segmentSlots: arena.LeastSlots, checked: true, mapper: f.mapper()})
			defer e.Close()
			m := &refusedModel{t: t, e: e, op: store.Op{Now: 1000}, strings: map[string]string{}, sessions: map[string][2]string{}, random: rand.New(rand.NewPCG(1, uint64(every)))}
			for i := range 3000 {
				f.every.Store(0)
				if i%200 >= 20 { // some entries are there before
					f.every.Store(every)
				}
				m.step()
				if i%100 == 0 {
					if err := e.Check(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if f.refused.Load() == 0 || m.errors == 0 {
				t.Errorf("%d calls were refused, %d operations answered so", f.refused.Load(), m.errors)
			}
			m.compare()
			f.every.Store(0)
			if err := e.Flush(t.Context(), m.op, true); err != nil {
				t.Fatal(err)
			}
			e.pages.Retry()
			if n := e.pages.KeptMappings(); n > 0 {
				t.Errorf("%d mappings are kept that the system would take", n)
			}
			if e.Held() != 0 {
				t.Errorf("%d bytes are held by nobody", e.Held())
			}
		})
	}
}

// refusedModel is what an engine holds, beside the engine.
type refusedModel struct {
	t        *testing.T
	e        *Engine
	op       store.Op
	strings  map[string]string
	sessions map[string][2]string // a field's value and the principal
	random   *rand.Rand
	errors   int
}

// apply changes the model unless the operation was refused.
func (m *refusedModel) apply(err error, change func()) {
	switch {
	case err == nil:
		change()
	case errors.Is(err, store.ErrNoMemory):
		m.errors++
	default:
		m.t.Helper()
		m.t.Fatal(err)
	}
}

// text returns a value of any size, some of which have mappings of their own.
func (m *refusedModel) text() string {
	n := m.random.IntN(300)
	switch m.random.IntN(8) {
	case 0:
		n = arena.SlotMax + m.random.IntN(3)<<16
	case 1:
		n *= 200
	}
	return string(bytes.Repeat([]byte{byte('a' + m.random.IntN(26))}, n))
}

func (m *refusedModel) key(kind string) string { return fmt.Sprint(kind, m.random.IntN(60)) }

func (m *refusedModel) step() {
	ctx, e, op := m.t.Context(), m.e, m.op
	key, id := m.key("text"), m.key("session")
	_, there := m.sessions[id]
	_, stored := m.strings[key]
	switch m.random.IntN(10) {
	case 0, 1:
		v := m.text()
		_, err := e.SetString(ctx, op, []byte(key), []byte(v), store.SetOptions{ExpireAt: store.Never})
		m.apply(err, func() { m.strings[key] = v })
	case 2:
		tail := m.text()
		_, err := e.AppendString(ctx, op, []byte(key), []byte(tail))
		m.apply(err, func() { m.strings[key] += tail })
	case 3:
		var pairs [][]byte
		for range 1 + m.random.IntN(20) {
			pairs = append(pairs, []byte(m.key("text")), []byte(m.text()))
		}
		_, err := e.SetStrings(ctx, op, pairs, false)
		m.apply(err, func() {
			for i := 0; i < len(pairs); i += 2 {
				m.strings[string(pairs[i])] = string(pairs[i+1])
			}
		})
	case 4:
		_, err := e.Delete(ctx, op, [][]byte{[]byte(key), []byte(id)})
		m.apply(err, func() { delete(m.strings, key); delete(m.sessions, id) })
	case 5:
		_, err := e.Expire(ctx, op, []byte(key), store.ExpireOptions{At: op.Now + 1<<45})
		m.apply(err, func() {})
	case 6:
		if !there {
			principal, v := m.key("who")[:4], m.text()
			err := e.CreateSession(ctx, op, []byte(id), store.CreateOptions{Principal: []byte(principal), Fields: [][]byte{[]byte("f"), []byte(v)}})
			m.apply(err, func() { m.sessions[id] = [2]string{v, principal} })
		}
	case 7:
		if there {
			v := m.text()
			_, err := e.SaveSession(ctx, op, []byte(id), store.SaveOptions{IdleTimeout: 1 << 45, Fields: [][]byte{[]byte("f"), []byte(v)}})
			m.apply(err, func() { m.sessions[id] = [2]string{v, m.sessions[id][1]} })
		}
	case 8:
		if to := m.key("session"); there && m.sessions[to] == [2]string{} {
			principal := m.key("who")[:4]
			err := e.RotateSession(ctx, op, []byte(id), []byte(to), store.RotateOptions{SetPrincipal: true, Principal: []byte(principal), Grace: int64(m.random.IntN(2))})
			m.apply(err, func() { m.sessions[to] = [2]string{m.sessions[id][0], principal}; delete(m.sessions, id) })
			m.op.Now += 2 // the alias ends
		}
	case 9:
		if stored {
			_, err := e.Persist(ctx, op, []byte(key))
			m.apply(err, func() {})
		}
	}
}

// compare compares all that the engine has to the model.
func (m *refusedModel) compare() {
	ctx, e, op := m.t.Context(), m.e, m.op
	if n, _ := e.Size(ctx, op); n != len(m.strings)+len(m.sessions) {
		m.t.Errorf("there are %d entries instead of %d", n, len(m.strings)+len(m.sessions))
	}
	for key, want := range m.strings {
		var got gotValue
		if err := e.GetString(ctx, op, []byte(key), &got); err != nil || string(got) != want {
			m.t.Errorf("%s has %d bytes instead of %d, %v", key, len(got), len(want), err)
		}
	}
	ids := map[string][]string{}
	for id, want := range m.sessions {
		var got gotValue
		err := e.LoadSession(ctx, op, []byte(id), store.LoadOptions{Fields: [][]byte{[]byte("f")}}, &got)
		if err != nil || string(got) != want[0] {
			m.t.Errorf("%s has %d bytes instead of %d, %v", id, len(got), len(want[0]), err)
		}
		ids[want[1]] = append(ids[want[1]], id)
	}
	for principal, want := range ids {
		got, err := e.PrincipalSessions(ctx, op, []byte(principal))
		if len(got) != len(want) || err != nil {
			m.t.Errorf("%s has %d sessions instead of %d, %v", principal, len(got), len(want), err)
		}
		for _, id := range got {
			if !slices.Contains(want, string(id)) {
				m.t.Errorf("%s has a session %s", principal, id)
			}
		}
	}
}

// gotValue is a copy of the value that was shown last.
type gotValue []byte

func (g *gotValue) Value(v []byte, _ bool)        { *g = bytes.Clone(v) }
func (g *gotValue) Bag(int64, int)                {}
func (g *gotValue) Field(_, value []byte, _ bool) { *g = bytes.Clone(value) }

// An engine that gets no memory at all answers so.
func TestNoMemoryAtAll(t *testing.T) {
	f := new(refusing)
	f.every.Store(1)
	e := New(Options{mapper: f.mapper()})
	defer e.Close()
	ctx, op := t.Context(), store.Op{Now: 1}
	fields := [][]byte{[]byte("f"), []byte("v")}
	if err := e.CreateSession(ctx, op, []byte("id"), store.CreateOptions{Principal: []byte("who"), Fields: fields}); !errors.Is(err, store.ErrNoMemory) {
		t.Error(err)
	}
	if _, err := e.SetStrings(ctx, op, fields, true); !errors.Is(err, store.ErrNoMemory) {
		t.Error(err)
	}
	if _, err := e.IncrString(ctx, op, []byte("n"), 1); !errors.Is(err, store.ErrNoMemory) {
		t.Error(err)
	}
	if n, _ := e.Size(ctx, op); n != 0 {
		t.Errorf("%d entries are there", n)
	}
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}
