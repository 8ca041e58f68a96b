// Command fiber-storage runs gofiber/storage/redis: what Fiber's sessions, cache and limiter keep their data in.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/storage/redis/v3"

	"libraries/show"
)

func main() {
	port, err := strconv.Atoi(os.Getenv("REDIS_PORT"))
	show.Error("port", err)
	store := redis.New(redis.Config{Host: "127.0.0.1", Port: port})
	show.Error("set", store.Set("session", []byte("data"), time.Minute))
	show.Error("set for ever", store.Set("other", []byte{0, 255}, 0))
	got, err := store.Get("session")
	show.Result("get", string(got), err)
	got, err = store.Get("nothing")
	show.Result("get nothing", got, err)
	keys, err := store.Keys()
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = string(key)
	}
	slices.Sort(names)
	show.Result("keys", fmt.Sprint(names), err)
	show.Error("delete", store.Delete("session"))
	got, err = store.Get("session")
	show.Result("get deleted", got, err)
	show.Error("reset", store.Reset())
	keys, err = store.Keys()
	show.Result("keys", len(keys), err)
	show.Error("close", store.Close())
}
