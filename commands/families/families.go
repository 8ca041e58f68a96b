// Package families lists the families of commands that a server has beside those on connections and on the server itself.
package families

import (
	"sessd/commands"
	"sessd/commands/bitmaps"
	"sessd/commands/dump"
	"sessd/commands/hashes"
	"sessd/commands/hyperloglogs"
	"sessd/commands/keys"
	"sessd/commands/lists"
	"sessd/commands/pubsub"
	"sessd/commands/scripts"
	"sessd/commands/sessions"
	"sessd/commands/sets"
	"sessd/commands/sortedsets"
	"sessd/commands/sorting"
	"sessd/commands/streams"
	"sessd/commands/strings"
	"sessd/commands/tracking"
	"sessd/commands/transactions"
	"sessd/store"
)

// Of returns the families over an engine, in the order of the reference. A nil engine has no ability.
func Of(engine store.Engine) []commands.Family {
	return []commands.Family{
		sessions.Family(engine),
		strings.Family(engine),
		bitmaps.Family(engine),
		hyperloglogs.Family(engine),
		hashes.Family(engine),
		sortedsets.Family(engine),
		sets.Family(engine),
		lists.Family(engine),
		streams.Family(engine),
		keys.Family(engine),
		sorting.Family(engine),
		dump.Family(engine),
		pubsub.Family(engine),
		scripts.Family(engine),
		tracking.Family(engine),
		transactions.Family(engine),
	}
}
