// Package goredis connects sessions to sessd by go-redis.
package goredis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// Conn returns a connection by a client, single or of a ring or cluster.
func Conn(client redis.UniversalClient) *conn { return &conn{client} }

type conn struct{ client redis.UniversalClient }

func (c *conn) do(ctx context.Context, words []string) *redis.Cmd {
	args := make([]any, len(words))
	for i, word := range words {
		args[i] = word
	}
	return c.client.Do(ctx, args...)
}

func (c *conn) Int(ctx context.Context, words ...string) (int64, error) {
	return c.do(ctx, words).Int64()
}

func (c *conn) Text(ctx context.Context, words ...string) (string, error) {
	return c.do(ctx, words).Text()
}

func (c *conn) List(ctx context.Context, words ...string) ([]any, error) {
	list, err := c.do(ctx, words).Slice()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return list, err
}
