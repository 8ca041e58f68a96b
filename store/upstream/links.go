package upstream

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// links are connections over which every server that has sessions tells of each change of one (CLIENT TRACKING, BCAST). They are
// for one goroutine.
type links struct {
	engine *Engine
	all    map[string]*link // by address
	layout string           // of the upstream, when they were made
	wake   chan struct{}    // holds a token when one may be lost
}

// link is a connection to one server. Its client may connect anew by itself, which the id of the connection shows.
type link struct {
	client rueidis.Client
	id     int64
}

func newLinks(e *Engine) *links {
	return &links{engine: e, all: make(map[string]*link), wake: make(chan struct{}, 1)}
}

func (l *links) close() {
	for address, one := range l.all {
		one.client.Close()
		delete(l.all, address)
	}
}

// renew makes sure that the links are there and that nothing was lost on them. Where something may have been, what is cached counts
// no longer as fresh.
func (l *links) renew() {
	cache := l.engine.cache
	if cache == nil || l.engine.context.Err() != nil {
		return
	}
	begun := l.engine.local()
	primaries, layout, err := l.engine.primaries()
	intact := err == nil && layout == l.layout && len(l.all) == len(primaries) && l.check(primaries)
	if intact && cache.linked.Load() {
		cache.confirmed.Store(begun)
		return
	}
	if cache.linked.Load() {
		l.engine.log.Warn("a link to the upstream is lost: the near cache begins anew")
	}
	cache.begin(false, begun)
	if err != nil {
		return
	}
	if intact { // a server has flushed its keys
		cache.clear()
	} else if err = l.make(primaries, layout); err != nil {
		l.engine.log.Warn("no link to the upstream: nothing is served from the near cache", "error", err)
		return
	}
	cache.begin(true, begun)
}

// check reports whether every link is the connection that it was, and alive.
func (l *links) check(primaries []string) bool {
	ctx, cancel := context.WithTimeout(l.engine.context, max(l.engine.options.Timeout, patience))
	defer cancel()
	intact := make(chan bool, len(primaries))
	for _, address := range primaries {
		one := l.all[address]
		go func() { intact <- one != nil && one.alive(ctx) }()
	}
	all := true
	for range primaries {
		all = <-intact && all
	}
	return all
}

func (one *link) alive(ctx context.Context) bool {
	id, err := one.client.Do(ctx, one.client.B().ClientId().Build()).AsInt64()
	return err == nil && id == one.id
}

// make makes links to these servers and no others.
func (l *links) make(primaries []string, layout string) error {
	l.close()
	ctx, cancel := context.WithTimeout(l.engine.context, max(l.engine.options.Timeout, patience))
	defer cancel()
	for _, address := range primaries {
		one := new(link)
		option := l.engine.clientFor
		option.InitAddress, option.Sentinel = []string{address}, rueidis.SentinelOption{}
		if l.engine.options.linkTo != "" {
			option.InitAddress = []string{l.engine.options.linkTo}
		}
		option.ForceSingleClient, option.DisableCache, option.PipelineMultiplex = true, false, -1
		option.CacheSizeEachConn = 1 << 10 // it is not used
		option.ClientName = "sessd-link"
		option.ClientTrackingOptions = []string{"BCAST", "PREFIX", sessionPrefix, "PREFIX", stampPrefix}
		made := new(atomic.Bool)
		option.OnInvalidations = func(keys []rueidis.RedisMessage) {
			if made.Load() {
				l.told(keys)
			}
		}
		made.Store(true)
		client, err := rueidis.NewClient(option)
		if err != nil {
			return err
		}
		one.client = client
		l.all[address] = one
		if one.id, err = client.Do(ctx, client.B().ClientId().Build()).AsInt64(); err != nil {
			return err
		}
	}
	l.layout = layout
	return nil
}

// told notes what a server says has changed; nil: everything, or the link is lost. It runs on the link's own goroutine.
func (l *links) told(keys []rueidis.RedisMessage) {
	cache := l.engine.cache
	if keys == nil {
		cache.lost()
		select {
		case l.wake <- struct{}{}:
		default:
		}
		return
	}
	cache.invalidations.Add(uint64(len(keys)))
	for i := range keys {
		key, _ := keys[i].ToString()
		switch {
		case isSession(key):
			cache.changed(key[nameFrom:])
		case strings.HasPrefix(key, stampPrefix) && len(key) > len(stampPrefix)+tagSize+2:
			principal := key[len(stampPrefix)+tagSize+2:]
			cache.stamps.changed(principal)
			cache.suspectPrincipal(principal)
		}
	}
}

var errNoPrimary = errors.New("the upstream names no primary")

// primaries returns the addresses of the servers that have sessions, sorted, and a text that changes with who has which.
func (e *Engine) primaries() (addresses []string, layout string, err error) {
	switch e.kind {
	case alone:
		return e.clientFor.InitAddress[:1], "", nil
	case sentinel:
		for address := range e.client.Nodes() {
			addresses = append(addresses, address)
		}
	case cluster:
		addresses, layout, err = e.slotOwners()
	}
	if err == nil && len(addresses) == 0 {
		err = errNoPrimary
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), layout, err
}

// slotOwners asks a cluster who has which slots.
func (e *Engine) slotOwners() (addresses []string, layout string, err error) {
	ctx, cancel := context.WithTimeout(e.context, max(e.options.Timeout, patience))
	defer cancel()
	shown, err := e.client.Do(ctx, e.client.B().ClusterSlots().Build()).ToArray()
	if err != nil {
		return nil, "", err
	}
	var text strings.Builder
	for _, span := range shown {
		parts, err := span.ToArray()
		if err != nil || len(parts) < 3 {
			return nil, "", errNoPrimary
		}
		owner, err := parts[2].ToArray()
		if err != nil || len(owner) < 2 {
			return nil, "", errNoPrimary
		}
		host, _ := owner[0].ToString()
		port, _ := owner[1].AsInt64()
		first, _ := parts[0].AsInt64()
		last, _ := parts[1].AsInt64()
		address := joinPort(host, port)
		addresses = append(addresses, address)
		text.WriteString(decimal(first) + "-" + decimal(last) + "=" + address + " ")
	}
	return addresses, text.String(), nil
}

// local returns this side's time, by the clock that Op.Now comes from.
func (e *Engine) local() int64 {
	switch {
	case e.options.CallerTime:
		return callerTime
	case e.options.Clock != nil:
		return e.options.Clock.Now()
	}
	return time.Now().UnixMilli()
}

// callerTime is later than all times of tests.
const callerTime = 1 << 60
