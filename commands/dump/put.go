package dump

import (
	"context"

	"sessd/commands/dump/rdb"
	"sessd/store"
)

// Put stores a value under a key in one step. expiry is in ms since the Unix epoch, 0 for
// never. It reports whether it has: it does not where the key exists, unless it replaces.
func Put(ctx context.Context, engine store.Engine, op store.Op, key []byte, v *rdb.Value, expiry int64, replaces bool) (stored bool, err error) {
	f := &family{}
	var able bool
	if f.engine, able = engine.(abilities); !able {
		return false, store.ErrMissing
	}
	transactor, able := engine.(store.Transactor)
	if !able {
		return false, store.ErrMissing
	}
	if op.Tx, err = transactor.Begin(op, [][]byte{key}, 0); err != nil {
		return false, err
	}
	defer op.Tx.End()
	t, err := f.engine.KeyType(ctx, op, key)
	if err != nil || t != store.TypeNone && !replaces {
		return false, err
	}
	if t == store.TypeSession {
		return false, errNotInSpace
	}
	if t != store.TypeNone {
		if _, err := f.engine.Delete(ctx, op, [][]byte{key}); err != nil {
			return false, err
		}
	}
	if err := f.fill(ctx, op, key, v); err != nil {
		return false, err
	}
	if expiry != 0 {
		if _, err := f.engine.Expire(ctx, op, key, store.ExpireOptions{At: expiry}); err != nil {
			return true, err
		}
	}
	return true, putFieldEnds(ctx, engine, op, key, v)
}

// putFieldEnds has the fields of a hash end.
func putFieldEnds(ctx context.Context, engine any, op store.Op, key []byte, v *rdb.Value) error {
	if v.Expiries == nil {
		return nil
	}
	expirer, able := engine.(store.FieldExpirer)
	if !able {
		return store.ErrMissing
	}
	for i, at := range v.Expiries {
		if at == 0 {
			continue
		}
		err := expirer.ExpireFields(ctx, op, key, [][]byte{v.Texts[2*i]}, store.ExpireOptions{At: at}, func(store.FieldOutcome) {})
		if err != nil {
			return err
		}
	}
	return nil
}
