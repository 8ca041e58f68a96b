package importer

import (
	"context"
	"fmt"
	"time"

	"sessd/commands/dump"
	"sessd/commands/dump/rdb"
	"sessd/store"
)

// Engine is a target that no client uses meanwhile.
type Engine struct {
	Engine    store.Engine
	Databases int
	Replace   bool // what exists
	// Commit is called after some keys each. It hands them to the log.
	Commit func() error
	puts   int
}

// committed is how many keys the log is given at once.
const committed = 1000

// Put is part of Target.
func (t *Engine) Put(e *rdb.Entry, done func(error)) error {
	if e.Database >= t.Databases {
		done(fmt.Errorf("there are %d databases; --databases makes more", t.Databases))
		return nil
	}
	op := store.Op{Keyspace: e.Database, Now: time.Now().UnixMilli()}
	stored, err := dump.Put(context.Background(), t.Engine, op, e.Key, e.Value, e.Expiry, t.Replace)
	if err == nil && !stored {
		err = ErrExists
	}
	done(err)
	if t.puts++; t.puts%committed == 0 {
		return t.Commit()
	}
	return nil
}

// Flush is part of Target.
func (t *Engine) Flush() error { return t.Commit() }
