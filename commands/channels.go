package commands

import (
	"slices"

	"sessd/store"
)

// ChannelSpec says which words of a request are channels, for the rules of the user.
type ChannelSpec struct {
	Begin    int  // position of the first
	Last     int  // position of the last; -1: the last word
	Patterns bool // the words are patterns: a rule must be the same to the letter
	// Private reports whether messages of the channel tell of every key, so that it needs the right to read all of them
	// too. It may be nil.
	Private func(word []byte) bool
}

// channelRule allows channels that match a pattern.
type channelRule struct {
	pattern  string
	compiled *store.Pattern
}

const errRuleChannel Error = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"

func (u *User) allowAllChannels() { u.allChannels, u.channels = true, nil }

func (u *User) addChannels(pattern string) error {
	switch {
	case u.allChannels:
		return errRuleChannel
	case slices.ContainsFunc(u.channels, func(r channelRule) bool { return r.pattern == pattern }):
		return nil
	}
	u.channels = append(u.channels, channelRule{pattern, store.CompilePattern([]byte(pattern))})
	return nil
}

// channelRules returns the rules as a users file has them.
func (u *User) channelRules() []string {
	if u.allChannels {
		return []string{"&*"}
	}
	var rules []string
	for _, r := range u.channels {
		rules = append(rules, "&"+r.pattern)
	}
	return rules
}

// mayUseChannels returns nil where the user may use the channels of a request, and what is denied where not.
func (u *User) mayUseChannels(s *ChannelSpec, words [][]byte) *aclDenial {
	last := s.Last
	if last < 0 {
		last += len(words)
	}
	for _, word := range words[s.Begin : last+1] {
		if !u.mayUseChannel(s, word) || s.Private != nil && s.Private(word) && !u.readsAll() {
			return &aclDenial{"channel", string(word)}
		}
	}
	return nil
}

func (u *User) mayUseChannel(s *ChannelSpec, word []byte) bool {
	return u.allChannels || slices.ContainsFunc(u.channels, func(r channelRule) bool {
		if s.Patterns {
			return r.pattern == string(word)
		}
		return r.compiled.Match(word)
	})
}

// readsAll reports whether the user may read every key.
func (u *User) readsAll() bool {
	return u.allKeys || slices.ContainsFunc(u.keys, func(r keyRule) bool { return r.read && r.pattern == "*" })
}

// MayRead reports whether the user may read a key.
func (u *User) MayRead(key []byte) bool { return u.allKeys || u.mayUse(key, Access) }

// Reader returns the client's user where that one may read some keys only, and nil for one who may read all.
func (c *Call) Reader() *User {
	if u := c.Client.user; u != nil && !u.readsAll() {
		return u
	}
	return nil
}

// channelsValue is the value of acl-pubsub-default.
func channelsValue(p *bool) Value {
	name := "resetchannels"
	if *p {
		name = "allchannels"
	}
	v := Choice(&name, "allchannels", "resetchannels")
	set := v.Set
	v.Set = func(text string) error {
		err := set(text)
		if err == nil {
			*p = name == "allchannels"
		}
		return err
	}
	return v
}
