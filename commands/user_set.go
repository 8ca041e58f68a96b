package commands

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// UserSet is users that are not in force yet.
type UserSet struct {
	table  *table
	byName map[string]*permissions
}

// RequirePassword gives the default user a password in place of those it has; an empty one lets everybody in.
func (s *UserSet) RequirePassword(password string) {
	p := s.byName[defaultUser].clone()
	p.noPass, p.passwords = password == "", nil
	if password != "" {
		hash, _ := passwordHash(false, password)
		p.passwords = append(p.passwords, hash)
	}
	s.byName[defaultUser] = p
}

// Remove takes a user away. Of the default user, who must be there, only its rules go.
func (s *UserSet) Remove(name string) {
	if name == defaultUser {
		s.byName[name] = s.table.openPermissions()
	} else {
		delete(s.byName, name)
	}
}

// Set makes a user by its rules, in the place of one with its name. Its errors never quote a password.
func (s *UserSet) Set(name string, words []string) error {
	rules, unmatched := joinSelectors(words)
	if unmatched != nil {
		return fmt.Errorf("rules of user %q: a selector that begins with %q has no end", name, *unmatched)
	}
	p := s.table.newPermissions()
	for i, rule := range rules {
		if err := p.apply(rule, s.table); err != nil {
			return fmt.Errorf("rule %d of user %q, %q: %w", i+1, name, shownRule(rule), err)
		}
	}
	s.byName[name] = p
	return nil
}

// modify changes a user, or makes one, by rules as ACL SETUSER has them. Its errors are Redis's.
func (s *UserSet) modify(name string, words []string) error {
	rules, unmatched := joinSelectors(words)
	if unmatched != nil {
		return Errorf("ERR Unmatched parenthesis in acl selector starting at '%.128s'.", *unmatched)
	}
	p := s.table.newPermissions()
	if old := s.byName[name]; old != nil {
		p = old.clone()
	}
	for _, rule := range rules {
		if err := p.apply(rule, s.table); err != nil {
			return Errorf("ERR Error in ACL SETUSER modifier '%.1024s': %s", rule, err)
		}
	}
	s.byName[name] = p
	return nil
}

// shownRule returns a rule without its password.
func shownRule(rule string) string {
	if rule != "" && strings.ContainsRune("><#!", rune(rule[0])) {
		return rule[:1] + "..."
	}
	return rule
}

// Lines returns a line for each user as a users file has them, by name.
func (s *UserSet) Lines() []string {
	var all []string
	for name, p := range s.byName {
		all = append(all, p.describe(name))
	}
	slices.Sort(all)
	return all
}

// AddFile adds the users of a file: a line "user NAME RULE ..." each, in Redis's syntax. Empty lines and lines that
// begin with # are passed over. A file that does not name the default user turns that one off. A mistake is an error
// with the file, the line and the reason.
func (s *UserSet) AddFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return s.read(path, file)
}

func (s *UserSet) read(path string, r io.Reader) error {
	s.byName[defaultUser] = s.table.newPermissions()
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
		if err := s.addLine(words, named); err != nil {
			return fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", path, number+1, err)
	}
	return nil
}

func (s *UserSet) addLine(words []string, named map[string]bool) error {
	if words[0] != "user" || len(words) < 2 {
		return fmt.Errorf("a line begins with: user NAME")
	}
	if named[words[1]] {
		return fmt.Errorf("user %q has two lines", words[1])
	}
	named[words[1]] = true
	return s.Set(words[1], words[2:])
}
