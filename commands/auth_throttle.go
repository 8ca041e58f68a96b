package commands

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// authThrottle slows down the guessing of passwords. A peer that gave wrong ones waits before the next one is checked,
// right or wrong, so who hangs up early has learnt nothing. A peer that logged in lately has its passwords checked at
// once, and waits for the refusal. Others behind the same address do not hurt it.
type authThrottle struct {
	mu     sync.Mutex
	byPeer map[string]*attempts
}

// attempts is what is known of a peer.
type attempts struct {
	failures int   // wrong passwords since it was quiet for long
	last     int64 // when the last of them came, in milliseconds since the Unix epoch
	good     int64 // when it logged in last, the same; 0: never
	underWay int   // attempts that wait for their check or their refusal
}

const (
	freeFailures  = 2         // wrong passwords without a wait
	firstDelay    = 100       // of the next one, in milliseconds; each further one doubles it
	greatestDelay = 3000      // in milliseconds
	forgetAfter   = 60_000    // milliseconds without a wrong password
	goodFor       = 3_600_000 // milliseconds since a peer logged in
	maxUnderWay   = 16        // attempts of one peer
	maxPenalties  = 64        // refusals of a peer that logged in lately
	maxPeers      = 1 << 12   // of more, some are forgotten
)

// begin returns how long an attempt has to wait before its check; ok is false where too many are under way already. An
// attempt that waits must be ended.
func (t *authThrottle) begin(peer string, now int64) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.byPeer[peer]
	if a == nil || now-a.last > forgetAfter && a.underWay == 0 {
		return 0, true
	}
	lately := a.good != 0 && now-a.good < goodFor
	switch {
	case a.failures < freeFailures, lately && a.underWay < maxPenalties:
		return 0, true
	case a.underWay >= maxUnderWay && !lately, a.underWay >= maxPenalties+maxUnderWay:
		return 0, false
	}
	a.underWay++
	return a.delay(), true
}

// end notes that an attempt has waited.
func (t *authThrottle) end(peer string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.byPeer[peer]; a != nil {
		a.underWay = max(0, a.underWay-1)
	}
}

// failed notes a wrong password, and returns how many the peer has given and how long the refusal has to wait. A refusal
// that waits must be ended.
func (t *authThrottle) failed(peer string, now int64) (failures int, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.peer(peer, now)
	if now-a.last > forgetAfter && a.underWay == 0 {
		a.failures = 0
	}
	a.failures++
	a.last = now
	if a.failures > freeFailures && a.good != 0 && now-a.good < goodFor {
		a.underWay++
		wait = a.delay()
	}
	return a.failures, wait
}

// succeeded notes that a peer logged in.
func (t *authThrottle) succeeded(peer string, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.peer(peer, now).good = now
}

// delay returns how long the peer's next attempt waits.
func (a *attempts) delay() time.Duration {
	shift := min(max(0, a.failures-freeFailures), 10)
	return time.Duration(min(firstDelay<<shift, greatestDelay)) * time.Millisecond
}

// peer returns what is known of a peer, and makes room for it where that is nothing.
func (t *authThrottle) peer(peer string, now int64) *attempts {
	if a := t.byPeer[peer]; a != nil {
		return a
	}
	if t.byPeer == nil {
		t.byPeer = make(map[string]*attempts)
	}
	if len(t.byPeer) >= maxPeers {
		t.forget(now)
	}
	a := new(attempts)
	t.byPeer[peer] = a
	return a
}

// forget makes room: it drops the peers that nothing follows from any more, and some others when these are few.
func (t *authThrottle) forget(now int64) {
	for peer, a := range t.byPeer {
		if a.underWay == 0 && now-a.last > forgetAfter && now-a.good > goodFor {
			delete(t.byPeer, peer)
		}
	}
	for peer := range t.byPeer {
		if len(t.byPeer) <= maxPeers*3/4 {
			break
		}
		delete(t.byPeer, peer)
	}
}

// peer returns whom a client's wrong passwords are counted for: all connections of one address together, and of an IPv6
// network, which one customer has.
func (c *Client) peer() string {
	host := hostOf(c.Addr)
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() && !ip.Is4In6() {
		const customer = 64
		if network, err := ip.WithZone("").Prefix(customer); err == nil {
			return network.String()
		}
	}
	return host
}

// hostOf returns an address without its port. The path of a unix socket stays as it is.
func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}
