// Command redis-rate runs go-redis/redis_rate: a limiter that trips.
package main

import (
	"context"
	"fmt"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"

	"libraries/show"
)

func main() {
	ctx := context.Background()
	limiter := redis_rate.NewLimiter(redis.NewClient(&redis.Options{Addr: show.Addr()}))
	limit := redis_rate.PerHour(3)
	result := func(label string, r *redis_rate.Result, err error) {
		if err != nil {
			show.Error(label, err)
			return
		}
		show.Result(label, fmt.Sprint(r.Allowed, r.Remaining, r.RetryAfter > 0), nil)
	}
	for i := range 5 {
		r, err := limiter.Allow(ctx, "ann", limit)
		result(fmt.Sprint("request ", i), r, err)
	}
	r, err := limiter.AllowN(ctx, "bea", limit, 2)
	result("two at once", r, err)
	r, err = limiter.AllowAtMost(ctx, "bea", limit, 5)
	result("at most five", r, err)
	show.Error("reset", limiter.Reset(ctx, "ann"))
	r, err = limiter.Allow(ctx, "ann", limit)
	result("after the reset", r, err)
}
