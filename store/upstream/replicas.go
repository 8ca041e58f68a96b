package upstream

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// runReplicated runs a script and waits, on the same connection, until so many replicas have what it changed. Where too few have it
// in time, what happened is uncertain: the answer comes with the error.
func (e *Engine) runReplicated(ctx context.Context, s script, replicas int, keys, args []string) (a answer, err error) {
	deadline := time.Now().Add(e.options.Timeout)
	for at, hop := (redirection{server: e.client}), 0; ; hop++ {
		a, err = e.runReplicatedOn(ctx, at, deadline, s, replicas, keys, args)
		to, is := err.(*redirection)
		if !is {
			break
		}
		if hop == mostHops || to.server == nil {
			return a, e.refusal(to.Error())
		}
		at = *to
	}
	if err != nil {
		if _, known := err.(*store.UncertainError); !known {
			if _, known := err.(*store.UnavailableError); !known && err != store.ErrWrongType && err != store.ErrNoMemory {
				err = e.failure(err, true)
			}
		}
	}
	return a, err
}

// redirection is the answer of a server of a cluster that does not have a key, and has done nothing. The client library follows it, but
// on a connection that waits.
type redirection struct {
	server rueidis.Client // nil: it is not known
	asks   bool           // it has the key and not yet the slot
	text   string
}

func (r *redirection) Error() string { return r.text }

// redirected returns the redirection that an error is, or nil.
func (e *Engine) redirected(err error) *redirection {
	refused, is := rueidis.IsRedisErr(err)
	if !is || e.kind != cluster {
		return nil
	}
	address, is := refused.IsMoved()
	asks := false
	if !is {
		address, asks = refused.IsAsk()
	}
	if !is && !asks {
		return nil
	}
	return &redirection{e.client.Nodes()[address], asks, refused.Error()}
}

// runReplicatedOn is runReplicated on a server.
func (e *Engine) runReplicatedOn(ctx context.Context, at redirection, deadline time.Time, s script, replicas int, keys, args []string) (a answer, err error) {
	err = at.server.Dedicated(func(c rueidis.DedicatedClient) error {
		text := &e.scripts[s]
		for _, command := range []rueidis.Completed{
			c.B().Evalsha().Sha1(text.sha).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build(),
			c.B().Eval().Script(text.text).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build(),
		} {
			patience := time.Until(deadline) / 2
			all := rueidis.Commands{command, waitFor(c, replicas, min(patience, glance))}
			if at.asks {
				all = append(rueidis.Commands{c.B().Asking().Build()}, all...)
			}
			both := c.DoMulti(ctx, all...)[len(all)-2:]
			if refused, is := rueidis.IsRedisErr(both[0].Error()); is && strings.HasPrefix(refused.Error(), "NOSCRIPT") {
				continue
			}
			if to := e.redirected(both[0].Error()); to != nil {
				return to
			}
			if a, err = e.answered(both[0]); err != nil {
				return err
			}
			if s == lockScript && a.word != "ok" {
				return nil // nothing was changed
			}
			if few := awaitReplicas(ctx, c, both[1], replicas, patience-glance); few != nil {
				return e.uncertainOf(few)
			}
			return nil
		}
		return e.refusal("NOSCRIPT the upstream keeps no script")
	})
	return a, err
}

// glance is how long replicas have before their primary is asked whether it has so many at all.
const glance = 10 * time.Millisecond

// waitFor returns what waits until so many replicas have what the connection changed.
func waitFor(c rueidis.DedicatedClient, replicas int, patience time.Duration) rueidis.Completed {
	return c.B().Wait().Numreplicas(int64(replicas)).Timeout(max(patience, time.Millisecond).Milliseconds()).Build() // 0 would be for ever
}

// awaitReplicas waits on after a glance that showed too few. It does not where the primary has fewer replicas than that: every change
// there would take the whole time, and hold up what its client asked for behind it.
func awaitReplicas(ctx context.Context, c rueidis.DedicatedClient, glanced rueidis.RedisResult, replicas int, patience time.Duration) *tooFewError {
	got, err := glanced.AsInt64()
	if err == nil && got < int64(replicas) && patience > 0 && mayHave(ctx, c, replicas) {
		got, err = c.Do(ctx, waitFor(c, replicas, patience)).AsInt64()
	}
	if err != nil || got < int64(replicas) {
		return &tooFewError{got, replicas}
	}
	return nil
}

// mayHave reports whether a primary has so many replicas that follow it. One that does not tell may have them.
func mayHave(ctx context.Context, c rueidis.DedicatedClient, replicas int) bool {
	role, err := c.Do(ctx, c.B().Role().Build()).ToArray()
	if err != nil || len(role) < 3 {
		return true
	}
	following, err := role[2].ToArray()
	return err != nil || len(following) >= replicas
}

// tooFewError is why a change that was made is uncertain.
type tooFewError struct {
	got  int64 // replicas that have it
	want int
}

func (t *tooFewError) Error() string {
	return fmt.Sprintf("done, and %d of %d replicas have it: a failover may undo it", max(t.got, 0), t.want)
}

// uncertainOf counts and returns the error of a change that too few replicas have.
func (e *Engine) uncertainOf(t *tooFewError) error {
	e.counts.uncertain.Add(1)
	return &store.UncertainError{Reason: t.Error()}
}

// askReplicated returns what asks a server for gathered changes and waits, on the same connection, until its replicas have them.
func (e *Engine) askReplicated(g *gathering) func(context.Context, rueidis.Completed, []*gathered) (rueidis.RedisMessage, []string, error) {
	return func(ctx context.Context, call rueidis.Completed, _ []*gathered) (answer rueidis.RedisMessage, _ []string, err error) {
		err = g.client.Dedicated(func(c rueidis.DedicatedClient) error {
			patience := e.options.Timeout / 2
			both := c.DoMulti(ctx, call, waitFor(c, g.replicas, min(patience, glance)))
			var err error
			if answer, err = both[0].ToMessage(); err != nil {
				return err
			}
			if few := awaitReplicas(ctx, c, both[1], g.replicas, patience-glance); few != nil {
				return few
			}
			return nil
		})
		return answer, nil, err
	}
}
