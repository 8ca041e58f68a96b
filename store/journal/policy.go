package journal

import "slices"

// Policy says when the log is synced without being asked.
type Policy uint8

// The policies, by the names that Redis gives them.
const (
	EverySecond Policy = iota // by itself once a second
	Always                    // callers ask for every step
	Never                     // only when callers ask; the kernel writes when it wants to
)

// policyNames are the values of appendfsync.
var policyNames = []string{EverySecond: "everysec", Always: "always", Never: "no"}

// String returns the name that Redis gives the policy.
func (p Policy) String() string { return policyNames[p] }

// ParsePolicy returns the policy that Redis gives this name, and reports whether there is one.
func ParsePolicy(name string) (Policy, bool) {
	i := slices.Index(policyNames, name)
	return Policy(max(i, 0)), i >= 0
}

// Policy returns the policy of now. A caller of a journal with Always waits with Sync for every step.
func (j *Journal) Policy() Policy { return Policy(j.policy.Load()) }

// SetPolicy changes the policy.
func (j *Journal) SetPolicy(p Policy) { j.policy.Store(uint32(p)) }
