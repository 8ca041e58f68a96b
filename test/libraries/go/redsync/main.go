// Command redsync runs go-redsync/redsync: a lock wanted by two.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	"github.com/redis/go-redis/v9"

	"libraries/show"
)

func main() {
	client := redis.NewClient(&redis.Options{Addr: show.Addr()})
	sync := redsync.New(goredis.NewPool(client))
	ann := sync.NewMutex("lock", redsync.WithExpiry(30*time.Second), redsync.WithTries(1))
	bea := sync.NewMutex("lock", redsync.WithExpiry(30*time.Second), redsync.WithTries(500), redsync.WithRetryDelay(10*time.Millisecond))
	show.Error("ann locks", ann.Lock())
	var taken *redsync.ErrTaken
	show.Result("another is refused", errors.As(sync.NewMutex("lock", redsync.WithTries(1)).Lock(), &taken), nil)
	ok, err := ann.Extend()
	show.Result("ann extends", ok, err)
	left, err := client.PTTL(context.Background(), "lock").Result()
	show.Result("time left", show.Within(left, 30*time.Second), err)
	locked := make(chan error)
	go func() { locked <- bea.Lock() }()
	ok, err = ann.Unlock()
	show.Result("ann unlocks", ok, err)
	show.Error("bea waits and locks", <-locked)
	ok, err = ann.Unlock()
	show.Result("ann unlocks again", ok, err)
	ok, err = bea.Unlock()
	show.Result("bea unlocks", ok, err)
	ok, err = bea.Unlock()
	show.Result("bea unlocks again", ok, err)
}
