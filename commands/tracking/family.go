// Package tracking is client-side caching: clients keep what they read, and are told when it changes.
//
// A client that asks for CLIENT TRACKING has the keys of its reads noted before they are read. So no change between a
// note and the read is lost. An observer of the engine tells the clients of a changed key once, and the key is noted no
// more. With BCAST nothing is noted: the client is told of all keys with its prefixes that its user may read. The
// engine is observed, and a change costs anything, only while a client tracks.
//
// A client hears of a change on its own connection in RESP3, behind the replies to what it has read before. Its own
// changes follow the reply that made them. With REDIRECT another client hears of it, in RESP2 on the channel
// __redis__:invalidate.
//
// Sessions are tracked as other keys. A session that is saved, cleared, rotated (the old id and the new), destroyed,
// evicted or expired is told of. A read or a touch is not: it renews the idle timeout alone. What was read under an old
// id, which leads to a session for the grace of its rotation, is told to be dropped at once. When a principal with very
// many sessions is logged out everywhere, clients are told to drop everything, as for FLUSHALL.
package tracking

import (
	"sessd/commands"
	"sessd/store"
)

const errNoChanges commands.Error = "ERR this server's store reports no changes"

const flags = commands.NoScript | commands.Loading | commands.Stale

// Family returns the commands on client-side caching, which need an engine that is Observable.
func Family(engine store.Engine) commands.Family {
	h := newHub(engine)
	f := commands.Family{
		Group: commands.ConnectionGroup, Categories: []string{"connection"}, Extends: true,
		Values:    map[string]string{"client-id": "integer", "prefix": "string"},
		Configure: h.configure, Metrics: h.metrics(), Leave: leave, Close: h.observation.Close,
		Specs: []commands.Spec{
			{
				Usage:   "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
				Summary: "Tells the client, which keeps what it reads, when that changes.",
				Flags:   flags, Since: "1.0.0", Run: h.track,
				Example: `CLIENT TRACKING ON -> "OK"`,
			},
			{
				Usage:   "CLIENT CACHING <YES | NO>",
				Summary: "Says whether the client keeps what its next command reads, with OPTIN or OPTOUT.",
				Flags:   flags, Since: "1.0.0", Run: h.cache,
				Example: `CLIENT TRACKING ON OPTIN; CLIENT CACHING YES -> "OK"`,
			},
			{
				Usage:   "CLIENT TRACKINGINFO",
				Summary: "Describes how the client is told of changes.",
				Flags:   flags, Since: "1.0.0", Run: h.info,
				Example: `CLIENT TRACKINGINFO -> {"flags":["off"],"redirect":-1,"prefixes":[]}`,
			},
			{
				Usage:   "CLIENT GETREDIR",
				Summary: "Returns the id of the client that is told of changes in this one's place, 0 for none, -1 where none are told.",
				Flags:   flags, Since: "1.0.0", Run: h.redirect,
				Example: `CLIENT GETREDIR -> -1`,
			},
		},
	}
	if !h.observation.Possible() {
		f.Missing = errNoChanges
	}
	return f
}

// metrics are the rows of INFO on who is told of changes.
func (h *hub) metrics() []commands.Metric {
	row := func(section, field, series, help string, read func() int64) commands.Metric {
		return commands.Metric{
			Section: section, Redis: field, Prometheus: series, Kind: commands.Gauge, Help: help,
			Read: func(*commands.Snapshot) any { return read() },
		}
	}
	return []commands.Metric{
		row("Clients", "tracking_clients", "sessd_tracking_clients", "clients that are told of changes of what they read",
			func() int64 { return int64(h.clients()) }),
		row("Stats", "tracking_total_keys", "sessd_tracking_keys", "keys that clients have read and are told of", h.table.keys.Load),
		row("Stats", "tracking_total_items", "sessd_tracking_items", "pairs of such a key and a client", h.table.items.Load),
		row("Stats", "tracking_total_prefixes", "sessd_tracking_prefixes", "prefixes of which clients are told all changes", h.prefixes.count.Load),
	}
}
