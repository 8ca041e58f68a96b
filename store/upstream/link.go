package upstream

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// link is a client of the upstream whose connections, one to each server, carry the reads and changes of sessions. Each server tells
// it of changes by others to what was read over it (CLIENT TRACKING with NOLOOP).
type link struct {
	client  rueidis.Client
	servers map[string]server // by address. For the goroutine that watches
	layout  string            // of the upstream, when they were asked
	left    atomic.Bool       // another is in its place

	gatherings atomic.Pointer[gatherings] // nil: changes go one by one
}

// server is what shows that nothing went untold: the connection is the same, and no key was evicted. A server does not tell of those
// that it evicts on behalf of the same connection.
type server struct {
	connection int64
	evicted    string
}

// tracked returns the client for what is cached, and whether the upstream tells of changes to what is read with it.
func (e *Engine) tracked() (rueidis.Client, bool) {
	if e.cache != nil && e.cache.linked.Load() {
		return e.link.Load().client, true
	}
	return e.client, false
}

// renewLink makes sure that the link is there and that nothing was lost on it. Where something may have been, what is cached counts
// no longer as fresh.
func (e *Engine) renewLink() {
	cache := e.cache
	if cache == nil || e.context.Err() != nil {
		return
	}
	begun := e.local()
	primaries, layout, err := e.primaries()
	former := e.link.Load()
	var servers map[string]server
	if err == nil && former != nil {
		servers, _ = former.ask(e, primaries)
	}
	intact := servers != nil && layout == former.layout && maps.Equal(servers, former.servers)
	if intact && cache.linked.Load() {
		cache.confirmed.Store(begun)
		return
	}
	if cache.linked.Load() {
		e.log.Warn("a link to the upstream is lost: the near cache begins anew")
	}
	cache.begin(false, begun)
	switch {
	case err != nil:
		return
	case intact: // a server has flushed its keys
		cache.clear()
	case servers != nil:
		former.servers, former.layout = servers, layout
		former.gatherings.Store(e.gatheringsOf(former.client, layout))
	default:
		next, err := e.newLink(primaries, layout)
		if err != nil {
			if now := time.Now(); now.Sub(e.toldUnlinked) >= unlinkedAgain {
				e.toldUnlinked = now
				e.log.Warn("no link to the upstream: nothing is served from the near cache", "error", firstLine(err))
			}
			return
		}
		e.toldUnlinked = time.Time{}
		e.link.Store(next)
		e.leave(former)
	}
	cache.begin(true, begun)
}

// unlinkedAgain is how often the log is told that there is still no link.
const unlinkedAgain = time.Minute

// ask asks the servers of these addresses.
func (l *link) ask(e *Engine, primaries []string) (map[string]server, error) {
	ctx, cancel := context.WithTimeout(e.context, max(e.options.Timeout, patience))
	defer cancel()
	nodes := l.client.Nodes()
	servers := make(map[string]server, len(primaries))
	for _, address := range primaries {
		node := nodes[address]
		if e.kind == alone {
			for _, node = range nodes { // tests have another address for it
			}
		}
		if node == nil {
			return nil, errNoPrimary
		}
		answers := node.DoMulti(ctx, node.B().ClientId().Build(), node.B().Info().Section("stats").Build())
		id, err := answers[0].AsInt64()
		if err != nil {
			return nil, err
		}
		stats, err := answers[1].ToString()
		if _, refused := rueidis.IsRedisErr(err); err != nil && !refused {
			return nil, err
		}
		_, rest, _ := strings.Cut(stats, "evicted_keys:")
		evicted, _, _ := strings.Cut(rest, "\r")
		servers[address] = server{id, evicted}
	}
	return servers, nil
}

// linkPause is for how long requests that find others under way on the link are collected before they are sent: a server spends more on
// being woken than on what a request asks. One that is alone goes at once.
const linkPause = 200 * time.Microsecond

// newLink makes a link to these servers.
func (e *Engine) newLink(primaries []string, layout string) (*link, error) {
	l := &link{layout: layout}
	option := e.clientFor
	if e.options.linkTo != "" {
		option.InitAddress = []string{e.options.linkTo}
	}
	option.DisableCache, option.PipelineMultiplex = false, -1
	option.CacheSizeEachConn = 1 << 10 // it is not used
	option.ClientName = "sessd-link"
	option.MaxFlushDelay = linkPause
	option.ClientTrackingOptions = []string{"NOLOOP"}
	option.OnInvalidations = func(keys []rueidis.RedisMessage) {
		if !l.left.Load() {
			e.told(keys)
		}
	}
	client, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	l.client = client
	if l.servers, err = l.ask(e, primaries); err != nil {
		l.left.Store(true)
		client.Close()
		return nil, err
	}
	l.gatherings.Store(e.gatheringsOf(client, layout))
	return l, nil
}

// leave closes a link, which may be nil, once nobody waits for an answer over it any more.
func (e *Engine) leave(l *link) {
	if l == nil {
		return
	}
	l.left.Store(true)
	e.work.Go(func() {
		select {
		case <-time.After(2 * e.options.Timeout):
		case <-e.context.Done():
		}
		l.client.Close()
	})
}

// told notes what a server says has changed; nil: everything, or a connection is lost. It runs on a connection's own goroutine.
func (e *Engine) told(keys []rueidis.RedisMessage) {
	cache := e.cache
	if keys == nil {
		cache.lost()
		select {
		case e.wake <- struct{}{}:
		default:
		}
		return
	}
	cache.invalidations.Add(uint64(len(keys)))
	for i := range keys {
		key, _ := keys[i].ToString()
		switch {
		case isSession(key):
			cache.drop(key[nameFrom:])
		case strings.HasPrefix(key, stampPrefix) && len(key) > len(stampPrefix)+tagSize+2:
			principal := key[len(stampPrefix)+tagSize+2:]
			cache.stamps.changed(principal)
			cache.dropPrincipal(principal)
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

func joinPort(host string, port int64) string { return net.JoinHostPort(host, decimal(port)) }

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
