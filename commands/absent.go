package commands

import (
	"fmt"
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

// Absent returns the commands of Redis that are none here in Markdown, as rows of a table.
func Absent() string {
	var b strings.Builder
	for _, row := range absent {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(row.names, "` `"), row.why)
	}
	return b.String()
}

// IsAbsent reports whether a command is told of as one that there is not.
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
