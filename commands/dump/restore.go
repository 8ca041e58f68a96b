package dump

import (
	"context"
	"errors"

	"sessd/commands"
	"sessd/commands/dump/rdb"
	"sessd/store"
)

// options is what follows the payload of RESTORE.
type options struct{ replaces, absolute bool }

func parseOptions(words [][]byte) (o options, err error) {
	idle, frequency := false, false
	for rest := commands.Read(words); rest.More(); {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "REPLACE"):
			o.replaces = true
		case commands.Is(word, "ABSTTL"):
			o.absolute = true
		case commands.Is(word, "IDLETIME") && rest.More() && !frequency:
			n, err := rest.Integer()
			if err != nil {
				return o, err
			}
			if n < 0 {
				return o, errIdleTime
			}
			idle = true
		case commands.Is(word, "FREQ") && rest.More() && !idle:
			n, err := rest.Integer()
			if err != nil {
				return o, err
			}
			if n < 0 || n > 255 {
				return o, errFrequency
			}
			frequency = true
		default:
			return o, commands.ErrSyntax
		}
	}
	return o, nil
}

// restore is RESTORE. The key is one step for everybody.
func (f *family) restore(c *commands.Call) error {
	o, err := parseOptions(c.Args[3:])
	if err != nil {
		return err
	}
	key := c.Args[0]
	t, err := f.engine.KeyType(c.Context, c.Op, key)
	switch {
	case err != nil:
		return err
	case t == store.TypeSession:
		return errNotInSpace
	case t != store.TypeNone && !o.replaces:
		return errBusyKey
	}
	ttl, ok := store.ParseInt(c.Args[1])
	switch {
	case !ok:
		return commands.ErrNotInteger
	case ttl < 0:
		return errTTL
	}
	v, err := rdb.Decode(c.Args[2])
	switch {
	case errors.Is(err, rdb.ErrChecksum):
		return errChecksum
	case err != nil:
		return errFormat
	case v.Stream != nil && v.Stream.Groups > 0:
		return errGroups
	}
	if ttl > 0 && !o.absolute {
		ttl = min(ttl, commands.MaxDuration) + c.Op.Now
	}
	if err := f.put(c, key, v, &o, ttl); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}

// roomOfElement is the memory in bytes that an element may take beside its own, at most.
const roomOfElement = 128

// put stores a value under a key, with an expiry unless it is 0.
func (f *family) put(c *commands.Call, key []byte, v *rdb.Value, o *options, expiry int64) error {
	var plan commands.Plan
	plan.Cover(c.Op.Keyspace, key)
	plan.Reserve(v.Texts)
	plan.ReserveBytes(int64(len(v.Texts)) * roomOfElement)
	if v.Stream != nil {
		plan.ReserveBytes(2 * int64(v.Size()))
	}
	step, err := c.BeginStep(&plan)
	if err != nil {
		return err
	}
	defer step.End()
	op := step.Op()
	t, err := f.engine.KeyType(c.Context, op, key)
	switch {
	case err != nil:
		return err
	case t != store.TypeNone && !o.replaces:
		return errBusyKey
	case t == store.TypeSession:
		return errNotInSpace
	}
	keys, expired := [][]byte{key}, expiry != 0 && expiry <= op.Now
	remove := func() error {
		_, err := f.engine.Delete(c.Context, op, keys)
		return err
	}
	if expired {
		return remove()
	}
	return f.engine.Build(c.Context, op, key, store.EventRestore, func() error {
		err := remove()
		if err == nil {
			err = f.fill(c.Context, op, key, v)
		}
		if err == nil && expiry != 0 {
			_, err = f.engine.Expire(c.Context, op, key, store.ExpireOptions{At: expiry})
		}
		if err == nil {
			err = putFieldEnds(c.Context, f.engine, op, key, v)
		}
		if err != nil {
			_ = remove()
		}
		return err
	})
}

// fill stores a value under a key that holds nothing.
func (f *family) fill(ctx context.Context, op store.Op, key []byte, v *rdb.Value) (err error) {
	switch v.Kind {
	case rdb.String:
		_, err = f.engine.SetString(ctx, op, key, v.Texts[0], store.SetOptions{ExpireAt: store.Never})
	case rdb.List:
		_, err = f.engine.PushList(ctx, op, key, v.Texts, store.ListTail, false)
	case rdb.Set:
		_, err = f.engine.AddToSet(ctx, op, key, v.Texts)
	case rdb.Hash:
		_, err = f.engine.SetHash(ctx, op, key, v.Texts, false)
	case rdb.SortedSet:
		members := make([]store.Scored, len(v.Texts))
		for i, member := range v.Texts {
			members[i] = store.Scored{Member: member, Score: v.Scores[i]}
		}
		_, err = f.engine.AddScores(ctx, op, key, members, store.ScoreOptions{})
	case rdb.StreamKind:
		err = fillStream(ctx, f.engine, op, key, v.Stream)
	}
	return err
}
