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

func (s *selector) allowAllChannels() { s.allChannels, s.channels = true, nil }

func (s *selector) addChannels(pattern string) error {
	switch {
	case s.allChannels:
		return errRuleChannel
	case slices.ContainsFunc(s.channels, func(r channelRule) bool { return r.pattern == pattern }):
		return nil
	}
	s.channels = append(s.channels, channelRule{pattern, store.CompilePattern([]byte(pattern))})
	return nil
}

// channelRules returns the rules as a users file has them.
func (s *selector) channelRules() []string {
	if s.allChannels {
		return []string{"&*"}
	}
	var rules []string
	for _, r := range s.channels {
		rules = append(rules, "&"+r.pattern)
	}
	return rules
}

// mayUseChannels returns nil where the selector allows the channels of a request, and what is denied where not.
func (s *selector) mayUseChannels(spec *ChannelSpec, words [][]byte) *aclDenial {
	last := spec.Last
	if last < 0 {
		last += len(words)
	}
	for _, word := range words[spec.Begin : last+1] {
		if !s.mayUseChannel(spec, word) || spec.Private != nil && spec.Private(word) && !s.readsAll() {
			return &aclDenial{"channel", string(word)}
		}
	}
	return nil
}

func (s *selector) mayUseChannel(spec *ChannelSpec, word []byte) bool {
	return s.allChannels || slices.ContainsFunc(s.channels, func(r channelRule) bool {
		if spec.Patterns {
			return r.pattern == string(word)
		}
		return r.compiled.Match(word)
	})
}

// Reader returns the client's user, by whom others are told what they may know.
func (c *Call) Reader() *User { return c.Client.user }

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
