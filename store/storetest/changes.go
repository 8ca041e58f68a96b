package storetest

import (
	"fmt"
	"strings"
	"sync"

	"sessd/store"
)

// recorder is an observer that keeps what it is told as text: the event, the key and what it was before, and when it
// expires. A bar stands before each step.
type recorder struct {
	wants   store.Events
	mu      sync.Mutex
	changes []string
	step    uint64
}

func (r *recorder) Wants() store.Events { return r.wants }

func (r *recorder) Changed(c *store.Change, e store.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf("%s %s", c.Event, c.Key)
	if c.Former != nil {
		text += fmt.Sprintf(" from %s", c.Former)
	}
	if c.FormerUntil != 0 {
		text += fmt.Sprintf(" until +%d", c.FormerUntil-start)
	}
	if c.Expiry != store.Never {
		text += fmt.Sprintf(" +%d", c.Expiry-start)
	}
	if e == nil {
		text += " gone"
	}
	if c.Step != r.step {
		text = "| " + text
	}
	r.step = c.Step
	r.changes = append(r.changes, text)
}

// take returns what was told since it was taken the last time.
func (r *recorder) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.changes, ", ")
	r.changes = nil
	return text
}

// observe records the changes of some classes until the case ends.
func (f *fixture) observe(wants store.Events) *recorder {
	f.Helper()
	r := &recorder{wants: wants}
	f.Cleanup(ability[store.Observable](f).Observe(r))
	return r
}

func changeCases() []testCase {
	return []testCase{
		{"every write of a string is one event, with Redis's name", func(f *fixture) {
			r := f.observe(^store.Events(0))
			write := func(want string, do func(s store.Strings, key []byte) error) {
				f.Helper()
				f.ok(do(f.strings(), []byte("a")))
				f.want("changes", r.take(), want)
			}
			one := []byte("1")
			set := func(o store.SetOptions) func(store.Strings, []byte) error {
				return func(s store.Strings, key []byte) error {
					_, err := s.SetString(background, f.op, key, one, o)
					return err
				}
			}
			write("| new a, set a", set(store.SetOptions{ExpireAt: store.Never}))
			write("| set a +5, expire a +5", set(store.SetOptions{ExpireAt: start + 5}))
			write("| set a +5", set(store.SetOptions{KeepTTL: true}))
			write("", set(store.SetOptions{ExpireAt: store.Never, IfAbsent: true}))
			write("| incrby a +5", func(s store.Strings, key []byte) error { _, err := s.IncrString(background, f.op, key, 1); return err })
			write("| incrbyfloat a +5", func(s store.Strings, key []byte) error {
				_, err := s.IncrStringFloat(background, f.op, key, one)
				return err
			})
			write("| append a +5", func(s store.Strings, key []byte) error {
				_, err := s.AppendString(background, f.op, key, one)
				return err
			})
			write("| setrange a +5", func(s store.Strings, key []byte) error {
				_, err := s.SetStringRange(background, f.op, key, 1, one)
				return err
			})
			write("", func(s store.Strings, key []byte) error {
				_, err := s.SetStringRange(background, f.op, key, 1, nil)
				return err
			})
			getEx := func(at int64) func(store.Strings, []byte) error {
				return func(s store.Strings, key []byte) error {
					return s.GetStringExpire(background, f.op, key, at, new(valueText))
				}
			}
			write("| expire a +9", getEx(start+9))
			write("| persist a", getEx(store.Never))
			write("", getEx(store.Never))
			write("| del a gone", getEx(start))
			write("| keymiss a gone", getEx(start))
			write("| new a, append a", func(s store.Strings, key []byte) error {
				_, err := s.AppendString(background, f.op, key, one)
				return err
			})
			write("| del a gone", func(s store.Strings, key []byte) error { return s.DeleteString(background, f.op, key, new(valueText)) })
			write("", set(store.SetOptions{ExpireAt: start}))
			write("| new a, set a, set a", func(s store.Strings, key []byte) error {
				_, err := s.SetStrings(background, f.op, [][]byte{key, one, key, one}, false)
				return err
			})
		}},
		{"every change of a session is one event", func(f *fixture) {
			r := f.observe(^store.Events(0))
			f.create("a", store.CreateOptions{IdleTimeout: 10})
			f.want("create", r.take(), "| new a +10, created a +10")
			f.pass(1)
			f.save("a", "x", "1")
			f.want("save", r.take(), "| saved a +11")
			f.pass(1)
			f.load("a", store.LoadOptions{})
			f.want("load", r.take(), "| touched a +12")
			f.load("a", store.LoadOptions{NoTouch: true})
			f.want("load without touch", r.take(), "")
			f.rotate("a", "b", 3)
			f.want("rotate", r.take(), "| rotated b from a until +5 +12")
			f.save("a", "x", "2")
			f.want("save by the id before", r.take(), "| saved b +12")
			_, err := f.sessions().ClearSession(background, f.op, []byte("b"), nil)
			f.ok(err)
			f.want("clear", r.take(), "| cleared b +12")
			_, err = f.keys().Expire(background, f.op, []byte("b"), store.ExpireOptions{At: start + 50})
			f.ok(err)
			f.want("expire", r.take(), "| expire b +50")
			_, err = f.keys().Persist(background, f.op, []byte("b"))
			f.ok(err)
			f.want("persist", r.take(), "| persist b")
			f.set("b", "1")
			f.want("a string over it", r.take(), "| destroyed b gone, set b")
		}},
		{"what ends says why", func(f *fixture) {
			r := f.observe(store.ChangeEvents)
			f.create("a", store.CreateOptions{IdleTimeout: 10})
			f.create("b", store.CreateOptions{Principal: []byte("p")})
			f.create("c", store.CreateOptions{Principal: []byte("p")})
			f.set("s", "1")
			r.take()
			_, err := f.sessions().DestroySessions(background, f.op, words("b"))
			f.ok(err)
			f.want("destroyed", r.take(), "| destroyed b gone")
			_, err = f.sessions().DestroyPrincipal(background, f.op, []byte("p"), nil)
			f.ok(err)
			f.want("destroyed", r.take(), "| destroyed c gone")
			f.pass(10)
			f.want("type", f.kind("a"), "none")
			f.want("expired", r.take(), "| expired a gone")
			_, err = f.keys().Delete(background, f.op, words("s", "none", "s"))
			f.ok(err)
			f.want("deleted", r.take(), "| del s gone")
			f.set("s", "1")
			_, err = f.keys().Expire(background, f.op, []byte("s"), store.ExpireOptions{At: start})
			f.ok(err)
			f.want("expired at once", r.take(), "| set s, | del s gone")
			f.set("s", "1")
			f.ok(f.keys().Flush(background, f.op, true))
			f.want("flushed", r.take(), "| set s, | flushed  gone")
		}},
		{"changes of a session name its principal", func(f *fixture) {
			r := &principals{}
			f.Cleanup(ability[store.Observable](f).Observe(r))
			f.create("a", store.CreateOptions{Principal: []byte("p"), IdleTimeout: 10})
			f.save("a", "x", "1")
			f.rotate("a", "b", 0)
			f.create("c", store.CreateOptions{})
			f.set("s", "1")
			f.pass(10)
			f.want("type", f.kind("b"), "none")
			f.want("principals", strings.Join(r.told, ", "), "created a of p, saved a of p, rotated b of p, created c of , expired b of p")
		}},
		{"changes of several keys are one step", func(f *fixture) {
			r := f.observe(store.ChangeEvents)
			_, err := f.strings().SetStrings(background, f.op, words("a", "1", "b", "1", "c", "1"), false)
			f.ok(err)
			f.want("set", r.take(), "| set a, set b, set c")
			_, err = f.keys().Delete(background, f.op, words("c", "a", "b"))
			f.ok(err)
			f.want("delete", r.take(), "| del c gone, del a gone, del b gone")
		}},
		{"an observer is told what it wants, beside others, until it stops", func(f *fixture) {
			ends := f.observe(store.GenericEvents)
			sets := &recorder{wants: store.StringEvents}
			stop := ability[store.Observable](f).Observe(sets)
			f.set("a", "1")
			_, err := f.keys().Delete(background, f.op, words("a"))
			f.ok(err)
			f.want("ends", ends.take(), "| del a gone")
			f.want("sets", sets.take(), "| set a")
			stop()
			stop()
			f.set("a", "1")
			_, err = f.keys().Delete(background, f.op, words("a"))
			f.ok(err)
			f.want("ends", ends.take(), "| del a gone")
			f.want("sets after stop", sets.take(), "")
		}},
	}
}

