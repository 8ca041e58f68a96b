package commands

import (
	"maps"
	"slices"
	"strings"

	"sessd/store"
)

// selector allows commands, the keys that they may use, and channels.
type selector struct {
	allowed   []bool           // by Command.index
	firstArgs map[int][]string // commands that are allowed with a first argument only, by Command.index
	commands  []string         // the rules that made these, in their order
	keys      []keyRule
	allKeys   bool

	channels    []channelRule
	allChannels bool
}

// keyRule allows keys that match a pattern to be read, written, or both.
type keyRule struct {
	pattern     string
	read, write bool
	compiled    *store.Pattern
}

func (r keyRule) String() string {
	switch {
	case !r.write:
		return "%R~" + r.pattern
	case !r.read:
		return "%W~" + r.pattern
	}
	return "~" + r.pattern
}

// newSelector returns one that allows nothing, or every channel alone.
func (t *table) newSelector() *selector {
	s := &selector{allowed: make([]bool, len(t.commands)), commands: []string{"-@all"}}
	if t.openChannels.Load() {
		s.allowAllChannels()
	}
	return s
}

// clone returns a selector that may be changed.
func (s *selector) clone() selector {
	c := *s
	c.allowed, c.commands, c.keys, c.channels = slices.Clone(s.allowed), slices.Clone(s.commands), slices.Clone(s.keys), slices.Clone(s.channels)
	c.firstArgs = maps.Clone(s.firstArgs)
	return c
}

func (s *selector) addKeys(r keyRule) error {
	if s.allKeys {
		return errRuleKey
	}
	if r.pattern == "*" && r.read && r.write {
		s.allKeys, s.keys = true, []keyRule{r}
		return nil
	}
	for i := range s.keys {
		if old := &s.keys[i]; old.pattern == r.pattern { // as in Redis, where a pattern is one rule
			old.read, old.write = old.read || r.read, old.write || r.write
			return nil
		}
	}
	r.compiled = store.CompilePattern([]byte(r.pattern))
	s.keys = append(s.keys, r)
	return nil
}

func (s *selector) addCommands(allow bool, what string, t *table) error {
	name := strings.ToLower(what)
	if err := s.allow(allow, name, t); err != nil {
		return err
	}
	rule := map[bool]string{true: "+", false: "-"}[allow] + name
	if name == "@all" { // nothing before it counts any more
		s.commands = nil
	}
	replaced := func(old string) bool { return old[1:] == name || strings.HasPrefix(old[1:], name+"|") }
	s.commands = append(slices.DeleteFunc(s.commands, replaced), rule)
	return nil
}

// allow sets what a rule on a command, a subcommand, a first argument or a category is about.
func (s *selector) allow(allow bool, name string, t *table) error {
	var which func(*Command) bool
	one := t.named(name)
	category, ofCategory := strings.CutPrefix(name, "@")
	switch {
	case ofCategory && category != "all" && !slices.Contains(categoryOrder, category), strings.Contains(name, " "):
		return errRuleCommand
	case ofCategory:
		which = func(c *Command) bool { return category == "all" || slices.Contains(c.categories(), category) }
	case IsAbsent(name):
		return nil // the rule is kept, and nothing changes
	case one != nil:
		which = func(c *Command) bool { return c == one || one.subs[subName(c)] == c }
	default:
		return s.allowFirstArg(allow, name, t)
	}
	for _, c := range t.commands {
		if which(c) {
			s.allowed[c.index] = allow
			delete(s.firstArgs, c.index)
		}
	}
	return nil
}

// allowFirstArg allows a command with one first argument, as in "+select|0".
func (s *selector) allowFirstArg(allow bool, name string, t *table) error {
	name, arg, found := strings.Cut(name, "|")
	c := t.named(name)
	switch {
	case c == nil || !found:
		return errRuleCommand
	case strings.Contains(arg, "|"):
		return errRuleFirstArg
	case !allow || c.subs != nil:
		return errRuleCommand
	case arg == "":
		return errRuleSyntax
	case s.firstArgs == nil:
		s.firstArgs = make(map[int][]string)
	}
	if !slices.Contains(s.firstArgs[c.index], arg) {
		s.firstArgs[c.index] = append(slices.Clip(s.firstArgs[c.index]), arg)
	}
	return nil
}

// subName returns the last word of a subcommand's name, or nothing.
func subName(c *Command) string {
	_, sub, _ := strings.Cut(c.Name, "|")
	return sub
}

// keyRules returns the rules on keys as a users file has them.
func (s *selector) keyRules() []string {
	var rules []string
	for _, r := range s.keys {
		rules = append(rules, r.String())
	}
	return rules
}

// rules returns all rules as a users file has them.
func (s *selector) rules() []string {
	words := s.keyRules()
	if !s.allChannels {
		words = append(words, "resetchannels")
	}
	return append(append(words, s.channelRules()...), s.commands...)
}

// may returns nil where the selector allows a request with some keys, and what is denied where not.
func (s *selector) may(c *Command, words [][]byte, keys []Key) *aclDenial {
	if !s.allowed[c.index] && c.Flags&NoAuth == 0 && !s.mayFirstArg(c, words) {
		return &aclDenial{"command", c.Name}
	}
	if denied := s.mayUseKeys(c, keys); denied != nil {
		return denied
	}
	if c.Channels != nil {
		return s.mayUseChannels(c.Channels, words)
	}
	return nil
}

func (s *selector) mayFirstArg(c *Command, words [][]byte) bool {
	return len(words) > 1 && slices.ContainsFunc(s.firstArgs[c.index], func(arg string) bool { return strings.EqualFold(arg, string(words[1])) })
}

func (s *selector) mayUseKeys(c *Command, keys []Key) *aclDenial {
	if s.allKeys {
		return nil
	}
	if c.Flags&(AnyKey|Filtered) == AnyKey {
		return &aclDenial{"key", "*"}
	}
	for _, key := range keys {
		if key.Access&NotKey == 0 && !s.mayUse(key.Word, key.Access) {
			return &aclDenial{"key", string(key.Word)}
		}
	}
	return nil
}

// mayUse reports whether a rule allows what a command does to a key. As in Redis one rule must give all the rights, and a
// command that neither uses nor changes the value needs none of them.
func (s *selector) mayUse(key []byte, access KeyFlags) bool {
	if s.allKeys {
		return true
	}
	reads, writes := access&Access != 0, access&(Update|Insert|Delete) != 0
	return slices.ContainsFunc(s.keys, func(r keyRule) bool {
		if reads && !r.read || writes && !r.write {
			return false
		}
		if access&AnySuffix != 0 {
			return covers(r.pattern, key)
		}
		return r.compiled.Match(key)
	})
}

// readsAll reports whether the selector allows to read every key.
func (s *selector) readsAll() bool {
	return s.allKeys || slices.ContainsFunc(s.keys, func(r keyRule) bool { return r.read && r.pattern == "*" })
}
