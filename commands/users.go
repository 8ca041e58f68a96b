package commands

import (
	"bufio"
	"fmt"
	"io"
	"os"
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
	all := map[string]*User{defaultUser: t.mustUser(defaultUser, "on nopass allkeys allchannels +@all")}
	u.byName.Store(&all)
	return u
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

// RequirePassword gives the default user a password.
func (u *Users) RequirePassword(password string) {
	user := u.table.mustUser(defaultUser, "on allkeys allchannels +@all")
	if err := user.apply(">"+password, u.table); err != nil {
		panic(err)
	}
	all := copyOf(*u.byName.Load())
	all[defaultUser] = user
	u.byName.Store(&all)
}

func copyOf(m map[string]*User) map[string]*User {
	all := make(map[string]*User, len(m))
	for name, user := range m {
		all[name] = user
	}
	return all
}

// LoadFile reads users from a file: a line "user NAME RULE ..." each, in Redis's syntax; empty lines and lines that
// begin with # are passed over. A file that does not name the default user turns that one off. A mistake is an error
// with the file, the line and the reason, and changes nothing.
func (u *Users) LoadFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return u.load(path, file)
}

func (u *Users) load(path string, r io.Reader) error {
	all := map[string]*User{defaultUser: u.table.mustUser(defaultUser, "off")}
	named := make(map[string]bool)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	number := 0
	for lines.Scan() {
		number++
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		user, err := u.parse(words)
		if err == nil && named[user.Name] {
			err = fmt.Errorf("user %q has two lines", user.Name)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, number, err)
		}
		named[user.Name] = true
		all[user.Name] = user
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", path, number+1, err)
	}
	u.byName.Store(&all)
	return nil
}

// parse reads one line. Its errors never quote a password.
func (u *Users) parse(words []string) (*User, error) {
	if words[0] != "user" || len(words) < 2 {
		return nil, fmt.Errorf("a line begins with: user NAME")
	}
	user := u.table.newUser(words[1])
	for i, rule := range words[2:] {
		if err := user.apply(rule, u.table); err != nil {
			shown := rule
			if strings.ContainsRune("><#!", rune(rule[0])) {
				shown = rule[:1] + "..."
			}
			return nil, fmt.Errorf("rule %d of user %q, %q: %w", i+1, user.Name, shown, err)
		}
	}
	return user, nil
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
