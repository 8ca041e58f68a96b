package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"sessd/commands"
)

// hasUserFiles reports whether users or a password come from files, which SIGHUP reads again.
func (o *options) hasUserFiles() bool { return o.usersFile != "" || o.passwordFile != "" }

// loadUsers makes the users that the options name. Only one option may decide who the default user is.
func (o *options) loadUsers(users *commands.Users) error {
	switch {
	case o.password != "" && o.passwordFile != "":
		return errors.New("--requirepass and --requirepass-file are both given: give one of them")
	case o.usersFile != "" && (o.password != "" || o.passwordFile != ""):
		return fmt.Errorf("a password and --users-file are both given: write the password of the default user into %s", o.usersFile)
	case o.usersFile != "":
		if err := users.LoadFile(o.usersFile); err != nil {
			return fmt.Errorf("--users-file: %w", err)
		}
	case o.passwordFile != "":
		password, err := readPassword(o.passwordFile)
		if err != nil {
			return fmt.Errorf("--requirepass-file: %w", err)
		}
		users.RequirePassword(password)
	case o.password != "":
		users.RequirePassword(o.password)
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
