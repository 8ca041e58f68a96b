// Package redigo connects sessions to sessd by a pool of redigo's.
package redigo

import (
	"context"
	"errors"

	"github.com/gomodule/redigo/redis"
)

// Conn returns a connection by a pool.
func Conn(pool *redis.Pool) *conn { return &conn{pool} }

type conn struct{ pool *redis.Pool }

func (c *conn) do(ctx context.Context, words []string) (any, error) {
	one, err := c.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer one.Close()
	args := make([]any, len(words)-1)
	for i, word := range words[1:] {
		args[i] = word
	}
	return redis.DoContext(one, ctx, words[0], args...)
}

func (c *conn) Int(ctx context.Context, words ...string) (int64, error) {
	return redis.Int64(c.do(ctx, words))
}

func (c *conn) Text(ctx context.Context, words ...string) (string, error) {
	return redis.String(c.do(ctx, words))
}

func (c *conn) List(ctx context.Context, words ...string) ([]any, error) {
	list, err := redis.Values(c.do(ctx, words))
	if errors.Is(err, redis.ErrNil) {
		return nil, nil
	}
	return list, err
}
