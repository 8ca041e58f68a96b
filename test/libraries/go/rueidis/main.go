// Command rueidis runs rueidis with client-side caching, and its locks.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidislock"

	"libraries/show"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{show.Addr()}})
	show.Error("connect", err)
	if err != nil {
		return
	}
	defer client.Close()
	caching(ctx, client)
	transaction(ctx, client)
	locking(ctx)
}

// caching reads a key through the client's cache while it is written by another way.
func caching(ctx context.Context, client rueidis.Client) {
	read := func() (string, bool) {
		r := client.DoCache(ctx, client.B().Get().Key("k").Cache(), time.Hour)
		text, err := r.ToString()
		if err != nil && !rueidis.IsRedisNil(err) {
			text = err.Error()
		}
		return text, r.IsCacheHit()
	}
	show.Error("set", client.Do(ctx, client.B().Set().Key("k").Value("old").ExSeconds(600).Build()).Error())
	for range 2 {
		text, hit := read()
		show.Result("read", fmt.Sprint(text, hit), nil)
	}
	show.Error("set", client.Do(ctx, client.B().Set().Key("k").Value("new").Build()).Error())
	text, _ := read()
	for ; text != "new" && ctx.Err() == nil; text, _ = read() {
		time.Sleep(time.Millisecond)
	}
	show.Result("read", text, nil)
	many, err := rueidis.MGetCache(client, ctx, time.Hour, []string{"k", "none"})
	show.Result("read many", len(many), err)
}

func transaction(ctx context.Context, client rueidis.Client) {
	for i, r := range client.DoMulti(ctx, client.B().Multi().Build(), client.B().Incr().Key("n").Build(), client.B().Exec().Build()) {
		text, err := r.ToAny()
		show.Result(fmt.Sprint("transaction ", i), text, err)
	}
	script := rueidis.NewLuaScript("return {KEYS[1], ARGV[1]}")
	words, err := script.Exec(ctx, client, []string{"k"}, []string{"v"}).AsStrSlice()
	show.Result("script", words, err)
}

// locking has one lock wanted by two lockers; the second is woken by an invalidation.
func locking(ctx context.Context) {
	lockers := [2]rueidislock.Locker{}
	for i := range lockers {
		var err error
		lockers[i], err = rueidislock.NewLocker(rueidislock.LockerOption{
			ClientOption: rueidis.ClientOption{InitAddress: []string{show.Addr()}}, KeyMajority: 1, KeyValidity: 5 * time.Second,
		})
		show.Error("locker", err)
		if err != nil {
			return
		}
		defer lockers[i].Close()
	}
	_, release, err := lockers[0].WithContext(ctx, "lock")
	show.Error("ann locks", err)
	if err != nil {
		return
	}
	_, _, err = lockers[1].TryWithContext(ctx, "lock")
	show.Error("another is refused", err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, hers, err := lockers[1].WithContext(ctx, "lock")
		show.Error("bea waits and locks", err)
		if err == nil {
			hers()
		}
	}()
	release()
	<-done
}
