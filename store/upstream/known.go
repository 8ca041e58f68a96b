package upstream

import (
	"context"

	"sessd/store"
)

// known is a save of a session that is at hand, reckoned here: while the upstream has the session as it was, what it leaves is known.
// It unsets no fields.
// The zero value's records have no metadata, and nothing is known.
type known struct {
	base, next *record
	stamp      string // the stamp of its principal and the key of that, where scripts see it
}

// mostKnown is how many names and values a quick save has at most: one call's arguments.
const mostKnown = 4000

// steady is for how long the use of a session that has no idle timeout may go unnoticed, in milliseconds.
const steady = 60_000

// settled reports whether use of the session now may go unnoticed: it moves the expiry by no more than a tenth of the idle timeout.
func (e *Engine) settled(r *record, now int64) bool {
	slack := int64(steady)
	switch {
	case e.options.CallerTime:
		slack = 0
	case r.idle > 0:
		slack = r.idle / 10
	}
	return now-r.used <= slack
}

// reckon reckons a save of the session under a key. Nothing is known where the session is not at hand, or the upstream has to decide.
func (e *Engine) reckon(op store.Op, key string, s *store.SaveOptions, change edit) known {
	nothing := known{base: new(record), next: new(record)}
	if e.cache == nil || len(change.unset) > 0 || len(change.pairs) > mostKnown {
		return nothing
	}
	now, limits := e.now(op.Now), e.Limits()
	r := e.cache.peek(key[nameFrom:], now)
	switch {
	case r == nil, r.lags, len(r.ends) > 0, len(change.ends) > 0, r.fresh != 0, r.locked != 0, s.Token != nil, !e.settled(r, now):
		return nothing
	case s.Bound && s.Revision != r.revision, s.IdleTimeout != 0 && s.IdleTimeout != r.idle:
		return nothing
	}
	k := known{base: r, next: r.after(change)}
	if most := limits.SessionFields; most > 0 && k.next.count > most && k.next.count > r.count {
		return nothing
	}
	if most := limits.SessionBytes; most > 0 && k.next.bytes > most && k.next.bytes > r.bytes {
		return nothing
	}
	if r.principal != "" && e.kind != cluster {
		last, is, _ := e.cache.stamps.of(r.principal)
		if !is || r.generation <= last {
			return nothing
		}
		if last > 0 {
			k.stamp = decimal(last)
		}
		k.stamp += "|" + stampKey([]byte(r.principal))
	}
	k.next.change++
	k.next.writeMeta()
	return k
}

// kept notes that a session was as it was known, and is now what was reckoned.
func (e *Engine) kept(ctx context.Context, c changed, k known) error {
	e.cache.replace(c.key[nameFrom:], func(r *record) *record {
		if r != k.base {
			return nil
		}
		return k.next
	})
	if e.kind == cluster {
		return e.notEnded(ctx, c)
	}
	return nil
}
