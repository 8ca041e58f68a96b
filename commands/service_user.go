package commands

import "fmt"

// Service returns a user for a part of this process, which nobody can log in as and no list of users has. The rules are
// those of a users file.
func (u *Users) Service(name string, rules ...string) (*User, error) {
	p := u.table.newPermissions()
	for _, rule := range append([]string{"on"}, rules...) {
		if err := p.apply(rule, u.table); err != nil {
			return nil, fmt.Errorf("rule %q of %s: %w", rule, name, err)
		}
	}
	return newUser(name, p), nil
}

// MayRun reports whether a user who may come in may make a request.
func (u *Users) MayRun(name string, request ...string) bool {
	user := u.named(name)
	if user == nil {
		return false
	}
	words := make([][]byte, len(request))
	for i, word := range request {
		words[i] = []byte(word)
	}
	command, err := u.table.find(words)
	if err != nil || !command.fits(len(words)) {
		return false
	}
	keys, _ := command.appendKeys(nil, words)
	p := user.permissions.Load()
	return p.enabled && p.may(command, words, keys) == nil
}
