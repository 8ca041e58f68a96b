// Package pubsub is the commands on messages: publish and subscribe, by channel and by pattern, and the events that the
// server itself publishes.
//
// # Events of keys
//
// While the setting notify-keyspace-events asks for it, each event of a key is published as Redis does. The channel
// __keyspace@N__:KEY has the event as the message, then __keyevent@N__:EVENT has the key. A subscriber whose user may
// read some keys only gets the events of these.
//
// # Events of sessions
//
// What happens to sessions is published on six channels, whatever that setting is: __sess__:created, __sess__:saved,
// __sess__:rotated, __sess__:destroyed, __sess__:expired and __sess__:evicted. Each event comes once, after the fact, and the
// events of one session come in their order. The message is a JSON object with these members, in this order:
//
//	id         the session's id; with rotated the new one
//	former     with rotated: the id before
//	principal  of the session; not there if it has none
//	cause      created, saved, cleared, rotated, destroyed, expired, evicted or flushed
//	keyspace   its number
//	time       in milliseconds since the Unix epoch
//
// An id or principal that is not UTF-8 comes in base64, as id64, former64 or principal64 in place of the other. A bag that
// was cleared is an event on __sess__:saved. FLUSHDB and FLUSHALL end all sessions of a keyspace, if there are any, with one
// message on __sess__:destroyed, which has no id. A session that another value replaces is destroyed. Being read is no event.
//
// To subscribe to these channels a user needs the right to read every key, beside that to the channel. A pattern such
// as * leaves them out without it. Nobody but the server publishes there.
package pubsub

import (
	"sessd/commands"
	"sessd/store"
)

const (
	listens   = commands.PubSub | commands.NoScript | commands.Loading | commands.Stale | commands.Listening
	publishes = commands.PubSub | commands.Loading | commands.Stale | commands.Fast | commands.MayReplicate
	tells     = commands.PubSub | commands.Loading | commands.Stale
)

// notKeys are words by which a cluster routes, though they are no keys.
func notKeys(last int) []commands.KeySpec {
	return []commands.KeySpec{{Access: commands.NotKey, Begin: 1, Last: last}}
}

// Family returns the commands on messages. An engine that is Observable has its events published.
func Family(engine store.Engine) commands.Family {
	h := newHub(engine)
	channels := commands.ChannelSpec{Begin: 1, Last: -1, Private: isSessionChannel}
	patterns := commands.ChannelSpec{Begin: 1, Last: -1, Patterns: true, Private: isSessionChannel}
	channel := commands.ChannelSpec{Begin: 1, Last: 1}
	return commands.Family{
		Group: "pubsub", Configure: h.configure, Metrics: h.metrics(), Leave: leave, Close: h.close, Listeners: h.listeners,
		Specs: append(h.inspectSpecs(), []commands.Spec{
			{
				Usage:   "SUBSCRIBE channel [channel ...]",
				Summary: "Listens for messages that are published to channels.",
				Flags:   listens, Channels: &channels, Since: "1.0.0", Run: h.subscribe,
				Example: `SUBSCRIBE news -> ["subscribe","news",1]`,
			},
			{
				Usage:   "UNSUBSCRIBE [channel ...]",
				Summary: "Stops listening to channels, or to all of them.",
				Flags:   listens, Since: "1.0.0", Run: h.unsubscribe,
				Example: `UNSUBSCRIBE news -> ["unsubscribe","news",0]`,
			},
			{
				Usage:   "PSUBSCRIBE pattern [pattern ...]",
				Summary: "Listens for messages that are published to channels whose names match glob-style patterns.",
				Flags:   listens, Channels: &patterns, Since: "1.0.0", Run: h.subscribePatterns,
				Example: `PSUBSCRIBE news.* -> ["psubscribe","news.*",1]`,
			},
			{
				Usage:   "PUNSUBSCRIBE [pattern ...]",
				Summary: "Stops listening to patterns, or to all of them.",
				Flags:   listens, Since: "1.0.0", Run: h.unsubscribePatterns,
				Example: `PUNSUBSCRIBE news.* -> ["punsubscribe","news.*",0]`,
			},
			{
				Usage:   "SSUBSCRIBE shardchannel [shardchannel ...]",
				Summary: "Listens for messages that are published to shard channels, which are apart from the others.",
				Flags:   listens, Keys: notKeys(-1), Channels: &channels, Since: "1.0.0", Run: h.subscribeShard,
				Example: `SSUBSCRIBE news -> ["ssubscribe","news",1]`,
			},
			{
				Usage:   "SUNSUBSCRIBE [shardchannel ...]",
				Summary: "Stops listening to shard channels, or to all of them.",
				Flags:   listens, Keys: notKeys(-1), Since: "1.0.0", Run: h.unsubscribeShard,
				Example: `SUNSUBSCRIBE news -> ["sunsubscribe","news",0]`,
			},
			{
				Usage:   "PUBLISH channel message",
				Summary: "Publishes a message and returns how many clients it was sent to.",
				Flags:   publishes, Channels: &channel, Since: "1.0.0", Run: h.publishTo,
				Example: `PUBLISH news hello -> 0`,
			},
			{
				Usage:   "SPUBLISH shardchannel message",
				Summary: "Publishes a message to a shard channel and returns how many clients it was sent to.",
				Flags:   publishes, Keys: notKeys(0), Channels: &channel, Since: "1.0.0", Run: h.publishToShard,
				Example: `SPUBLISH news hello -> 0`,
			},
		}...),
	}
}
