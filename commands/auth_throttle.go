package commands

import (
	"net"
	"sync"
	"time"
)

// authThrottle remembers the peers that gave wrong passwords, so that each further one is answered later.
type authThrottle struct {
	mu     sync.Mutex
	byPeer map[string]guesser
}

type guesser struct {
	failures int
	last     int64 // milliseconds since the Unix epoch
}

const (
	freeFailures  = 2       // wrong passwords that are answered at once
	firstDelay    = 100     // of the next one, in milliseconds; each further one doubles it
	greatestDelay = 3000    // in milliseconds
	forgetAfter   = 60_000  // milliseconds without a wrong password
	maxGuessers   = 1 << 12 // peers; of more, some are forgotten
)

// failed notes a wrong password of a peer and returns how many it has given, and for how long its answer has to wait.
func (g *authThrottle) failed(peer string, now int64) (failures int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.byPeer[peer]
	if now-one.last > forgetAfter {
		one.failures = 0
	}
	one.failures++
	one.last = now
	if g.byPeer == nil {
		g.byPeer = make(map[string]guesser)
	}
	if _, known := g.byPeer[peer]; !known && len(g.byPeer) >= maxGuessers {
		g.forget(now)
	}
	g.byPeer[peer] = one
	if one.failures <= freeFailures {
		return one.failures, 0
	}
	shift := min(one.failures-freeFailures-1, 10)
	return one.failures, time.Duration(min(firstDelay<<shift, greatestDelay)) * time.Millisecond
}

// forget makes room: it drops the peers that stopped, and one more when none did.
func (g *authThrottle) forget(now int64) {
	for peer, one := range g.byPeer {
		if now-one.last > forgetAfter {
			delete(g.byPeer, peer)
		}
	}
	for peer := range g.byPeer {
		if len(g.byPeer) < maxGuessers {
			break
		}
		delete(g.byPeer, peer)
	}
}

// peer returns whom a client's wrong passwords are counted for: all connections of one address together.
func (c *Client) peer() string {
	if host, _, err := net.SplitHostPort(c.Addr); err == nil {
		return host
	}
	return c.Addr
}
