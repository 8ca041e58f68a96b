// Package rueidis connects sessions to sessd by rueidis.
package rueidis

import (
	"context"

	"github.com/redis/rueidis"
)

// Conn returns a connection by a client.
func Conn(client rueidis.Client) *conn { return &conn{client} }

type conn struct{ client rueidis.Client }

func (c *conn) do(ctx context.Context, words []string) rueidis.RedisResult {
	return c.client.Do(ctx, c.client.B().Arbitrary(words...).Build())
}

func (c *conn) Int(ctx context.Context, words ...string) (int64, error) {
	return c.do(ctx, words).AsInt64()
}

func (c *conn) Text(ctx context.Context, words ...string) (string, error) {
	return c.do(ctx, words).ToString()
}

func (c *conn) List(ctx context.Context, words ...string) ([]any, error) {
	reply, err := c.do(ctx, words).ToAny()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	list, _ := reply.([]any)
	return list, err
}
