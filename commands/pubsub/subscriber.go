package pubsub

import (
	"maps"
	"slices"
	"sync/atomic"

	"sessd/commands"
)

// subscriber is what a client listens to. The client's loop alone changes it.
type subscriber struct {
	hub    *hub
	client *commands.Client
	// by name; patterns by their text
	channels, patterns, shards map[string]*subscription
	bytes                      int64       // of all of them, as the limit counts
	gone                       atomic.Bool // it hears nothing more
}

// A subscription counts subscriptionBytes beside its name towards the client's limit, about as much as it takes. A client
// that leaves with more than endAtOnce of them does not wait for their end.
const (
	subscriptionBytes = 256
	endAtOnce         = 1000
)

// subscriber returns what the call's client listens to.
func (h *hub) subscriber(c *commands.Call) *subscriber {
	kept := c.Kept()
	if *kept == nil {
		*kept = &subscriber{
			hub: h, client: c.Client,
			channels: make(map[string]*subscription), patterns: make(map[string]*subscription), shards: make(map[string]*subscription),
		}
	}
	return (*kept).(*subscriber)
}

// global returns the number of subscriptions that are not to shard channels.
func (s *subscriber) global() int { return len(s.channels) + len(s.patterns) }

func size(name string) int64 { return subscriptionBytes + int64(len(name)) }

// reserve returns an error where subscriptions to further names would take more than the limit.
func (s *subscriber) reserve(there map[string]*subscription, names [][]byte) error {
	limit := s.hub.limit.Load()
	if limit == 0 {
		return nil
	}
	total, more := s.bytes, make(map[string]bool)
	for i, name := range names {
		if there[string(name)] != nil || more[string(name)] {
			continue
		}
		total += size(string(name))
		if i < len(names)-1 {
			more[string(name)] = true
		}
	}
	if total > limit {
		return commands.Errorf("LIMIT subscriptions of one client may take %d bytes (client-subscriptions-limit)", limit)
	}
	return nil
}

func (s *subscriber) add(to map[string]*subscription, one *subscription) {
	to[one.channel.name] = one
	s.bytes += size(one.channel.name)
}

func (s *subscriber) remove(from map[string]*subscription, one *subscription) {
	delete(from, one.channel.name)
	s.bytes -= size(one.channel.name)
}

// note puts on record what the client listens to, and the memory that this takes.
func (s *subscriber) note() {
	s.client.SetSubscriptions(commands.Subscriptions{
		Channels: len(s.channels), Patterns: len(s.patterns), ShardChannels: len(s.shards), Bytes: int(s.bytes),
	})
}

// names returns the names of subscriptions in the order of the alphabet.
func names(of map[string]*subscription) [][]byte {
	all := make([][]byte, 0, len(of))
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, []byte(name))
	}
	return all
}

// leave ends all subscriptions of a client that sent RESET or is gone. From now on nothing is sent to it.
func leave(kept any) {
	s := kept.(*subscriber)
	s.gone.Store(true)
	s.client.SetSubscriptions(commands.Subscriptions{})
	if s.global()+len(s.shards) > endAtOnce {
		go s.endAll()
	} else {
		s.endAll()
	}
}

func (s *subscriber) endAll() {
	for _, one := range s.channels {
		s.hub.drop(one)
	}
	for _, one := range s.patterns {
		s.hub.dropPattern(one)
	}
	for _, one := range s.shards {
		s.hub.dropShard(one)
	}
}
