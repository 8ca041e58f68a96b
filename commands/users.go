package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
)

// Users is everybody who may come in. The list is replaced as a whole, so a connection keeps the user that it was let
// in as.
type Users struct {
	table  *table
	byName atomic.Pointer[map[string]*User]

	deniedCommands, deniedKeys, deniedChannels, failures atomic.Uint64 // requests, and passwords that were wrong
	log                                                  denialRing
	throttle                                             authThrottle
}

// defaultUser is the user of a connection that did not say who it is.
const defaultUser = "default"

// newUsers returns the users of a server without a password: one, who may do everything.
func newUsers(t *table) *Users {
	u := &Users{table: t}
	all := map[string]*User{defaultUser: t.openUser()}
	u.byName.Store(&all)
	return u
}

// openUser returns the default user as it is without a configuration.
func (t *table) openUser() *User {
	return t.mustUser(defaultUser, "on nopass allkeys allchannels +@all")
}

// mustUser returns a user by rules that this package wrote.
func (t *table) mustUser(name, rules string) *User {
	u := t.newUser(name)
	for _, rule := range strings.Fields(rules) {
		if err := u.apply(rule, t); err != nil {
			panic(fmt.Sprintf("rule %s: %v", rule, err))
		}
	}
	return u
}

// RequirePassword gives the default user a password in place of those it has. An empty one lets everybody in, as in Redis.
func (u *Users) RequirePassword(password string) {
	all := u.Copy()
	all.RequirePassword(password)
	u.Replace(all)
}

// Copy returns the users that are in force, to be changed.
func (u *Users) Copy() *UserSet { return &UserSet{u.table, maps.Clone(*u.byName.Load())} }

// NewSet returns the users of a server without a configuration: the default user, who may do everything.
func (u *Users) NewSet() *UserSet {
	return &UserSet{u.table, map[string]*User{defaultUser: u.table.openUser()}}
}

// Replace puts users in force.
func (u *Users) Replace(all *UserSet) { u.byName.Store(&all.byName) }

// LoadFile puts the users of a file in the place of all others. A mistake changes nothing.
func (u *Users) LoadFile(path string) error {
	all := u.NewSet()
	if err := all.AddFile(path); err != nil {
		return err
	}
	u.Replace(all)
	return nil
}

// named returns a user, or nil.
func (u *Users) named(name string) *User { return (*u.byName.Load())[name] }

// sorted returns every user by name.
func (u *Users) sorted() []*User {
	var all []*User
	for _, user := range *u.byName.Load() {
		all = append(all, user)
	}
	slices.SortFunc(all, func(a, b *User) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Welcome returns the user that a new connection has, nil where it must say who it is.
func (u *Users) Welcome() *User {
	if user := u.named(defaultUser); user.enabled && user.noPass {
		return user
	}
	return nil
}

// Count returns how many users there are.
func (u *Users) Count() int { return len(*u.byName.Load()) }

// OpenToAll reports whether a connection needs no password.
func (u *Users) OpenToAll() bool { return u.Welcome() != nil }

// authenticate returns the user whose password it is, or nil.
func (u *Users) authenticate(name, password []byte) *User {
	user := (*u.byName.Load())[string(name)]
	if user == nil {
		user = &User{passwords: make([][32]byte, 1)} // takes as long to refuse as one who is known
	}
	if user.accepts(password) {
		return user
	}
	u.failures.Add(1)
	return nil
}
