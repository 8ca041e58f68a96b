package upstream

import (
	"context"
	"slices"

	"sessd/store"
)

// change runs a script on the session under a key, to which aliases may lead, and returns what it answered. A session that is not
// there is store.ErrNoSession.
func (e *Engine) change(ctx context.Context, op store.Op, key string, s script, args ...string) (changed, error) {
	return e.changeWith(ctx, op, key, "", s, args...)
}

// changeWith is change for a caller who has a lock, in terms of lockTerms.
func (e *Engine) changeWith(ctx context.Context, op store.Op, key, lock string, s script, args ...string) (changed, error) {
	replicas := e.options.SaveReplicas
	if s == destroyScript || s == expireScript || s == lockScript {
		replicas = max(replicas, e.options.Replicas)
	}
	handle := ""
	for range mostHops {
		a, err := e.afterMoves(ctx, op, key, func() (answer, error) {
			return e.runOn(ctx, op.Now, s, replicas, []string{key}, handle+"|"+lock, args...)
		})
		c := changed{answer: a, key: key, record: new(record)}
		if err == nil && a.word == "moved" && !isSession(a.text(0)) {
			err = errNonsense
		}
		if a.word == "ok" || a.word == "destroyed" {
			if c.record = a.record(0); c.record.handle == "" && err == nil {
				err = errNonsense
			}
		}
		if e.cache != nil && (err != nil || a.word == "gone") {
			e.cache.drop(key[nameFrom:])
		}
		if err != nil {
			return c, err
		}
		switch a.word {
		case "gone":
			e.counts.refused.Add(1)
			return c, store.ErrNoSession
		case "revision":
			e.counts.conflicts.Add(1)
			return c, &store.RevisionError{Revision: a.number(0)}
		case "limit", "exists":
			return c, a.refusal()
		case "locked":
			return c, &store.LockedError{For: a.number(0), ID: e.names.id(key)}
		case "unlocked":
			return c, store.ErrNotLocked
		case "moved":
			key, handle = a.text(0), a.text(1)
			if op.May != nil && !op.May(e.names.id(key)) {
				return c, store.ErrNotPermitted
			}
			continue
		}
		if e.kind == cluster && a.word == "destroyed" {
			e.unbind(ctx, op, []byte(c.record.principal), key) // a key without a session is harmless
		}
		if e.kind == cluster && a.word == "ok" {
			return c, e.notEnded(ctx, c)
		}
		if !slices.Contains(endWords, a.word) {
			return c, errNonsense
		}
		return c, nil
	}
	return changed{}, store.ErrNoSession
}

// endWords are what scripts answer beside errors.
var endWords = []string{"ok", "destroyed", knownWord, "no", "overflow", "integer"}

// changed is what a script did to a session, the key of that, and its metadata: those after a change, or those before its end.
type changed struct {
	answer
	key    string
	record *record
}

// replace makes what is cached of a session what a change of ours made of it.
func (e *Engine) replace(c changed, change func(*record) edit) {
	if e.cache == nil {
		return
	}
	e.cache.replace(c.key[nameFrom:], func(r *record) *record {
		if r.revision != c.record.revision-1 || r.handle != c.record.handle {
			return nil
		}
		return r.edited(change(r), c.record.meta)
	})
}

// renew is replace for a change that left all fields and the revision.
func (e *Engine) renew(c changed) {
	if e.cache == nil {
		return
	}
	e.cache.replace(c.key[nameFrom:], func(r *record) *record {
		next := *r
		if !next.setMeta(c.record.meta) || next.revision != r.revision || next.handle != r.handle {
			return nil
		}
		return &next
	})
}
