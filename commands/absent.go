package commands

import (
	"fmt"
	"slices"
	"strings"
)

// absent is the commands of Redis 7.0 that are none here, with the reason. A container stands for its subcommands.
var absent = []struct {
	names []string
	why   string
}{
	{
		[]string{
			"GEOADD", "GEODIST", "GEOHASH", "GEOPOS", "GEORADIUS", "GEORADIUS_RO", "GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO", "GEOSEARCH",
			"GEOSEARCHSTORE",
		},
		"there are no places; what stores them as scores of a sorted set goes on to work",
	},
	{[]string{"MIGRATE", "RESTORE-ASKING"}, "keys go to no other server by themselves; DUMP and RESTORE take them there"},
	{[]string{"PFDEBUG", "PFSELFTEST"}, "they are for those who develop Redis"},
}

// refused is the commands that are there and answer as a server of Redis does that lacks what they are about.
var refused = []struct {
	names []string
	why   string
}{
	{[]string{"XGROUP", "XREADGROUP", "XACK", "XPENDING", "XCLAIM", "XAUTOCLAIM"}, "streams have no consumer groups; `XGROUP CREATE` is an error"},
	{[]string{"FCALL", "FCALL_RO", "FUNCTION"}, "there are no functions; `FUNCTION LOAD` is an error, and LIST, STATS, DUMP and FLUSH find none"},
	{[]string{"CLUSTER", "ASKING", "READONLY", "READWRITE"}, "sessd is no node of a cluster"},
	{[]string{"REPLICAOF", "SLAVEOF", "FAILOVER", "SYNC", "PSYNC", "REPLCONF"}, "sessd has no replicas and is none; `REPLICAOF NO ONE` is answered with OK"},
	{[]string{"MODULE"}, "there are no modules"},
}

// Refused returns these commands in Markdown, as rows of a table.
func Refused() string {
	var b strings.Builder
	for _, row := range refused {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(row.names, "` `"), row.why)
	}
	return b.String()
}

// isRefused reports whether a command, or the container that it is in, is one of these.
func isRefused(name string) bool {
	container, _, _ := strings.Cut(strings.ToUpper(name), "|")
	for _, row := range refused {
		if slices.Contains(row.names, container) {
			return true
		}
	}
	return false
}

// Absent returns the commands of Redis that are none here in Markdown, as rows of a table.
func Absent() string {
	var b strings.Builder
	for _, row := range absent {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(row.names, "` `"), row.why)
	}
	return b.String()
}

// IsAbsent reports whether a command of Redis is none here. Rules of ACL and rename-command may name it still.
func IsAbsent(name string) bool {
	for _, row := range absent {
		for _, known := range row.names {
			if strings.EqualFold(known, name) {
				return true
			}
		}
	}
	return false
}
