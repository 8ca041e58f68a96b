package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// The reasons why a rule does not parse, as Redis words them.
const (
	errRuleSyntax   Error = "Syntax error"
	errRuleCommand  Error = "Unknown command or category name in ACL"
	errRuleHash     Error = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
	errRuleKey      Error = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
	errRuleChannel  Error = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
	errRuleAbsent   Error = "The password you are trying to remove from the user does not exist"
	errRuleFirstArg Error = "Allowing first-arg of a subcommand is not supported"
)

// joinSelectors makes one rule of the words of each selector, which is in round brackets. unmatched is the word that opens
// one which does not end; nil: they all do.
func joinSelectors(words []string) (rules []string, unmatched *string) {
	open := -1
	for i, word := range words {
		if open < 0 {
			rules = append(rules, word)
			if strings.HasPrefix(word, "(") && !strings.HasSuffix(word, ")") {
				open = i
			}
			continue
		}
		rules[len(rules)-1] += " " + word
		if strings.HasSuffix(word, ")") {
			open = -1
		}
	}
	if open >= 0 {
		return nil, &words[open]
	}
	return rules, nil
}

// apply changes permissions by one rule of Redis's ACL syntax.
func (p *permissions) apply(rule string, t *table) error {
	switch strings.ToLower(rule) {
	case "on", "off":
		p.enabled = len(rule) == len("on")
	case "nopass":
		p.noPass, p.passwords = true, nil
	case "resetpass":
		p.noPass, p.passwords = false, nil
	case "sanitize-payload", "skip-sanitize-payload":
		p.payload = strings.ToLower(rule)
	case "clearselectors":
		p.others = nil
	case "reset":
		*p = *t.newPermissions()
		p.payload = "sanitize-payload"
	case "":
	default:
		return p.applyPrefixed(rule, t)
	}
	return nil
}

// applyPrefixed changes permissions by a rule about a password, or one that is for a selector.
func (p *permissions) applyPrefixed(rule string, t *table) error {
	switch kind := rule[0]; {
	case kind == '>' || kind == '#':
		hash, err := passwordHash(kind == '#', rule[1:])
		if err != nil {
			return err
		}
		p.noPass = false
		if !slices.Contains(p.passwords, hash) {
			p.passwords = append(p.passwords, hash)
		}
	case kind == '<' || kind == '!':
		hash, err := passwordHash(kind == '!', rule[1:])
		if err != nil {
			return err
		}
		i := slices.Index(p.passwords, hash)
		if i < 0 {
			return errRuleAbsent
		}
		p.passwords = slices.Delete(p.passwords, i, i+1)
	case kind == '(' && strings.HasSuffix(rule, ")"):
		s := t.newSelector()
		for word := range strings.FieldsSeq(rule[1 : len(rule)-1]) {
			if err := s.apply(word, t); err != nil {
				return err
			}
		}
		p.others = append(p.others, s)
	default:
		return p.selector.apply(rule, t)
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

// apply changes a selector by one rule.
func (s *selector) apply(rule string, t *table) error {
	switch strings.ToLower(rule) {
	case "allkeys", "~*":
		s.allKeys, s.keys = true, []keyRule{{"*", true, true, nil}}
	case "resetkeys":
		s.allKeys, s.keys = false, nil
	case "allchannels", "&*":
		s.allowAllChannels()
	case "resetchannels":
		s.allChannels, s.channels = false, nil
	case "allcommands":
		return s.addCommands(true, "@all", t)
	case "nocommands":
		return s.addCommands(false, "@all", t)
	default:
		return s.applyPrefixed(rule[0], rule[1:], t)
	}
	return nil
}

// applyPrefixed changes a selector by a rule whose first byte says what it is about.
func (s *selector) applyPrefixed(kind byte, rest string, t *table) error {
	switch kind {
	case '~', '&':
		if strings.ContainsAny(rest, " \t\n\v\f\r\x00") {
			return errRuleSyntax
		}
		if kind == '&' {
			return s.addChannels(rest)
		}
		return s.addKeys(keyRule{rest, true, true, nil})
	case '%':
		access, pattern, found := strings.Cut(rest, "~")
		access = strings.ToUpper(access)
		r := keyRule{pattern, strings.Contains(access, "R"), strings.Contains(access, "W"), nil}
		if !found || strings.Trim(access, "RW") != "" || access == "" || len(access) > 2 || access == "RR" || access == "WW" || strings.ContainsAny(pattern, " \t\n\v\f\r\x00") {
			return errRuleSyntax
		}
		return s.addKeys(r)
	case '+', '-':
		return s.addCommands(kind == '+', rest, t)
	}
	return errRuleSyntax
}
