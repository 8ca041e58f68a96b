//go:build unix

package upstream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// idsOn returns ids whose keys lie on the first server of a cluster of three, or elsewhere.
func idsOn(e *Engine, first bool, n int) (ids []string) {
	for i := 0; len(ids) < n; i++ {
		id := fmt.Sprintf("id-%d", i)
		if slotOf(e.names.key([]byte(id))) < slots/3 == first {
			ids = append(ids, id)
		}
	}
	return ids
}

func rotate(e *Engine, op store.Op, id, newid string) error {
	return e.RotateSession(background, op, []byte(id), []byte(newid), store.RotateOptions{})
}

// TestSlotOnItsWay: what waits for replicas goes where a server says that the key is by now.
func TestSlotOnItsWay(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	e := connect(t, "redis-cluster://"+c.Addresses)
	ids := idsOn(e, true, 6)
	source, target := c.Servers[0], c.Servers[1]
	host, port, _ := strings.Cut(target.Address, ":")
	for i, id := range ids {
		create(t, e, id, "x", "1")
		key := e.names.key([]byte(id))
		slot := fmt.Sprint(slotOf(key))
		target.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", source.Do("CLUSTER", "MYID"))
		source.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", target.Do("CLUSTER", "MYID"))
		source.Do("MIGRATE", host, port, key, "0", "5000")
		if i >= len(ids)/2 { // the others are asked for while the slot has two servers
			for _, s := range c.Servers[:3] {
				s.Do("CLUSTER", "SETSLOT", slot, "NODE", target.Do("CLUSTER", "MYID"))
			}
		}
		var err error
		switch i % 3 {
		case 0:
			_, err = destroy(e, id)
		case 1:
			err = lock(e, id, "token", 600_000)
		case 2:
			err = rotate(e, now(), id, fmt.Sprint("moved-", i))
		}
		want(t, id, err, nil)
	}
}

// TestMoveLeftBehind: a mark that nobody takes away is dealt with by whoever meets it, also one who reads.
func TestMoveLeftBehind(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	e := connect(t, "redis-cluster://"+c.Addresses, func(o *Options) { o.CallerTime, o.Replicas = true, 0 })
	at := store.Op{Now: 1_000_000}
	later := store.Op{Now: at.Now + moveLife}
	for _, made := range []bool{false, true} {
		id, newid := []byte(fmt.Sprint("old-", made)), []byte(fmt.Sprint("new-", made))
		options := store.CreateOptions{Fields: words("x", "1")}
		if err := e.CreateSession(background, at, id, options); err != nil {
			t.Fatal(err)
		}
		if a, err := e.run(background, at.Now, moveScript, 0, []string{e.names.key(id)}, "begin", e.names.key(newid)); a.word != "ok" {
			t.Fatal(a.word, err)
		}
		e.forget(e.names.key(id))
		if made {
			if err := e.CreateSession(background, at, newid, options); err != nil {
				t.Fatal(err)
			}
		}
		b, err := loadAt(e, at, string(id))
		want(t, "while it is being moved", fmt.Sprint(b["x"], err), "1<nil>")
		b, err = loadAt(e, later, string(id))
		if made {
			want(t, "once it is there", err, store.ErrNoSession)
			_, err = e.SaveSession(background, later, id, store.SaveOptions{Fields: words("x", "2")})
			want(t, "saved once it is there", err, store.ErrNoSession)
			continue
		}
		want(t, "once it stays here", fmt.Sprint(b["x"], err), "1<nil>")
		_, err = e.SaveSession(background, at, id, store.SaveOptions{Fields: words("x", "2")})
		want(t, "saved once it stays here", err, nil)
	}
}

// TestRotatedWhileItIsMoved: a session that is being moved is no lost one, to whoever rotates it or spares it.
func TestRotatedWhileItIsMoved(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	e := connect(t, "redis-cluster://"+c.Addresses, func(o *Options) { o.CallerTime, o.Replicas = true, 0 })
	at, id := store.Op{Now: 1_000_000}, []byte("s")
	key := e.names.key(id)
	if err := e.CreateSession(background, at, id, store.CreateOptions{Principal: []byte("ann"), Fields: words("x", "1")}); err != nil {
		t.Fatal(err)
	}
	for _, newid := range []string{"in-another-slot", "in-its-slot~" + tagOf(id)} {
		if a, err := e.run(background, at.Now, moveScript, 0, []string{key}, "begin", "x"); a.word != "ok" {
			t.Fatal(a.word, err)
		}
		for what, do := range map[string]func(context.Context) error{
			"rotated": func(ctx context.Context) error {
				return e.RotateSession(ctx, at, id, []byte(newid), store.RotateOptions{})
			},
			"spared": func(ctx context.Context) error {
				_, err := e.DestroyPrincipal(ctx, at, []byte("ann"), id)
				return err
			},
		} {
			ctx, cancel := context.WithTimeout(background, 300*time.Millisecond)
			if err := do(ctx); !unavailable(err) && !uncertain(err) {
				t.Errorf("%s, while it gets to another slot, to %s: %v", what, newid, err)
			}
			cancel()
		}
		if a, err := e.run(background, at.Now, moveScript, 0, []string{key}, "cancel", "x"); a.word != "ok" {
			t.Fatal(a.word, err)
		}
		b, err := loadAt(e, at, "s")
		want(t, "once it stays", fmt.Sprint(b["x"], err), "1<nil>")
	}
}

// TestReadsOfManyKeysCut: those that a cut connection leaves without an answer are asked for again.
func TestReadsOfManyKeysCut(t *testing.T) {
	s := redistest.Serve(t)
	p := newProxy(t, s.Address)
	e := connect(t, "redis://"+p.listener.Addr().String())
	var keys []bound
	for _, id := range []string{"a", "b", "c"} {
		if err := e.CreateSession(background, now(), []byte(id), store.CreateOptions{Principal: []byte("ann")}); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, bound{key: e.names.key([]byte(id))})
	}
	p.hush(true)
	time.AfterFunc(50*time.Millisecond, func() {
		p.cut()
		p.hush(false)
	})
	var all described
	err := e.describeSome(background, now(), []byte("ann"), keys, append(slices.Clone(metaFields), endsField), 0, &all)
	want(t, "three sessions", fmt.Sprint(len(all.live), err), "3 <nil>")
}
