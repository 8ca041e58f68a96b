// Package goclients runs the Redis clients of the Go world, as they are and at their defaults, against the daemon.
package goclients

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gomodule/redigo/redis"
	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

var background = context.Background()

// settings are the options that every library has under some name.
type settings struct {
	addr, user, password string
	keyspace             int
}

// client is what the tests that are the same for every library need of it. Replies come as string, int64, nil, []any and
// map[string]any, whatever the library makes of them.
type client interface {
	do(words ...any) (any, error)
	// bag is do for a reply that is a map, as the library hands it to its users. found is false for a null.
	bag(words ...any) (fields map[string]string, found bool, err error)
	// answered returns the text of an error that the server answered, empty for any other error.
	answered(err error) string
}

// library opens clients of one kind, which the end of the test closes.
type library struct {
	name string
	open func(t *testing.T, s settings) (client, error)
}

func libraries() []library {
	return []library{
		{"go-redis", func(t *testing.T, s settings) (client, error) { return openGoRedis(t, s, 0) }},
		{"go-redis with RESP2", func(t *testing.T, s settings) (client, error) { return openGoRedis(t, s, 2) }},
		{"rueidis", openRueidis},
		{"redigo", openRedigo},
	}
}

// everywhere runs a test with every library. The settings lead to the daemon.
func everywhere(t *testing.T, d *sessdtest.Daemon, test func(t *testing.T, c client)) {
	for _, l := range libraries() {
		t.Run(l.name, func(t *testing.T) {
			c, err := l.open(t, settings{addr: d.Addr})
			if err != nil {
				t.Fatal(err)
			}
			test(t, c)
		})
	}
}

// must returns a reply that is no error.
func must(t *testing.T, c client, words ...any) any {
	t.Helper()
	reply, err := c.do(words...)
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return reply
}

// want fails the test when the reply is another one.
func want(t *testing.T, c client, reply any, words ...any) {
	t.Helper()
	if got := must(t, c, words...); fmt.Sprint(got) != fmt.Sprint(reply) {
		t.Errorf("%v: got %v, want %v", words, got, reply)
	}
}

// wantError fails the test unless the server answers with this error and the library says that it was the server.
func wantError(t *testing.T, c client, text string, words ...any) {
	t.Helper()
	if reply, err := c.do(words...); err == nil || c.answered(err) != text {
		t.Errorf("%v: got %v and the error %v (%T), want the server's %q", words, reply, err, err, text)
	}
}

// wantBag fails the test when the reply is another map.
func wantBag(t *testing.T, c client, fields map[string]string, words ...any) {
	t.Helper()
	got, found, err := c.bag(words...)
	if err != nil || !found || fmt.Sprint(got) != fmt.Sprint(fields) {
		t.Errorf("%v: got %v, found %v, error %v, want %v", words, got, found, err, fields)
	}
}

type goRedisClient struct{ *goredis.Client }

// openGoRedis opens a client that speaks a version of RESP; 0: the library's default.
func openGoRedis(t *testing.T, s settings, protocol int) (client, error) {
	db := goredis.NewClient(&goredis.Options{
		Addr: s.addr, Username: s.user, Password: s.password, DB: s.keyspace, Protocol: protocol,
	})
	t.Cleanup(func() { db.Close() })
	return goRedisClient{db}, db.Ping(background).Err() // go-redis connects at the first command
}

func (c goRedisClient) do(words ...any) (any, error) {
	reply, err := c.Do(background, words...).Result()
	if err == goredis.Nil {
		return nil, nil
	}
	return plain(reply), err
}

func (c goRedisClient) bag(words ...any) (map[string]string, bool, error) {
	cmd := goredis.NewMapStringStringCmd(background, words...) // takes RESP2's arrays and RESP3's maps
	err := c.Process(background, cmd)
	if err == goredis.Nil {
		return nil, false, nil
	}
	return cmd.Val(), err == nil, err
}

func (goRedisClient) answered(err error) string {
	var server goredis.Error
	if errors.As(err, &server) {
		return server.Error()
	}
	return ""
}

type rueidisClient struct{ rueidis.Client }

func openRueidis(t *testing.T, s settings) (client, error) {
	db, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.addr}, Username: s.user, Password: s.password, SelectDB: s.keyspace, DisableCache: true,
	})
	if err != nil {
		return nil, err
	}
	t.Cleanup(db.Close)
	return rueidisClient{db}, nil
}

func (c rueidisClient) run(words []any) rueidis.RedisResult {
	args := make([]string, len(words))
	for i, w := range words {
		args[i] = fmt.Sprint(w)
	}
	return c.Do(background, c.B().Arbitrary(args...).Build())
}

func (c rueidisClient) do(words ...any) (any, error) {
	reply, err := c.run(words).ToAny()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	return plain(reply), err
}

func (c rueidisClient) bag(words ...any) (map[string]string, bool, error) {
	fields, err := c.run(words).AsStrMap()
	if rueidis.IsRedisNil(err) {
		return nil, false, nil
	}
	return fields, err == nil, err
}

func (rueidisClient) answered(err error) string {
	server, ok := rueidis.IsRedisErr(err)
	switch {
	case !ok:
		return ""
	case server.Error() != "" && !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(server.Error()[1])):
		return "ERR " + server.Error() // rueidis takes this code away, and no other
	}
	return server.Error()
}

type redigoClient struct{ redis.Conn }

func openRedigo(t *testing.T, s settings) (client, error) {
	c, err := redis.Dial("tcp", s.addr,
		redis.DialUsername(s.user), redis.DialPassword(s.password), redis.DialDatabase(s.keyspace))
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	return redigoClient{c}, nil
}

func (c redigoClient) do(words ...any) (any, error) {
	reply, err := c.Do(words[0].(string), words[1:]...)
	return plain(reply), err
}

func (c redigoClient) bag(words ...any) (map[string]string, bool, error) {
	fields, err := redis.StringMap(c.Do(words[0].(string), words[1:]...))
	if err == redis.ErrNil {
		return nil, false, nil
	}
	return fields, err == nil, err
}

func (redigoClient) answered(err error) string {
	var server redis.Error
	if errors.As(err, &server) {
		return string(server)
	}
	return ""
}

// plain returns a reply in the types that client promises.
func plain(reply any) any {
	switch r := reply.(type) {
	case []byte:
		return string(r)
	case []any:
		for i := range r {
			r[i] = plain(r[i])
		}
	case map[any]any:
		m := make(map[string]any, len(r))
		for name, value := range r {
			m[name.(string)] = plain(value)
		}
		return m
	}
	return reply
}

// hasCode reports whether the error is one that the server answered with this error code.
func hasCode(c client, err error, code string) bool {
	return strings.HasPrefix(c.answered(err)+" ", code+" ")
}
