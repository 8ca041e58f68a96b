package upstream

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessd/store"
)

// In a cluster the index of a principal lies in another slot than its sessions. A session is bound there before it is made, and unbound
// after it has ended. So the index never lacks a session. It may have keys without one: of a session that is being made, or where
// somebody died between the steps.
//
// A limit that refuses counts what the index has, in the step that binds. It does not count the key that a session is about to get.
// A limit that evicts is enforced behind the new session.

const (
	// makeWithin is for how long after its key was bound a session can be made, in milliseconds by the clocks of two servers.
	makeWithin = 30_000
	// boundLately is for how long a key without a session may belong to one that is being made, in milliseconds.
	boundLately = 60_000
	// limitPatience is for how long a limit waits for sessions that are being made or moved.
	limitPatience = 250 * time.Millisecond
)

var errLate = &store.UnavailableError{Reason: "the cluster takes too long"}

// enrollment is what the script that makes a session in a cluster has to know of its principal.
type enrollment struct {
	generation string
	until      string // when it is too late to make the session, in milliseconds; 0: never
	joined     bool   // its key is not counted yet
}

// bindRun runs the script that binds.
func (e *Engine) bindRun(ctx context.Context, op store.Op, principal []byte, todo string, args ...string) (answer, error) {
	return e.run(ctx, op.Now, bindScript, 0, []string{indexKey(principal), stampKey(principal)}, append([]string{todo, string(principal)}, args...)...)
}

// enroll binds a key to a principal in a cluster before a session is there, with an idle timeout and an absolute deadline, 0 for none.
// With has the session is one of the principal's already, under another key. Elsewhere the script that makes the session does all that.
func (e *Engine) enroll(ctx context.Context, op store.Op, principal []byte, key string, idle, until int64, c store.PrincipalLimit, has bool) (enrollment, error) {
	if len(principal) == 0 || e.kind != cluster {
		return enrollment{generation: "0", until: "0"}, nil
	}
	most, todo := 0, "bind"
	if has {
		todo = "join"
	} else if !c.Evict {
		most = c.Max
	}
	for end := time.Now().Add(limitPatience); ; {
		a, err := e.bindRun(ctx, op, principal, todo, key, duration(idle), decimal(until), decimal(int64(most)))
		if err != nil {
			return enrollment{}, err
		}
		if a.word == "ok" {
			e.tidy(op, principal, key, a)
			p := enrollment{a.text(0), "0", has}
			if generation, _ := strconv.ParseInt(p.generation, 10, 64); most > 0 {
				p.until = decimal(generation/1000 + makeWithin)
			}
			return p, nil
		}
		all, err := e.count(ctx, op, principal, most)
		if err != nil {
			return enrollment{}, err
		}
		if len(all.lost) > 0 {
			if err := e.reap(ctx, op, principal, all.lost); err != nil {
				return enrollment{}, err
			}
			continue
		}
		if len(all.live) >= most || time.Now().After(end) {
			return enrollment{}, c.Exceeded()
		}
		select {
		case <-time.After(moveLook):
		case <-ctx.Done():
			return enrollment{}, e.failure(ctx.Err(), false)
		}
	}
}

// enrollRotated is enroll for a session that gets another key in its slot. It returns the principal that has the key in its index now.
func (e *Engine) enrollRotated(ctx context.Context, op store.Op, key, target string, r *store.RotateOptions) (joins []byte, p enrollment, err error) {
	p = enrollment{generation: "0", until: "0"}
	if e.kind != cluster || key == target {
		return nil, p, nil
	}
	former, _, err := e.loadOne(ctx, op, key, false)
	if former == nil && err == nil {
		e.counts.refused.Add(1)
		err = store.ErrNoSession
	}
	if err != nil {
		return nil, p, err
	}
	joins = []byte(former.principal)
	if r.SetPrincipal {
		joins = r.Principal
	}
	p, err = e.enroll(ctx, op, joins, target, former.idle, former.until, r.PrincipalLimit, former.principal == string(joins))
	if err != nil {
		err = e.orExists(ctx, op, target, err)
	}
	return joins, p, err
}

// swap puts the key that a session of a principal has got in place of the one before.
func (e *Engine) swap(ctx context.Context, op store.Op, principal []byte, key, target string, r *record) error {
	if len(principal) == 0 || e.kind != cluster {
		return nil
	}
	_, err := e.bindRun(ctx, op, principal, "swap", key, decimal(r.idle), decimal(r.until), target)
	return err
}

