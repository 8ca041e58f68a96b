// Command redigo runs redigo by itself: pipelines, transactions, scripts and pub/sub.
package main

import (
	"github.com/gomodule/redigo/redis"

	"libraries/show"
)

func main() {
	conn, err := redis.Dial("tcp", show.Addr())
	show.Error("dial", err)
	if err != nil {
		return
	}
	defer conn.Close()
	do := func(words ...any) {
		value, err := conn.Do(words[0].(string), words[1:]...)
		if bytes, ok := value.([]byte); ok {
			value = string(bytes)
		}
		show.Result(words[0].(string), value, err)
	}
	do("SET", "a", 1)
	do("WATCH", "a")
	do("MULTI")
	do("INCR", "a")
	do("EXEC")
	do("MULTI")
	do("NOSUCH")
	do("EXEC")
	do("MULTI")
	do("DISCARD")
	do("DISCARD")
	show.Error("send", conn.Send("MULTI"))
	show.Error("send", conn.Send("SET", "b", 2))
	show.Error("send", conn.Send("GET", "b"))
	words, err := redis.Strings(conn.Do("EXEC"))
	show.Result("pipelined transaction", words, err)
	script := redis.NewScript(1, `return {KEYS[1], ARGV[1], tostring(ARGV[1] + 0.5)}`)
	for range 2 {
		words, err := redis.Strings(script.Do(conn, "k", 7))
		show.Result("script", words, err)
	}
	show.Error("load", script.Load(conn))

	other, err := redis.Dial("tcp", show.Addr())
	show.Error("dial", err)
	subscriber := redis.PubSubConn{Conn: other}
	defer subscriber.Close()
	show.Error("subscribe", subscriber.Subscribe("one", "two"))
	show.Result("subscribed", subscriber.Receive(), nil)
	show.Result("subscribed", subscriber.Receive(), nil)
	do("PUBLISH", "two", "hello")
	show.Result("heard", subscriber.Receive(), nil)
	show.Error("ping", subscriber.Ping("x"))
	show.Result("pong", subscriber.Receive(), nil)
	show.Error("unsubscribe", subscriber.Unsubscribe("one"))
	show.Result("unsubscribed", subscriber.Receive(), nil)
}
