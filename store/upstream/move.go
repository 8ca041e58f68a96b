package upstream

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sessd/store"
)

// Moving a session between slots of a cluster takes several scripts. From the first to the last nothing changes the session, which
// is marked; where the mover dies between them, whoever meets the mark ends the move or takes it back.
const (
	moveLife  = 5000                  // milliseconds after which a mark counts as left behind
	moveSpare = 1000                  // milliseconds before that the new key is not made any more, by the clock of its server
	moveLook  = 20 * time.Millisecond // between looks at a session that is being moved
)

// move is RotateSession between slots. The old id's own aliases end, and the old id as an alias does not follow later rotations.
func (e *Engine) move(ctx context.Context, op store.Op, key, target string, r store.RotateOptions) error {
	clock, err := e.run(ctx, op.Now, putScript, 0, []string{target}, "")
	if err != nil {
		return err
	}
	a, err := e.afterMoves(ctx, op, key, func() (answer, error) {
		defer e.forget(key)
		return e.run(ctx, op.Now, moveScript, 0, []string{key}, "begin", target)
	})
	switch {
	case err != nil:
		return err
	case a.word != "ok" || len(a.rest) < 2:
		e.counts.refused.Add(1)
		return store.ErrNoSession
	}
	cancel := func(why error) error {
		_, err := e.run(ctx, op.Now, moveScript, 0, []string{key}, "cancel", target)
		e.forget(key)
		if err != nil {
			return err
		}
		return why
	}
	former, handle := []byte(a.record(0).principal), a.record(0).handle
	principal, bound := former, r.SetPrincipal && !bytes.Equal(former, r.Principal)
	if r.SetPrincipal {
		principal = r.Principal
	}
	place, err := e.enroll(ctx, op, principal, target, a.record(0).idle, a.record(0).until, r.PrincipalLimit, !bound)
	if err != nil {
		return cancel(e.orExists(ctx, op, target, err))
	}
	begun := a.number(1)
	ahead := clock.number(0) - begun // of the other server's clock
	if max(ahead, -ahead) <= clocksAgree {
		ahead = 0
	}
	args, failure := e.movedFields(a, string(principal), place.generation, r.SetPrincipal, bound, begun, ahead)
	if failure != nil {
		e.unbind(ctx, op, principal, target)
		return cancel(failure)
	}
	args = append([]string{decimal(clock.number(0) + moveLife - moveSpare)}, args...)
	put, few := e.run(ctx, op.Now, putScript, e.options.Replicas, []string{target}, args...)
	switch {
	case isRefusal(few):
		e.unbind(ctx, op, principal, target)
		return cancel(few)
	case few != nil && put.word != "ok":
		return few // the mark stays until it is known whether the new key was made
	case put.word == "late":
		e.unbind(ctx, op, principal, target)
		return cancel(errLate)
	case put.word != "ok":
		return cancel(store.ErrSessionExists)
	}
	e.forget(target)
	e.report(op.Client, store.EventRotated, target, key, string(principal))
	e.dead.lift(target, handle)
	end, err := e.endMove(ctx, op, key, target, r.Grace)
	e.forget(key)
	if end.word == "ok" && r.Grace == 0 {
		e.dead.bury(key, handle, end.number(1), end.record(0).until)
	}
	if err = cmp.Or(err, few); err != nil {
		return err
	}
	e.counts.rotated.Add(1)
	if !bound {
		return e.swap(ctx, op, former, key, target, a.record(0))
	}
	e.trim(ctx, op, principal, target, place.generation, r.PrincipalLimit)
	return e.unbind(ctx, op, former, key)
}

// endMove removes a session that is under its new key. It asks again where it is refused, since the old key has what the session was.
func (e *Engine) endMove(ctx context.Context, op store.Op, key, target string, grace int64) (end answer, err error) {
	for waited := time.Duration(0); ; waited += moveLook {
		end, err = e.run(ctx, op.Now, moveScript, e.options.Replicas, []string{key}, "end", target, decimal(min(grace, store.MaxGrace)))
		refused, is := err.(*store.UnavailableError)
		if !is {
			return end, err
		}
		if waited > e.options.Timeout || !pause(ctx) {
			e.counts.uncertain.Add(1)
			return end, &store.UncertainError{Reason: "done, and the former id may be read for some seconds: " + refused.Reason}
		}
	}
}

// pause waits for moveLook and reports whether the caller may wait on.
func pause(ctx context.Context) bool {
	select {
	case <-time.After(moveLook):
		return true
	case <-ctx.Done():
		return false
	}
}

// afterMoves repeats what finds that a session is being moved until that is over, and returns its last answer.
func (e *Engine) afterMoves(ctx context.Context, op store.Op, key string, do func() (answer, error)) (answer, error) {
	for waited := time.Duration(0); ; waited += moveLook {
		a, err := do()
		if err != nil || a.word != "moving" {
			return a, err
		}
		if waited > e.options.Timeout {
			return a, errMoving
		}
		if err := e.awaitMove(ctx, op, key, a.text(0), a.number(1)); err != nil {
			return a, err
		}
	}
}

var errMoving = &store.UnavailableError{Reason: "the session is being moved"}

// movedFields returns the arguments of the script that makes a session anew, behind the first, for a server whose clock is so much ahead.
func (e *Engine) movedFields(a answer, principal, generation string, sets, bound bool, begun, ahead int64) ([]string, error) {
	hash, err := a.part(2).AsStrMap()
	if err != nil {
		return nil, err
	}
	r, _ := readRecord(hash, begun)
	if r == nil {
		return nil, store.ErrNoSession
	}
	if sets {
		r.bytes += int64(len(principal) - len(r.principal))
		if most := e.Limits().SessionBytes; bound && most > 0 && r.bytes > most && len(principal) > len(r.principal) {
			return nil, &store.LimitError{What: "bytes", Max: most}
		}
		if principal != "" {
			r.fresh = 0
		}
	}
	r.principal, r.renewed, r.expires = principal, begun, r.usedAt(r.used)
	r.generation, _ = strconv.ParseInt(generation, 10, 64)
	if ahead != 0 {
		r.shift(ahead)
		if len(r.ends) > 0 {
			hash[endsField] = formatEnds(r.ends)
		}
	}
	r.writeMeta()
	args := append([]string{decimal(r.expires)}, r.metaPairs()...)
	for name, value := range hash {
		if !slices.Contains(metaFields, name) && name != "@moved" && name != "@aliases" {
			args = append(args, name, value)
		}
	}
	return args, nil
}

// awaitMove waits a little for the move of a session, whose mark is read at a time. One that was left behind it ends, or takes back where
// the new key was not made.
func (e *Engine) awaitMove(ctx context.Context, op store.Op, key, mark string, at int64) error {
	if !isLeft(mark, at) {
		if !pause(ctx) {
			return errMoving
		}
		return nil
	}
	_, target, _ := strings.Cut(mark, ":")
	r, _, err := e.fetch(ctx, e.asked(op.Now), target, true)
	if err != nil {
		return err
	}
	todo := "cancel"
	if r != nil && r.live(e.asked(op.Now)) {
		todo = "end"
	}
	_, err = e.run(ctx, op.Now, moveScript, 0, []string{key}, todo, target, "0")
	e.forget(key)
	return err
}

// isLeft reports whether the mark of a move, as it is at a time, was left behind.
func isLeft(mark string, at int64) bool {
	since, _, _ := strings.Cut(mark, ":")
	began, _ := strconv.ParseInt(since, 10, 64)
	return at-began >= moveLife
}
