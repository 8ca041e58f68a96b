// Package transactions is the commands that make several commands one step, and that watch keys until then.
//
// # What a transaction is
//
// Requests between MULTI and EXEC are queued, and run at EXEC as one step for everybody, whatever their keys, types and
// keyspaces are. A request that is refused while it is queued makes EXEC refuse all of them. One that fails when it runs
// keeps none of the others from running, as in Redis.
//
// The step locks the parts of the store in which its keys lie, or everything where a request reaches keys that it does not
// name. Others wait meanwhile, so a transaction holds them up for as long as its requests take. Memory is made free before
// the step, as much as its requests are likely to need. Where there cannot be so much, EXEC refuses them all; a request
// that needs still more has what is left.
//
// Within the step nothing waits. A blocking command behaves as if its time were out; a password whose check would wait
// is refused unchecked. A password that is wrong is told at once, and delays the checks that follow instead.
//
// # What is watched
//
// WATCH makes the next EXEC of the client do nothing and answer null if one of the keys has changed by then. A change
// is a command, its end in time, eviction, or the end of all keys of its keyspace. A session has changed when it was
// saved, cleared, rotated or destroyed, or has other timeouts. Its use renews its idle timeout, which is no change. An
// old id of a session is watched together with the session.
//
// What a client queues and watches is bounded by the setting client-transaction-limit.
package transactions

import (
	"sync/atomic"

	"sessd/commands"
	"sessd/store"
)

// family is what the handlers share.
type family struct {
	table *table
	limit atomic.Int64 // bytes of one client's queue, and of its watched keys; 0: none
}

const atOnce = commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.AllowBusy

// Family returns the commands on transactions over an engine.
func Family(engine store.Engine) commands.Family {
	f := &family{table: newTable(engine)}
	missing := commands.Error("")
	if _, able := engine.(store.Transactor); !able || f.table.engine == nil || f.table.keys == nil {
		missing = "ERR this server's store has no transactions"
	}
	return commands.Family{
		Group: "transactions", Categories: []string{"transaction"}, Missing: missing,
		Configure: f.configure, Metrics: f.table.metrics(), Leave: leave, Close: f.table.close,
		Specs: []commands.Spec{
			{
				Usage:   "MULTI",
				Summary: "Begins a transaction: the requests that follow are queued for EXEC.",
				Flags:   atOnce | commands.Unqueued, Since: "1.0.0", Run: f.multi,
				Example: `MULTI; SET k 1 -> "QUEUED"`,
			},
			{
				Usage:   "EXEC",
				Summary: "Runs the queued requests as one step and returns their replies, or null if a watched key has changed.",
				Flags:   commands.NoScript | commands.Loading | commands.Stale | commands.SkipSlowLog | commands.Unqueued | commands.Executes, Since: "1.0.0",
				Run: f.exec, Refused: f.refuseExec,
				Example: `MULTI; SET k 1; INCR k; EXEC -> ["OK",2]`,
			},
			{
				Usage:   "DISCARD",
				Summary: "Drops the queued requests, and watches no key any more.",
				Flags:   atOnce | commands.Unqueued, Since: "1.0.0", Run: f.discard,
				Example: `MULTI; SET k 1; DISCARD -> "OK"`,
			},
			{
				Usage:   "WATCH key [key ...]",
				Summary: "Makes the next EXEC run nothing if one of the keys has changed by then.",
				Flags:   atOnce | commands.Unqueued, Access: commands.RO, Since: "1.0.0", Run: f.watch,
				Example: `WATCH k; SET k 1; MULTI; EXEC -> null`,
			},
			{
				Usage:   "UNWATCH",
				Summary: "Watches no key any more.",
				Flags:   atOnce, Since: "1.0.0", Run: f.unwatch,
				Example: `WATCH k; SET k 1; UNWATCH; MULTI; EXEC -> []`,
			},
		},
	}
}

// The errors of commands on transactions.
const (
	errNested       commands.Error = "ERR MULTI calls can not be nested"
	errWatchInMulti commands.Error = "ERR WATCH inside MULTI is not allowed"
	errNoExec       commands.Error = "ERR EXEC without MULTI"
	errNoDiscard    commands.Error = "ERR DISCARD without MULTI"
	errAborted      commands.Error = "EXECABORT Transaction discarded because of previous errors."
)

func (f *family) configure(o *commands.Options) error {
	f.limit.Store(o.TransactionBytes)
	return nil
}

// metrics are the rows of INFO on watched keys.
func (t *table) metrics() []commands.Metric {
	row := func(field, series, help string, n *atomic.Int64) commands.Metric {
		return commands.Metric{
			Section: "Clients", Redis: field, Prometheus: series, Kind: commands.Gauge, Help: help,
			Read: func(*commands.Snapshot) any { return n.Load() },
		}
	}
	return []commands.Metric{
		row("watching_clients", "sessd_watching_clients", "clients that watch keys for a transaction", &t.watchers),
		row("total_watched_keys", "sessd_watched_keys", "keys that clients watch, once for each of them", &t.watches),
	}
}
