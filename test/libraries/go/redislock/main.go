// Command redislock runs bsm/redislock: a lock wanted by two.
package main

import (
	"context"
	"time"

	"github.com/bsm/redislock"
	"github.com/redis/go-redis/v9"

	"libraries/show"
)

func main() {
	ctx := context.Background()
	locker := redislock.New(redis.NewClient(&redis.Options{Addr: show.Addr()}))
	lock, err := locker.Obtain(ctx, "lock", 30*time.Second, &redislock.Options{Metadata: "ann"})
	show.Error("ann locks", err)
	if err != nil {
		return
	}
	show.Result("metadata", lock.Metadata(), nil)
	_, err = locker.Obtain(ctx, "lock", 30*time.Second, nil)
	show.Error("another is refused", err)
	show.Error("refresh", lock.Refresh(ctx, time.Minute, nil))
	left, err := lock.TTL(ctx)
	show.Result("time left", show.Within(left, time.Minute), err)
	obtained := make(chan *redislock.Lock)
	go func() {
		hers, err := locker.Obtain(ctx, "lock", 30*time.Second, &redislock.Options{RetryStrategy: redislock.LinearBackoff(10 * time.Millisecond)})
		show.Error("bea waits and locks", err)
		obtained <- hers
	}()
	err = lock.Release(ctx)
	hers := <-obtained
	show.Error("ann releases", err)
	show.Error("ann releases again", lock.Release(ctx))
	show.Error("ann refreshes", lock.Refresh(ctx, time.Minute, nil))
	show.Error("bea releases", hers.Release(ctx))
}
