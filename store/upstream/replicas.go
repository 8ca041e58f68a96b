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
	err = e.client.Dedicated(func(c rueidis.DedicatedClient) error {
		text, deadline := &e.scripts[s], time.Now().Add(e.options.Timeout)
		for _, command := range []rueidis.Completed{
			c.B().Evalsha().Sha1(text.sha).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build(),
			c.B().Eval().Script(text.text).Numkeys(int64(len(keys))).Key(keys...).Arg(args...).Build(),
		} {
			patience := max(time.Until(deadline)/2, time.Millisecond) // 0 would be for ever
			both := c.DoMulti(ctx, command, c.B().Wait().Numreplicas(int64(replicas)).Timeout(patience.Milliseconds()).Build())
			if refused, is := rueidis.IsRedisErr(both[0].Error()); is && strings.HasPrefix(refused.Error(), "NOSCRIPT") {
				continue
			}
			if a, err = e.answered(both[0]); err != nil {
				return err
			}
			got, err := both[1].AsInt64()
			if s == lockScript && a.word != "ok" {
				return nil // nothing was changed
			}
			if err != nil || got < int64(replicas) {
				return e.uncertainOf(&tooFewError{got, replicas})
			}
			return nil
		}
		return e.refusal("NOSCRIPT the upstream keeps no script")
	})
	if err != nil {
		if _, known := err.(*store.UncertainError); !known {
			if _, known := err.(*store.UnavailableError); !known && err != store.ErrWrongType && err != store.ErrNoMemory {
				err = e.failure(err, true)
			}
		}
	}
	return a, err
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
			patience := max(e.options.Timeout/2, time.Millisecond) // 0 would be for ever
			both := c.DoMulti(ctx, call, c.B().Wait().Numreplicas(int64(g.replicas)).Timeout(patience.Milliseconds()).Build())
			var err error
			if answer, err = both[0].ToMessage(); err != nil {
				return err
			}
			if got, err := both[1].AsInt64(); err != nil || got < int64(g.replicas) {
				return &tooFewError{got, g.replicas}
			}
			return nil
		})
		return answer, nil, err
	}
}
