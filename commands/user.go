package commands

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strings"
	"sync/atomic"
)

// User is who a connection may be. Its permissions are replaced as a whole, for the connections that it has too.
type User struct {
	Name        string
	permissions atomic.Pointer[permissions]
}

func newUser(name string, p *permissions) *User {
	u := &User{Name: name}
	u.permissions.Store(p)
	return u
}

// permissions is what a user may do, and by which passwords it comes in. Once in force they do not change.
type permissions struct {
	enabled   bool
	noPass    bool // any password is right
	passwords [][sha256.Size]byte
	payload   string      // the rule on what RESTORE checks, for the record; empty: there was none
	selector              // what the user may do
	others    []*selector // what it may do beside that, each by itself
}

// newPermissions returns those of a user without a rule: off, without a password, allowed nothing.
func (t *table) newPermissions() *permissions { return &permissions{selector: *t.newSelector()} }

// clone returns permissions that may be changed.
func (p *permissions) clone() *permissions {
	c := *p
	c.passwords, c.selector = slices.Clone(p.passwords), p.selector.clone()
	c.others = slices.Clone(p.others) // which do not change
	return &c
}

// restricted reports whether some of what the user may do is limited to some keys.
func (p *permissions) restricted() bool {
	return !p.allKeys || slices.ContainsFunc(p.others, func(s *selector) bool { return !s.allKeys })
}

// byCommand reports whether what the user may do depends on the command alone.
func (p *permissions) byCommand() bool {
	return p.allKeys && len(p.others) == 0 && len(p.firstArgs) == 0
}

// may returns nil where one of the selectors allows a request with some keys, and else the denial that came closest.
func (p *permissions) may(c *Command, words [][]byte, keys []Key) *aclDenial {
	denied := p.selector.may(c, words, keys)
	for _, s := range p.others {
		if denied == nil {
			return nil
		}
		if other := s.may(c, words, keys); other == nil || other.rank() > denied.rank() {
			denied = other
		}
	}
	return denied
}

// mayUseToo reports whether a selector that allows a request allows the same access to one more key.
func (p *permissions) mayUseToo(c *Command, words [][]byte, keys []Key, key []byte, access KeyFlags) bool {
	allows := func(s *selector) bool { return s.mayUse(key, access) && s.may(c, words, keys) == nil }
	return allows(&p.selector) || slices.ContainsFunc(p.others, allows)
}

// mayRead reports whether a selector allows to read a key.
func (p *permissions) mayRead(key []byte) bool {
	reads := func(s *selector) bool { return s.mayUse(key, Access) }
	return reads(&p.selector) || slices.ContainsFunc(p.others, reads)
}

// readsAll reports whether the user may read every key.
func (p *permissions) readsAll() bool {
	return p.selector.readsAll() || slices.ContainsFunc(p.others, (*selector).readsAll)
}

// hearsAll reports whether the user may use every channel, and hears whether it may use any.
func (p *permissions) hearsAll() bool {
	return p.allChannels || slices.ContainsFunc(p.others, func(s *selector) bool { return s.allChannels })
}

func (p *permissions) hears() bool {
	some := func(s *selector) bool { return s.allChannels || len(s.channels) > 0 }
	return some(&p.selector) || slices.ContainsFunc(p.others, some)
}

// mayHear reports whether the user may listen to a channel, or to a pattern.
func (p *permissions) mayHear(name string, pattern bool) bool {
	spec := &ChannelSpec{Patterns: pattern}
	may := func(s *selector) bool { return s.mayUseChannel(spec, []byte(name)) }
	return may(&p.selector) || slices.ContainsFunc(p.others, may)
}

// describe returns the user's line in a users file, with hashes for passwords.
func (p *permissions) describe(name string) string {
	words := append([]string{"user", name}, p.flags()...)
	for _, hash := range p.passwords {
		words = append(words, "#"+hex.EncodeToString(hash[:]))
	}
	words = append(words, p.selector.rules()...)
	for _, s := range p.others {
		words = append(words, "("+strings.Join(s.rules(), " ")+")")
	}
	return strings.Join(words, " ")
}

func (p *permissions) flags() []string {
	flags := []string{"off"}
	if p.enabled {
		flags[0] = "on"
	}
	if p.noPass {
		flags = append(flags, "nopass")
	}
	if p.payload != "" {
		flags = append(flags, p.payload)
	}
	return flags
}

// accepts reports whether a password is the user's. The time it takes tells nothing of the passwords.
func (p *permissions) accepts(password []byte) bool {
	hash := sha256.Sum256(password)
	match := 0
	for i := range p.passwords {
		match |= subtle.ConstantTimeCompare(hash[:], p.passwords[i][:])
	}
	return p.enabled && (p.noPass || match == 1)
}

// ReadsAll reports whether the user may read every key.
func (u *User) ReadsAll() bool { return u.permissions.Load().readsAll() }

// MayRead reports whether the user may read a key.
func (u *User) MayRead(key []byte) bool { return u.permissions.Load().mayRead(key) }
