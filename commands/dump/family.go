// Package dump is DUMP and RESTORE, which exchange values with Redis.
package dump

import (
	"sessd/commands"
	"sessd/store"
)

// abilities is what the handlers ask the engine.
type abilities interface {
	store.Keys
	store.Strings
	store.Lists
	store.Sets
	store.Hashes
	store.SortedSets
	store.Builder
}

type family struct{ engine abilities }

// The errors of DUMP and RESTORE.
const (
	errBusyKey    commands.Error = "BUSYKEY Target key name already exists."
	errTTL        commands.Error = "ERR Invalid TTL value, must be >= 0"
	errIdleTime   commands.Error = "ERR Invalid IDLETIME value, must be >= 0"
	errFrequency  commands.Error = "ERR Invalid FREQ value, must be >= 0 and <= 255"
	errChecksum   commands.Error = "ERR DUMP payload version or checksum are wrong"
	errFormat     commands.Error = "ERR Bad data format"
	errNotDumped  commands.Error = "ERR DUMP is not for sessions"
	errGroups     commands.Error = "ERR RESTORE is not for streams with consumer groups"
	errNotInSpace commands.Error = "ERR RESTORE is not for the id of a session"
)

// Family returns the commands over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(abilities); !able {
		missing = "ERR this server's store does not hold all types that DUMP knows"
	}
	return commands.Family{Group: "generic", Categories: []string{"keyspace"}, Missing: missing, Specs: f.specs()}
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "DUMP key",
			Summary: "Returns what a key holds in Redis's own format; not for sessions.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.dump,
			Example: `DUMP k -> null`,
		},
		{
			Usage:   "RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
			Summary: "Stores what DUMP returned, here or in Redis. IDLETIME and FREQ change nothing: the key was used now.",
			Flags:   commands.Write | commands.DenyOOM | commands.Dangerous, Access: commands.OW | commands.Update, Since: "1.0.0", Run: f.restore,
			Example: `RESTORE k 0 x -> error:"ERR DUMP payload version or checksum are wrong"`,
		},
	}
}