// unbind takes a key out of a principal's index in a cluster.
func (e *Engine) unbind(ctx context.Context, op store.Op, principal []byte, key string) error {
	if len(principal) == 0 || e.kind != cluster {
		return nil
	}
	_, err := e.bindRun(ctx, op, principal, "unbind", key)
	return err
}

// makeRoom does what is too much for the step that makes a session of a principal on one server: it takes keys without a session out of
// the index, and ends sessions beyond the limit but for the last. Where no more are allowed it returns an error, else what the step may
// end: the longest unused. The step comes again then.
func (e *Engine) makeRoom(ctx context.Context, op store.Op, principal []byte, c store.PrincipalLimit, a answer) (longest string, err error) {
	e.evicted(a, 0, principal)
	enough := c.Max
	if c.Evict {
		enough = 0
	}
	all, err := e.count(ctx, op, principal, enough)
	if err == nil {
		err = e.reap(ctx, op, principal, all.lost)
	}
	if err != nil {
		return "", err
	}
	if !c.Evict {
		if len(all.live) >= c.Max {
			return "", c.Exceeded()
		}
		return "", nil
	}
	slices.SortFunc(all.live, longestUnused(math.MaxInt64))
	order := make([]fieldEnd, len(all.live))
	for i, d := range all.live {
		order[i] = fieldEnd{d.key, d.record.used}
	}
	before := max(0, len(order)-c.Max)
	for some := range slices.Chunk(order[:before], endAtOnce) {
		a, err := e.run(ctx, op.Now, evictScript, 0, []string{indexKey(principal)}, string(principal), decimal(int64(c.Max)), formatEnds(some))
		if err != nil {
			return "", err
		}
		e.evicted(a, 0, principal)
	}
	order = order[before:]
	return formatEnds(order[:min(endAtOnce, len(order))]), nil
}

// roomFor is for how long a limit looks for room that others take again and again.
const roomFor = 10 * time.Second

// inRoom calls a step that makes a session of a principal, and what it cannot do by itself before that again. The step is told of others
// that may end.
func (e *Engine) inRoom(ctx context.Context, op store.Op, principal []byte, c store.PrincipalLimit, step func(others string) (answer, error)) (answer, error) {
	others := flag(c.Evict)
	for began := time.Now(); ; {
		a, err := step(others)
		if err != nil || a.word != "look" {
			return a, err
		}
		longest, err := e.makeRoom(ctx, op, principal, c, a)
		if err != nil {
			return answer{}, err
		}
		if time.Since(began) > roomFor {
			return answer{}, &store.UnavailableError{Reason: "the principal's sessions change too fast to be counted"}
		}
		others = flag(c.Evict) + longest
	}
}

// orExists returns what is wrong with a new key where there is no room for one more session: that it is taken comes first.
func (e *Engine) orExists(ctx context.Context, op store.Op, key string, err error) error {
	if _, full := err.(*store.LimitError); !full {
		return err
	}
	r, moved, failed := e.loadOne(ctx, op, key, true)
	switch {
	case failed != nil:
		return failed
	case r != nil || moved.key != "":
		return store.ErrSessionExists
	}
	return err
}

// limitInScripts is the limit as far as scripts enforce it.
func (e *Engine) limitInScripts(c store.PrincipalLimit) store.PrincipalLimit {
	if e.kind == cluster {
		return store.PrincipalLimit{}
	}
	return c
}

// count looks twice at the index of a principal. It returns the live sessions, each once, and the keys that had none in both looks and
// are not bound lately. Between looks a session may get another key, which the index has before. It may stop with enough.
func (e *Engine) count(ctx context.Context, op store.Op, principal []byte, enough int) (all described, err error) {
	handles := make(map[string]bool)
	lost := make(map[bound]bool)
	for look := range 2 {
		found, err := e.describeAll(ctx, op, principal, nil, enough)
		if err != nil {
			return all, err
		}
		for _, d := range found.live {
			if d.generation < 0 && len(e.old(op, []bound{d.bound})) > 0 {
				e.keepBound(ctx, op, d.key, d.record)
			}
			if !handles[d.record.handle] {
				handles[d.record.handle] = true
				all.live = append(all.live, d)
			}
		}
		missing := append(e.old(op, found.lost), found.dead...)
		if look == 1 {
			all.lost = slices.DeleteFunc(missing, func(one bound) bool { return !lost[one] })
		}
		if len(missing) == 0 {
			break
		}
		for _, one := range missing {
			lost[one] = true
		}
	}
	return all, nil
}

