package store

import "strings"

// Policy says which entries an engine evicts when it is at its memory limit.
type Policy uint8

// The policies. AnonymousFirst is made for sessions: those without a principal go first, the longest unused of them
// before the others, and only then the rest.
const (
	NoEviction Policy = iota
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
	AnonymousFirst
)

var policyNames = [...]string{
	NoEviction: "noeviction",
	AllKeysLRU: "allkeys-lru", AllKeysLFU: "allkeys-lfu", AllKeysRandom: "allkeys-random",
	VolatileLRU: "volatile-lru", VolatileLFU: "volatile-lfu", VolatileRandom: "volatile-random", VolatileTTL: "volatile-ttl",
	AnonymousFirst: "anonymous-first",
}

// String returns the name that maxmemory-policy has for it.
func (p Policy) String() string { return policyNames[p] }

// ParsePolicy returns the policy with a name, in letters of any case.
func ParsePolicy(name string) (Policy, bool) {
	for p, n := range policyNames {
		if strings.EqualFold(n, name) {
			return Policy(p), true
		}
	}
	return NoEviction, false
}

// Policies returns the names of all policies.
func Policies() []string { return policyNames[:] }

// Volatile reports whether only entries that expire are evicted.
func (p Policy) Volatile() bool { return p >= VolatileLRU && p <= VolatileTTL }

// LFU reports whether the entries that are used least often go first.
func (p Policy) LFU() bool { return p == AllKeysLFU || p == VolatileLFU }

// Random reports whether any entry may go first.
func (p Policy) Random() bool { return p == AllKeysRandom || p == VolatileRandom }
