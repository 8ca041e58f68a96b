package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Users is everybody who may come in. A connection keeps its user, whose permissions may change.
type Users struct {
	table  *table
	host   func() Host // whose clients are closed with their users; nil: nobody's
	byName atomic.Pointer[map[string]*User]
	mu     sync.Mutex // held while the users change

	deniedCommands, deniedKeys, deniedChannels, failures atomic.Uint64 // requests, and passwords that were wrong
	log                                                  denialRing
	throttle                                             authThrottle
}

// defaultUser is the user of a connection that did not say who it is.
const defaultUser = "default"

// newUsers returns the users of a server without a password: one, who may do everything.
func newUsers(t *table) *Users {
	u := &Users{table: t}
	u.byName.Store(&map[string]*User{defaultUser: newUser(defaultUser, t.openPermissions())})
	return u
}

// openPermissions are those of the default user without a configuration.
func (t *table) openPermissions() *permissions {
	p := t.newPermissions()
	for rule := range strings.FieldsSeq("on nopass allkeys allchannels +@all") {
		if err := p.apply(rule, t); err != nil {
			panic(fmt.Sprintf("rule %s: %v", rule, err))
		}
	}
	return p
}

// RequirePassword gives the default user a password in place of those it has. An empty one lets everybody in, as in Redis.
func (u *Users) RequirePassword(password string) {
	u.update(func(all *UserSet) error {
		all.RequirePassword(password)
		return nil
	})
}

// Copy returns the users that are in force, to be changed.
func (u *Users) Copy() *UserSet {
	all := &UserSet{u.table, make(map[string]*permissions)}
	for name, user := range *u.byName.Load() {
		all.byName[name] = user.permissions.Load()
	}
	return all
}

// NewSet returns the users of a server without a configuration: the default user, who may do everything.
func (u *Users) NewSet() *UserSet {
	return &UserSet{u.table, map[string]*permissions{defaultUser: u.table.openPermissions()}}
}

// Replace puts users in force. Clients of users who are no more, or may do other things than before, are closed; those of
// the default user stay, as in Redis.
//
// by is the client that asks for it, which is left to its caller; nil: there is none.
func (u *Users) Replace(all *UserSet, by *Client) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for name, user := range *u.byName.Load() {
		p := all.byName[name]
		if name != defaultUser && (p == nil || p.describe(name) != user.permissions.Load().describe(name)) {
			u.remove(name, by)
		}
	}
	u.put(all)
}

// delete ends a user and closes its clients but one. It reports whether there was such a user.
func (u *Users) delete(name string, by *Client) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.named(name) == nil {
		return false
	}
	u.remove(name, by)
	return true
}

// update changes users. Those who stay keep their clients.
func (u *Users) update(change func(*UserSet) error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.Copy()
	if err := change(all); err != nil {
		return err
	}
	u.put(all)
	return nil
}

// put puts users in force beside those who stay. The lock is held.
func (u *Users) put(all *UserSet) {
	byName := maps.Clone(*u.byName.Load())
	for name, p := range all.byName {
		if user := byName[name]; user != nil {
			user.permissions.Store(p)
		} else {
			byName[name] = newUser(name, p)
		}
	}
	u.byName.Store(&byName)
}

// remove ends a user and closes its clients but one. One that is just logging in may do nothing any more. The lock is held.
func (u *Users) remove(name string, by *Client) {
	byName := maps.Clone(*u.byName.Load())
	user := byName[name]
	delete(byName, name)
	u.byName.Store(&byName)
	user.permissions.Store(&permissions{selector: selector{allowed: make([]bool, len(u.table.commands))}})
	if u.host == nil {
		return
	}
	host := u.host()
	for _, client := range host.Clients() {
		if client != by && client.is(user) {
			host.Kill(client)
		}
	}
}

// LoadFile puts the users of a file in the place of all others. A mistake changes nothing.
func (u *Users) LoadFile(path string) error {
	all := u.NewSet()
	if err := all.AddFile(path); err != nil {
		return err
	}
	u.Replace(all, nil)
	return nil
}

// named returns a user, or nil.
func (u *Users) named(name string) *User { return (*u.byName.Load())[name] }

// sorted returns every user by name.
func (u *Users) sorted() []*User {
	return slices.SortedFunc(maps.Values(*u.byName.Load()), func(a, b *User) int { return strings.Compare(a.Name, b.Name) })
}

// Welcome returns the user that a new connection has, nil where it must say who it is.
func (u *Users) Welcome() *User {
	user := u.named(defaultUser)
	if p := user.permissions.Load(); p.enabled && p.noPass {
		return user
	}
	return nil
}

// Count returns how many users there are.
func (u *Users) Count() int { return len(*u.byName.Load()) }

// OpenToAll reports whether a connection needs no password.
func (u *Users) OpenToAll() bool { return u.Welcome() != nil }

// stranger takes as long to refuse as a user who is known.
var stranger = permissions{passwords: make([][32]byte, 1)}

// authenticate returns the user whose password it is, or nil.
func (u *Users) authenticate(name, password []byte) *User {
	user, p := u.named(string(name)), &stranger
	if user != nil {
		p = user.permissions.Load()
	}
	if p.accepts(password) {
		return user
	}
	u.failures.Add(1)
	return nil
}
