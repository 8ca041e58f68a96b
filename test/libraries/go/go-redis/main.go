// Command go-redis runs go-redis by itself: pipelines, transactions, scripts and pub/sub.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"libraries/show"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: show.Addr()})
	defer client.Close()
	results := func(label string, all []redis.Cmder, err error) {
		for _, one := range all {
			show.Result(label, one, one.Err())
		}
		show.Error(label, err)
	}
	all, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", 1, time.Hour)
		p.IncrBy(ctx, "a", 2)
		p.MGet(ctx, "a", "none")
		return nil
	})
	results("pipeline", all, err)
	all, err = client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "a", "x", 0)
		p.Incr(ctx, "a")
		p.Get(ctx, "a")
		return nil
	})
	results("transaction", all, err)
	watch(ctx, client)
	script := redis.NewScript(`return redis.call("SET", KEYS[1], ARGV[1]) and {KEYS[1], redis.call("GET", KEYS[1]), 3}`)
	for range 2 {
		value, err := script.Run(ctx, client, []string{"s"}, "v").Result()
		show.Result("script", value, err)
	}
	exists, err := script.Exists(ctx, client).Result()
	show.Result("script exists", exists, err)
	pubsub(ctx, client)
}

// watch lets two writers meet: the first try of the transaction fails, and the second does not.
func watch(ctx context.Context, client *redis.Client) {
	client.Set(ctx, "w", 1, 0)
	for try := range 2 {
		err := client.Watch(ctx, func(tx *redis.Tx) error {
			n, err := tx.Get(ctx, "w").Int()
			if err != nil {
				return err
			}
			if try == 0 {
				client.Set(ctx, "w", 10, 0)
			}
			_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
				p.Set(ctx, "w", n+1, 0)
				return nil
			})
			return err
		}, "w")
		show.Result("watch", errors.Is(err, redis.TxFailedErr), nil)
	}
	value, err := client.Get(ctx, "w").Result()
	show.Result("watched", value, err)
}

func pubsub(ctx context.Context, client *redis.Client) {
	subscriber := client.Subscribe(ctx, "news")
	defer subscriber.Close()
	show.Error("subscribe to a pattern", subscriber.PSubscribe(ctx, "n?ws"))
	for range 2 {
		m, err := subscriber.Receive(ctx)
		show.Result("subscribed", m, err)
	}
	n, err := client.Publish(ctx, "news", "hello").Result()
	show.Result("publish", n, err)
	heard := map[string]int{}
	for range 2 {
		m, err := subscriber.ReceiveMessage(ctx)
		if err != nil {
			show.Error("message", err)
			return
		}
		heard[fmt.Sprint(m.Channel, m.Pattern, m.Payload)]++
	}
	show.Result("heard", heard, nil)
	show.Error("ping", subscriber.Ping(ctx))
	m, err := subscriber.Receive(ctx)
	show.Result("pong", m, err)
}
