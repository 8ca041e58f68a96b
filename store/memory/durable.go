package memory

import (
	"sync"

	"sessd/store"
)

// Record implements store.Durable.
func (e *Engine) Record(r store.Recorder) (stop func()) {
	e.setRecorder(r)
	return sync.OnceFunc(func() { e.setRecorder(nil) })
}

// setRecorder replaces the recorder between two steps.
func (e *Engine) setRecorder(r store.Recorder) {
	unlock := e.lockEverything()
	defer unlock()
	e.recorder = r
	e.eachShard(func(s *shard) bool {
		s.endWalk()
		s.recorder, s.redo = r, &s.ownRedo
		return true
	})
}

// lockEverything locks every shard between two steps, and keeps keyspaces from being made.
func (e *Engine) lockEverything() (unlock func()) {
	e.mu.Lock()
	var all []lockSet
	for i := range e.spaces {
		if e.spaces[i].Load() != nil {
			all = append(all, e.lockAll(store.Op{Keyspace: i}))
		}
	}
	return func() {
		for i := range all {
			all[i].unlock()
		}
		e.mu.Unlock()
	}
}
