// Command go-redis-cache runs go-redis/cache: a cache with and without a local one before it.
package main

import (
	"context"
	"time"

	"github.com/go-redis/cache/v9"
	"github.com/redis/go-redis/v9"

	"libraries/show"
)

type item struct {
	Name string
	N    int
}

func main() {
	ctx := context.Background()
	kept := cache.New(&cache.Options{
		Redis:        redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"one": show.Addr()}}),
		LocalCache:   cache.NewTinyLFU(100, time.Minute),
		StatsEnabled: true,
	})
	show.Error("set", kept.Set(&cache.Item{Ctx: ctx, Key: "a", Value: item{"a", 1}, TTL: time.Hour}))
	var got item
	show.Error("get", kept.Get(ctx, "a", &got))
	show.Result("value", got, nil)
	show.Error("get past the local cache", kept.GetSkippingLocalCache(ctx, "a", &got))
	show.Result("exists", kept.Exists(ctx, "a"), nil)
	show.Error("get nothing", kept.Get(ctx, "nothing", &got))
	show.Error("set once", kept.Once(&cache.Item{Ctx: ctx, Key: "b", Value: &got, TTL: time.Hour, Do: func(*cache.Item) (any, error) { return item{"b", 2}, nil }}))
	show.Result("value", got, nil)
	show.Error("not over another", kept.Set(&cache.Item{Ctx: ctx, Key: "a", Value: item{"a", 9}, SetNX: true}))
	show.Error("get", kept.GetSkippingLocalCache(ctx, "a", &got))
	show.Result("value", got, nil)
	show.Error("delete", kept.Delete(ctx, "a"))
	show.Error("get deleted", kept.Get(ctx, "a", &got))
	show.Result("hits and misses", *kept.Stats(), nil)
}