// principals is an observer that keeps whose sessions it is told of.
type principals struct{ told []string }

func (*principals) Wants() store.Events { return store.SessionEvents | store.ExpiredEvents }

func (p *principals) Changed(c *store.Change, _ store.Entry) {
	p.told = append(p.told, fmt.Sprintf("%s %s of %s", c.Event, c.Key, c.Principal))
}

// replica is an observer that knows of each key what the changes say.
type replica struct {
	mu     sync.Mutex
	spaces []map[string]string // type and expiry by key
}

func newReplica(keyspaces int) *replica {
	r := &replica{spaces: make([]map[string]string, keyspaces)}
	for i := range r.spaces {
		r.spaces[i] = map[string]string{}
	}
	return r
}

func replicaText(t store.Type, expiry int64) string { return fmt.Sprintf("%s until %d", t, expiry) }

// Wants implements store.Observer.
func (r *replica) Wants() store.Events { return store.ChangeEvents | store.TouchEvents }

// Changed implements store.Observer.
func (r *replica) Changed(c *store.Change, e store.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := r.spaces[c.Keyspace]
	delete(keys, string(c.Former))
	switch {
	case c.Event == store.EventFlushed:
		clear(keys)
	case c.Event == store.EventSwapped:
		r.spaces[c.Keyspace], r.spaces[c.Swap.With] = r.spaces[c.Swap.With], keys
	case e == nil:
		delete(keys, string(c.Key))
	case len(e.AppendTo(nil)) == 0:
		panic("an entry is nothing")
	default:
		keys[string(c.Key)] = replicaText(c.Type, c.Expiry)
	}
}

// difference compares the replica to an engine at a time, when nothing changes it.
func (r *replica) difference(e store.Engine, now int64) string {
	keys := e.(store.Keys)
	for i := range r.spaces {
		op := store.Op{Keyspace: i, Now: now}
		there := map[string]string{}
		for cursor := uint64(0); ; {
			var names []string
			cursor, _ = keys.Scan(background, op, cursor, store.ScanOptions{Count: 100}, func(key []byte) { names = append(names, string(key)) })
			for _, name := range names {
				t, _ := keys.KeyType(background, op, []byte(name))
				at, _, _ := keys.Expiry(background, op, []byte(name))
				there[name] = replicaText(t, at)
			}
			if cursor == 0 {
				break
			}
		}
		_, _ = keys.Size(background, op) // what has expired is removed, and told
		r.mu.Lock()
		known := fmt.Sprint(r.spaces[i])
		r.mu.Unlock()
		if got := fmt.Sprint(there); got != known {
			return fmt.Sprintf("keyspace %d: the engine has %s\nits changes say %s", i, got, known)
		}
	}
	return ""
}
