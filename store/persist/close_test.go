package persist

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"sessd/store"
	"sessd/store/memory"
)

// standing is an engine that a test makes stand still while it is restored, or while a snapshot is made of it.
type standing struct {
	*memory.Engine
	began, goOn chan struct{} // nil: it does not stand still
}

func (s *standing) stand() {
	if s.began != nil {
		s.began <- struct{}{}
		<-s.goOn
	}
}

// Snapshot is part of store.Durable.
func (s *standing) Snapshot(began func(), emit func([]byte) error) error {
	s.stand()
	return s.Engine.Snapshot(began, emit)
}

// Restore is part of store.Durable.
func (s *standing) Restore() store.Restorer { return standingRestorer{s.Engine.Restore(), s} }

type standingRestorer struct {
	store.Restorer
	engine *standing
}

// Apply is part of store.Restorer.
func (r standingRestorer) Apply(payload []byte) error {
	r.engine.stand()
	return r.Restorer.Apply(payload)
}

// open returns a keeper of a new engine in a folder.
func open(t *testing.T, dir string) (*Keeper, *standing) {
	t.Helper()
	engine := &standing{Engine: memory.New(memory.Options{})}
	t.Cleanup(func() { engine.Close() })
	k, err := Open(engine, dir, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return k, engine
}

// write makes steps.
func write(t *testing.T, engine *standing) {
	t.Helper()
	for i := range 10 {
		if err := engine.CreateSession(t.Context(), store.Op{Now: time.Now().UnixMilli()}, []byte{byte(i)}, store.CreateOptions{IdleTimeout: 1_000_000}); err != nil {
			t.Fatal(err)
		}
	}
}

// closeWhile closes a keeper while work stands still, which goes on once the end has begun. It returns what became of both.
func closeWhile(k *Keeper, engine *standing, work func() error) (worked, closed error) {
	engine.began, engine.goOn = make(chan struct{}), make(chan struct{})
	working, closing := make(chan error, 1), make(chan error, 1)
	go func() { working <- work() }()
	<-engine.began
	go func() { closing <- k.Close() }()
	<-k.stop
	engine.began = nil
	close(engine.goOn)
	return <-working, <-closing
}

// TestCloseEndsALoad, which says so, whether it has begun or not.
func TestCloseEndsALoad(t *testing.T) {
	dir := t.TempDir()
	k, engine := open(t, dir)
	if err := k.Load(func() {}); err != nil {
		t.Fatal(err)
	}
	write(t, engine)
	k.SaveAtStop(false)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k, engine = open(t, dir)
	if loaded, closed := closeWhile(k, engine, func() error { return k.Load(func() {}) }); !errors.Is(loaded, ErrStopped) || closed != nil {
		t.Errorf("the load ends with %v, the keeper with %v", loaded, closed)
	}
	k, _ = open(t, dir)
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if err := k.Load(func() {}); !errors.Is(err, ErrStopped) {
		t.Errorf("a load after the end: %v", err)
	}
}

// TestCloseWaitsForTheSnapshotThatMendsTheLog, and makes its own after that. None begins later.
func TestCloseWaitsForTheSnapshotThatMendsTheLog(t *testing.T) {
	k, engine := open(t, t.TempDir())
	if err := k.Load(func() {}); err != nil {
		t.Fatal(err)
	}
	write(t, engine)
	_, err := closeWhile(k, engine, func() error {
		k.heal(errors.New("the disk has lost a step"))
		return nil
	})
	if state := k.State(); err != nil || state.Snapshots != 1 || state.LastSnapshotError != nil {
		t.Errorf("%v; %d snapshots, of which the last ended with %v", err, state.Snapshots, state.LastSnapshotError)
	}
	k.heal(errors.New("again"))
	if k.Saving() {
		t.Error("a snapshot begins after the end")
	}
}
