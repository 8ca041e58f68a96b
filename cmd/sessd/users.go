package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"sessd/cmd/sessd/redisconf"
	"sessd/commands"
)

// errUsersTwice is Redis's, to the letter.
const errUsersTwice = commands.Error("Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. " +
	"This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users " +
	"directly in your redis.conf, but not both.")

// startUsers returns the users that the options name. Only one option may decide who the default user is.
func (o *options) startUsers(users *commands.Users) (*commands.UserSet, error) {
	switch {
	case o.password != "" && o.passwordFile != "":
		return nil, errors.New("--requirepass and --requirepass-file are both given: give one of them")
	case o.usersFile != "" && (o.password != "" || o.passwordFile != ""):
		return nil, fmt.Errorf("a password and --users-file are both given: write the password of the default user into %s", o.usersFile)
	case o.usersFile != "" && len(o.users) > 0:
		return nil, o.users[0].Errorf("%w", errUsersTwice)
	}
	all := users.NewSet()
	return all, o.addUsers(all, o.users)
}

// renewedUsers returns the users that the options name now and those that clients made. before is what the options were.
func (o *options) renewedUsers(users *commands.Users, before *options) (*commands.UserSet, error) {
	if o.usersFile != "" {
		return o.startUsers(users)
	}
	all := users.Copy()
	if slices.EqualFunc(o.users, before.users, func(a, b *redisconf.Directive) bool { return slices.Equal(a.Args, b.Args) }) {
		if o.passwordFile == "" && o.password == before.password {
			return all, nil
		}
		return all, o.addUsers(all, nil)
	}
	for _, user := range before.users {
		all.Remove(user.Args[0])
	}
	return all, o.addUsers(all, o.users)
}

// addUsers adds the users of the options' files and these of directives.
func (o *options) addUsers(all *commands.UserSet, directives []*redisconf.Directive) error {
	if o.usersFile != "" {
		if err := all.AddFile(o.usersFile); err != nil {
			return fmt.Errorf("--users-file: %w", err)
		}
		return nil
	}
	password := o.password
	if o.passwordFile != "" {
		var err error
		if password, err = readPassword(o.passwordFile); err != nil {
			return fmt.Errorf("--requirepass-file: %w", err)
		}
	}
	if password != "" {
		all.RequirePassword(password)
	}
	for _, user := range directives {
		if err := all.Set(user.Args[0], user.Args[1:]); err != nil {
			return user.Errorf("%w", err)
		}
	}
	return nil
}

// readPassword returns the first line of a file.
func readPassword(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	password, _, _ := strings.Cut(string(text), "\n")
	if password = strings.TrimSuffix(password, "\r"); password == "" {
		return "", fmt.Errorf("%s has no password in its first line", path)
	}
	return password, nil
}

// SaveUsers is part of commands.ConfigFile.
func (d *daemon) SaveUsers(lines []string) error {
	if d.options.usersFile == "" {
		return commands.ErrNoUsersFile
	}
	d.reloading.Lock()
	defer d.reloading.Unlock()
	if err := redisconf.Replace(d.options.usersFile, []byte(strings.Join(lines, "\n")+"\n")); err != nil {
		return err
	}
	d.log.Info("users saved", "file", d.options.usersFile, "users", len(lines))
	return nil
}

// LoadUsers is part of commands.ConfigFile.
func (d *daemon) LoadUsers(by *commands.Client) error {
	if d.options.usersFile == "" {
		return commands.ErrNoUsersFile
	}
	d.reloading.Lock()
	defer d.reloading.Unlock()
	all := d.users.NewSet()
	if err := all.AddFile(d.options.usersFile); err != nil {
		return err
	}
	d.users.Replace(all, by)
	d.log.Info("users read again", "users", d.users.Count())
	return nil
}

// changedUsers returns the lines of users that a configuration file is to have, and false where it has them. The default
// user has a line where more than the password is its own.
func (d *daemon) changedUsers(file *options) (lines [][]string, changed bool, err error) {
	if d.options.usersFile != "" {
		return nil, false, nil
	}
	said, plain := d.users.NewSet(), d.users.NewSet()
	if err := file.addUsers(said, file.users); err != nil {
		return nil, false, err
	}
	if err := d.options.addUsers(plain, nil); err != nil {
		return nil, false, err
	}
	now := d.users.Copy().Lines()
	for _, line := range now {
		if !slices.Contains(plain.Lines(), line) {
			lines = append(lines, strings.Split(line, " ")[1:])
		}
	}
	return lines, !slices.Equal(now, said.Lines()) && (len(lines) > 0 || len(file.users) > 0), nil
}