// old returns those of some keys that were not bound lately. Where one server has all keys, a key is bound with its session.
func (e *Engine) old(op store.Op, keys []bound) []bound {
	if e.kind != cluster {
		return keys
	}
	before := (e.now(op.Now) - boundLately) * 1000
	return slices.DeleteFunc(slices.Clone(keys), func(one bound) bool { return max(one.generation, -one.generation) >= before })
}

// reap takes keys out of a principal's index, unless they were bound anew.
func (e *Engine) reap(ctx context.Context, op store.Op, principal []byte, keys []bound) error {
	for some := range slices.Chunk(keys, reapAtOnce) {
		var args []string
		for _, one := range some {
			args = append(args, one.key, decimal(one.generation))
		}
		if _, err := e.bindRun(ctx, op, principal, "reap", args...); err != nil {
			return err
		}
	}
	return nil
}

// tidy looks after the sessions of some keys in an index that were named when another was bound.
func (e *Engine) tidy(op store.Op, principal []byte, key string, a answer) {
	if len(a.rest) < 2 || e.counts.touching.Load() >= mostTouches {
		return
	}
	pairs, _ := a.part(1).AsStrSlice()
	var keys []bound
	for i := 0; i+1 < len(pairs); i += 2 {
		if generation, err := strconv.ParseFloat(pairs[i+1], 64); err == nil && pairs[i] != key && isSession(pairs[i]) {
			keys = append(keys, bound{pairs[i], int64(generation)})
		}
	}
	if len(keys) == 0 {
		return
	}
	e.counts.touching.Add(1)
	e.work.Go(func() {
		defer e.counts.touching.Add(-1)
		if all, err := e.describe(e.context, op, principal, keys, nil); err == nil {
			e.reap(e.context, op, principal, e.old(op, append(all.lost, all.dead...)))
		}
	})
}

// keepBound puts a session in a cluster that is used back into the index of its principal, should that have lost it.
func (e *Engine) keepBound(ctx context.Context, op store.Op, key string, r *record) {
	if e.kind == cluster && r.principal != "" {
		e.bindRun(ctx, op, []byte(r.principal), "keep", key, decimal(r.idle), decimal(r.until), decimal(r.generation))
	}
}

// trim ends the longest unused sessions of a principal in a cluster, until there are no more than its limit. The key and the generation
// are of the session that was just made, which counts. Those that were bound behind it count too, and none of them ends: who made them
// may have looked before this one was there. Where they are as many as the limit by themselves, the one that was made ends, as if it had
// come first. All who trim at once have the same order, so none ends a session which another one counts on. What fails is left to the
// next one who makes a session.
func (e *Engine) trim(ctx context.Context, op store.Op, principal []byte, key, generation string, c store.PrincipalLimit) {
	if e.kind != cluster || len(principal) == 0 || c.Max == 0 || !c.Evict {
		return
	}
	all, err := e.count(ctx, op, principal, 0)
	if err != nil {
		return
	}
	e.reap(ctx, op, principal, all.lost)
	made, _ := strconv.ParseInt(generation, 10, 64)
	behind := 0
	for _, d := range all.live {
		if d.record.generation > made {
			behind++
		}
	}
	ends := slices.DeleteFunc(all.live, func(d describedSession) bool { return d.record.generation > made })
	slices.SortFunc(ends, longestUnused(made-madeLately))
	generations, keys := make(map[string]int64), []string(nil)
	for _, d := range ends[:max(0, len(ends)-max(0, c.Max-behind))] {
		keys, generations[d.key] = append(keys, d.key), d.record.generation
	}
	eachOf(keys, func(key string) error {
		done, err := e.change(ctx, op, key, destroyScript, string(principal), decimal(generations[key]), "0")
		if done.word != "destroyed" {
			return err
		}
		e.report(0, store.EventEvicted, done.key, "", string(principal))
		e.dead.bury(done.key, done.record.handle, done.number(1), done.record.until)
		e.forget(done.key)
		return nil
	})
}

// madeLately is for how long a session counts as just made, in microseconds.
const madeLately = 1_000_000

// longestUnused orders sessions by their last use. Behind them come those that were bound since a time, in the order of that.
func longestUnused(since int64) func(a, b describedSession) int {
	fresh := func(d describedSession) int64 { return max(0, d.record.generation-since) }
	return func(a, b describedSession) int {
		return cmp.Or(cmp.Compare(fresh(a), fresh(b)), cmp.Compare(a.record.used, b.record.used), strings.Compare(a.key, b.key))
	}
}
