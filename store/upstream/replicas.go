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
				e.counts.uncertain.Add(1)
				return &store.UncertainError{Reason: fmt.Sprintf("done, and %d of %d replicas have it: a failover may undo it", max(got, 0), replicas)}
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
