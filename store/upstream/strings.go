package upstream

import (
	"context"
	"strings"

	"github.com/redis/rueidis"

	"sessd/store"
)

// command asks the upstream to run a command on a string and returns its answer. An answer that is an error is returned as the one
// that store has for it.
func (e *Engine) command(ctx context.Context, writes bool, name string, keys []string, args ...string) (rueidis.RedisMessage, error) {
	ctx, done, err := e.begin(ctx)
	if err != nil {
		return rueidis.RedisMessage{}, err
	}
	defer done()
	m, err := e.send(ctx, e.client.B().Arbitrary(name).Keys(keys...).Args(args...).Build(), writes).ToMessage()
	if refused, is := rueidis.IsRedisErr(err); is {
		if known := stringError(refused.Error()); known != nil {
			return m, known
		}
	}
	if rueidis.IsRedisNil(err) {
		return m, err
	}
	return m, e.failure(err, writes)
}

// stringError returns what an error about a string is in store, nil for any other.
func stringError(text string) error {
	for part, err := range map[string]error{
		"not an integer": store.ErrNotInteger, "not a valid float": store.ErrNotFloat, "would overflow": store.ErrOverflow,
		"NaN or Infinity": store.ErrNotFinite, "maximum allowed size": store.ErrStringTooLong,
	} {
		if strings.Contains(text, part) {
			return err
		}
	}
	return nil
}

// show shows a value, or that there is none.
func show(m rueidis.RedisMessage, err error, v store.ValueVisitor) error {
	if rueidis.IsRedisNil(err) {
		v.Value(nil, false)
		return nil
	}
	if err != nil {
		return err
	}
	value, err := m.AsBytes()
	if err == nil {
		v.Value(value, true)
	}
	return err
}

// integer reads a number.
func integer(m rueidis.RedisMessage, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return m.AsInt64()
}

// GetString is part of store.Strings.
func (e *Engine) GetString(ctx context.Context, _ store.Op, key []byte, v store.ValueVisitor) error {
	m, err := e.command(ctx, false, "GET", []string{string(key)})
	return show(m, err, v)
}

// GetStrings is part of store.Strings. In a cluster they are no step.
func (e *Engine) GetStrings(ctx context.Context, _ store.Op, keys [][]byte, v store.ValueVisitor) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = string(key)
	}
	waits, done, err := e.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if e.kind != cluster {
		values, err := e.read(waits, e.client, e.client.B().Mget().Key(names...).Build()).ToArray()
		if err != nil {
			return e.failure(err, false)
		}
		if len(values) != len(names) {
			return errNonsense
		}
		for i := range values {
			text, err := values[i].AsBytes()
			v.Value(text, err == nil)
		}
		return nil
	}
	asks := make(rueidis.Commands, len(names))
	for i, name := range names {
		asks[i] = e.client.B().Get().Key(name).Build()
	}
	results := e.readMulti(waits, e.client, asks)
	for _, r := range results {
		err := r.Error()
		if err == nil || rueidis.IsRedisNil(err) {
			continue
		}
		if err := e.failure(err, false); err != store.ErrWrongType { // MGET has nothing there
			return err
		}
	}
	for _, r := range results {
		text, err := r.AsBytes()
		v.Value(text, err == nil)
	}
	return nil
}

// GetStringExpire is part of store.Strings.
func (e *Engine) GetStringExpire(ctx context.Context, op store.Op, key []byte, at int64, v store.ValueVisitor) error {
	args := []string{"PERSIST"}
	if at != store.Never {
		args = []string{"PXAT", decimal(e.theirs(op, at))}
	}
	m, err := e.command(ctx, true, "GETEX", []string{string(key)}, args...)
	return show(m, err, v)
}

// theirs returns a time by the upstream's clock.
func (e *Engine) theirs(op store.Op, at int64) int64 {
	return max(min(at, mostTime)-op.Now+e.now(op.Now), 1)
}

// DeleteString is part of store.Strings.
func (e *Engine) DeleteString(ctx context.Context, _ store.Op, key []byte, v store.ValueVisitor) error {
	m, err := e.command(ctx, true, "GETDEL", []string{string(key)})
	return show(m, err, v)
}

// SetString is part of store.Strings.
func (e *Engine) SetString(ctx context.Context, op store.Op, key, value []byte, s store.SetOptions) (bool, error) {
	args := []string{string(value)}
	if s.KeepTTL {
		args = append(args, "KEEPTTL")
	} else if s.ExpireAt != store.Never {
		args = append(args, "PXAT", decimal(e.theirs(op, s.ExpireAt)))
	}
	if s.IfAbsent {
		args = append(args, "NX")
	} else if s.IfPresent {
		args = append(args, "XX")
	}
	if s.Previous == nil {
		_, err := e.command(ctx, true, "SET", []string{string(key)}, args...)
		if rueidis.IsRedisNil(err) {
			return false, nil
		}
		return err == nil, err
	}
	m, err := e.command(ctx, true, "SET", []string{string(key)}, append(args, "GET")...)
	absent := rueidis.IsRedisNil(err)
	if err = show(m, err, s.Previous); err != nil {
		return false, err
	}
	return s.IfAbsent == absent || !s.IfAbsent && !s.IfPresent || s.IfPresent && !absent, nil
}

// SetStrings is part of store.Strings. In a cluster the keys must lie in one slot.
func (e *Engine) SetStrings(ctx context.Context, _ store.Op, pairs [][]byte, ifNone bool) (bool, error) {
	name := "MSET"
	if ifNone {
		name = "MSETNX"
	}
	if e.kind == cluster && !ifNone {
		for i := 0; i+1 < len(pairs); i += 2 {
			if _, err := e.command(ctx, true, "SET", []string{string(pairs[i])}, string(pairs[i+1])); err != nil {
				return false, err
			}
		}
		return true, nil
	}
	args := make([]string, 0, len(pairs))
	for _, word := range pairs[1:] {
		args = append(args, string(word))
	}
	m, err := e.command(ctx, true, name, []string{string(pairs[0])}, args...)
	if err != nil || !ifNone {
		return err == nil, err
	}
	n, err := m.AsInt64()
	return n == 1, err
}

// IncrString is part of store.Strings.
func (e *Engine) IncrString(ctx context.Context, _ store.Op, key []byte, delta int64) (int64, error) {
	return integer(e.command(ctx, true, "INCRBY", []string{string(key)}, decimal(delta)))
}

// IncrStringFloat is part of store.Strings.
func (e *Engine) IncrStringFloat(ctx context.Context, _ store.Op, key, delta []byte) ([]byte, error) {
	m, err := e.command(ctx, true, "INCRBYFLOAT", []string{string(key)}, string(delta))
	if err != nil {
		return nil, err
	}
	return m.AsBytes()
}

// AppendString is part of store.Strings.
func (e *Engine) AppendString(ctx context.Context, _ store.Op, key, tail []byte) (int, error) {
	n, err := integer(e.command(ctx, true, "APPEND", []string{string(key)}, string(tail)))
	return int(n), err
}

// SetStringRange is part of store.Strings.
func (e *Engine) SetStringRange(ctx context.Context, _ store.Op, key []byte, offset int64, part []byte) (int, error) {
	n, err := integer(e.command(ctx, true, "SETRANGE", []string{string(key)}, decimal(offset), string(part)))
	return int(n), err
}
