package upstream

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/redis/rueidis"
)

// bound is the place of a key in the index of a principal.
type bound struct {
	key        string
	generation int64 // microseconds since the Unix epoch, mostly; negative: a session is about to have the key
}

// eachBound visits the index of a principal up to a generation, empty for all of it, the first bound first and some at a time. A key that
// is bound anew meanwhile may come twice. A visit may end it.
func (e *Engine) eachBound(ctx context.Context, principal []byte, last string, visit func(some []bound) (more bool, err error)) error {
	from, visited := "-inf", []string(nil) // those that were visited with the score from
	for last = cmp.Or(last, "+inf"); ; {
		most := lookAtOnce + len(visited)
		all, err := e.boundFrom(ctx, principal, from, last, most)
		if err != nil {
			return err
		}
		var some []bound
		for _, one := range all {
			if score := strconv.FormatFloat(one.Score, 'f', -1, 64); score != from {
				from, visited = score, nil
			} else if slices.Contains(visited, one.Member) {
				continue
			}
			visited = append(visited, one.Member)
			if isSession(one.Member) {
				some = append(some, bound{one.Member, int64(one.Score)})
			}
		}
		if more, err := visit(some); err != nil || !more || len(all) < most {
			return err
		}
	}
}

// boundFrom returns a part of an index.
func (e *Engine) boundFrom(ctx context.Context, principal []byte, from, last string, most int) ([]rueidis.ZScore, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	ask := e.client.B().Zrangebyscore().Key(indexKey(principal)).Min(from).Max(last).Withscores().Limit(0, int64(most)).Build()
	all, err := e.read(ctx, e.client, ask).AsZScores()
	return all, e.failure(err, false)
}
