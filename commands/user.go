package commands

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"sessd/store"
)

// User is who a connection may be, and what that one may do. It does not change once it serves.
type User struct {
	Name      string
	enabled   bool
	noPass    bool // any password is right
	passwords [][sha256.Size]byte
	allowed   []bool   // by Command.index
	commands  []string // the rules that made allowed, in their order
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

// newUser returns a user as one is without a rule: off, without a password, allowed nothing.
func (t *table) newUser(name string) *User {
	u := &User{Name: name, allowed: make([]bool, len(t.commands)), commands: []string{"-@all"}}
	if t.openChannels.Load() {
		u.allowAllChannels()
	}
	return u
}

// The reasons why a rule does not parse, as Redis words them.
const (
	errRuleSyntax  Error = "Syntax error"
	errRuleCommand Error = "Unknown command or category name in ACL"
	errRuleHash    Error = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
	errRuleKey     Error = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
	errRuleAbsent  Error = "The password you are trying to remove from the user does not exist"
)

// apply changes the user by one rule of Redis's ACL syntax. Selectors, the rules in round brackets, are not known.
func (u *User) apply(rule string, t *table) error {
	switch rule {
	case "on":
		u.enabled = true
	case "off":
		u.enabled = false
	case "nopass":
		u.noPass, u.passwords = true, nil
	case "resetpass":
		u.noPass, u.passwords = false, nil
	case "allkeys", "~*":
		u.allKeys, u.keys = true, []keyRule{{"*", true, true, nil}}
	case "resetkeys":
		u.allKeys, u.keys = false, nil
	case "allchannels", "&*":
		u.allowAllChannels()
	case "resetchannels":
		u.allChannels, u.channels = false, nil
	case "allcommands":
		return u.apply("+@all", t)
	case "nocommands":
		return u.apply("-@all", t)
	case "reset":
		*u = *t.newUser(u.Name)
	case "", "sanitize-payload", "skip-sanitize-payload":
		// These two concern RESTORE, which there is none of.
	default:
		return u.applyPrefixed(rule[0], rule[1:], t)
	}
	return nil
}

// applyPrefixed changes the user by a rule whose first byte says what it is about.
func (u *User) applyPrefixed(kind byte, rest string, t *table) error {
	switch kind {
	case '>', '#':
		hash, err := passwordHash(kind == '#', rest)
		if err != nil {
			return err
		}
		u.noPass = false
		if !slices.Contains(u.passwords, hash) {
			u.passwords = append(u.passwords, hash)
		}
	case '<', '!':
		hash, err := passwordHash(kind == '!', rest)
		if err != nil {
			return err
		}
		i := slices.Index(u.passwords, hash)
		if i < 0 {
			return errRuleAbsent
		}
		u.passwords = slices.Delete(u.passwords, i, i+1)
	case '~':
		return u.addKeys(keyRule{rest, true, true, nil})
	case '%':
		access, pattern, found := strings.Cut(rest, "~")
		access = strings.ToUpper(access)
		r := keyRule{pattern, strings.Contains(access, "R"), strings.Contains(access, "W"), nil}
		if !found || strings.Trim(access, "RW") != "" || !r.read && !r.write {
			return errRuleSyntax
		}
		return u.addKeys(r)
	case '&':
		return u.addChannels(rest)
	case '+', '-':
		return u.addCommands(kind == '+', rest, t)
	default:
		return errRuleSyntax
	}
	return nil
}

func passwordHash(hashed bool, text string) (hash [sha256.Size]byte, err error) {
	if !hashed {
		return sha256.Sum256([]byte(text)), nil
	}
	if n, err := hex.Decode(hash[:], []byte(text)[:min(len(text), 2*sha256.Size)]); err != nil || n != len(hash) || len(text) != 2*n || strings.ToLower(text) != text {
		return hash, errRuleHash
	}
	return hash, nil
}

func (u *User) addKeys(r keyRule) error {
	if u.allKeys {
		return errRuleKey
	}
	if r.pattern == "*" && r.read && r.write {
		return u.apply("allkeys", nil)
	}
	for i := range u.keys {
		if old := &u.keys[i]; old.pattern == r.pattern { // as in Redis, where a pattern is one rule
			old.read, old.write = old.read || r.read, old.write || r.write
			return nil
		}
	}
	r.compiled = store.CompilePattern([]byte(r.pattern))
	u.keys = append(u.keys, r)
	return nil
}

func (u *User) addCommands(allow bool, what string, t *table) error {
	name := strings.ToLower(what)
	var which func(*Command) bool
	if category, ok := strings.CutPrefix(name, "@"); ok {
		if category != "all" && !slices.Contains(t.categories(), category) {
			return errRuleCommand
		}
		which = func(c *Command) bool { return category == "all" || slices.Contains(c.categories(), category) }
	} else {
		one := t.named(name)
		if one == nil || strings.Contains(name, " ") {
			return errRuleCommand
		}
		which = func(c *Command) bool { return c == one || one.subs[subName(c)] == c }
	}
	for _, c := range t.commands {
		if which(c) {
			u.allowed[c.index] = allow
		}
	}
	rule := map[bool]string{true: "+", false: "-"}[allow] + name
	if strings.HasSuffix(rule, "@all") { // nothing before it counts any more
		u.commands = nil
	}
	u.commands = append(slices.DeleteFunc(u.commands, func(old string) bool { return old[1:] == name }), rule)
	return nil
}

// subName returns the last word of a subcommand's name, or nothing.
func subName(c *Command) string {
	_, sub, _ := strings.Cut(c.Name, "|")
	return sub
}

// rules describes the user as its line in a users file, with hashes for passwords.
func (u *User) rules() string {
	words := []string{"user", u.Name}
	words = append(words, u.flags()...)
	for _, hash := range u.passwords {
		words = append(words, "#"+hex.EncodeToString(hash[:]))
	}
	for _, r := range u.keys {
		words = append(words, r.String())
	}
	if !u.allChannels {
		words = append(words, "resetchannels")
	}
	words = append(words, u.channelRules()...)
	return strings.Join(append(words, u.commands...), " ")
}

func (u *User) flags() []string {
	flags := []string{"off"}
	if u.enabled {
		flags[0] = "on"
	}
	if u.noPass {
		flags = append(flags, "nopass")
	}
	return flags
}

// accepts reports whether a password is the user's. The time it takes tells nothing of the passwords.
func (u *User) accepts(password []byte) bool {
	hash := sha256.Sum256(password)
	match := 0
	for i := range u.passwords {
		match |= subtle.ConstantTimeCompare(hash[:], u.passwords[i][:])
	}
	return u.enabled && (u.noPass || match == 1)
}

// aclDenial is a request that a user may not make.
type aclDenial struct {
	reason string // "command", "key" or "channel"
	object string // the command's name, or the key or channel, which is for the user's own eyes only
}

// Error returns the text after NOPERM.
func (d *aclDenial) Error() string {
	switch d.reason {
	case "key":
		return "this user has no permissions to access one of the keys used as arguments"
	case "channel":
		return "this user has no permissions to access one of the channels used as arguments"
	}
	return fmt.Sprintf("this user has no permissions to run the '%s' command", d.object)
}

// sinceQueued returns the error of a request that could be queued and may not run any more.
func (d *aclDenial) sinceQueued() Error {
	reason := "no permission to execute the command or subcommand"
	switch d.reason {
	case "key":
		reason = "no permission to touch the specified keys"
	case "channel":
		reason = "no permission to access one of the channels used as arguments to the command"
	}
	return Error("NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
		"This command is no longer allowed for the following reason: " + reason)
}

// may returns nil where the user may make a request with some keys, and what is denied where not.
func (u *User) may(c *Command, words [][]byte, keys []Key) *aclDenial {
	if !u.allowed[c.index] && c.Flags&NoAuth == 0 {
		return &aclDenial{"command", c.Name}
	}
	if denied := u.mayUseKeys(c, keys); denied != nil {
		return denied
	}
	if c.Channels != nil {
		return u.mayUseChannels(c.Channels, words)
	}
	return nil
}

func (u *User) mayUseKeys(c *Command, keys []Key) *aclDenial {
	if u.allKeys {
		return nil
	}
	if c.Flags&(AnyKey|Filtered) == AnyKey {
		return &aclDenial{"key", "*"}
	}
	for _, key := range keys {
		if key.Access&NotKey == 0 && !u.mayUse(key.Word, key.Access) {
			return &aclDenial{"key", string(key.Word)}
		}
	}
	return nil
}

// mayUse reports whether a rule allows what a command does to a key. As in Redis one rule must give all the rights, and a
// command that neither uses nor changes the value needs none of them.
func (u *User) mayUse(key []byte, access KeyFlags) bool {
	reads, writes := access&Access != 0, access&(Update|Insert|Delete) != 0
	return slices.ContainsFunc(u.keys, func(r keyRule) bool {
		if reads && !r.read || writes && !r.write {
			return false
		}
		if access&AnySuffix != 0 {
			return covers(r.pattern, key)
		}
		return r.compiled.Match(key)
	})
}

// redacted shows the beginning of a text that may be a secret.
func redacted(text string) string {
	const shown = 4
	if len(text) <= 2*shown {
		return "..."
	}
	return string(bytes.ToValidUTF8([]byte(text[:shown]), []byte("?"))) + "..."
}
