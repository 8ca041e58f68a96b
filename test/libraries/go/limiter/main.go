// Command limiter runs ulule/limiter with its Redis store: a limiter that trips.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"
	store "github.com/ulule/limiter/v3/drivers/store/redis"

	"libraries/show"
)

func main() {
	ctx := context.Background()
	kept, err := store.NewStore(redis.NewClient(&redis.Options{Addr: show.Addr()}))
	show.Error("store", err)
	if err != nil {
		return
	}
	limit := limiter.New(kept, limiter.Rate{Period: time.Hour, Limit: 2})
	result := func(label string, c limiter.Context, err error) {
		show.Result(label, fmt.Sprint(c.Limit, c.Remaining, c.Reached), err)
	}
	for i := range 4 {
		c, err := limit.Get(ctx, "ann")
		result(fmt.Sprint("request ", i), c, err)
	}
	c, err := limit.Peek(ctx, "ann")
	result("peek", c, err)
	c, err = limit.Increment(ctx, "bea", 2)
	result("two at once", c, err)
	c, err = limit.Reset(ctx, "ann")
	result("reset", c, err)
	c, err = limit.Get(ctx, "ann")
	result("after the reset", c, err)
}
