package commands

import (
	"bytes"
	"cmp"
	"fmt"

	"sessd/store"
)

func configSpecs() []Spec {
	return []Spec{
		{
			Usage:   "CONFIG GET parameter [parameter ...]",
			Summary: "Returns the settings whose names match a glob-style pattern.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configGet,
			Example: `CONFIG GET save append* -> {"appendonly":"no","save":""}`,
		},
		{
			Usage:   "CONFIG SET parameter value [parameter value ...]",
			Summary: "Changes settings until the server ends, all of those named or none.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configSet,
			Example: `CONFIG SET idle-timeout 45m maxclients 500 -> "OK"`,
		},
		{
			Usage:   "CONFIG RESETSTAT",
			Summary: "Sets the counters of INFO to zero.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configResetStat,
			Example: `CONFIG RESETSTAT -> "OK"`,
		},
		{
			Usage:   "CONFIG REWRITE",
			Summary: "Is refused: settings come from flags and the environment, not from a file.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configRewrite,
			Example: `CONFIG REWRITE -> error:"ERR The server is running without a config file"`,
		},
	}
}

// configGet answers each setting once, however many patterns match it. As in Redis one that is asked for without wildcards
// has the name that it was asked for by.
func configGet(c *Call) error {
	all := &c.Dispatcher.settings
	all.mu.Lock()
	defer all.mu.Unlock()
	type match struct {
		name string
		row  *Setting
	}
	var found []match
	for i := range all.rows {
		row := &all.rows[i]
		for _, pattern := range c.Args {
			if !store.Match(bytes.ToLower(pattern), []byte(row.Name)) {
				continue
			}
			name := row.Name
			if !bytes.ContainsAny(pattern, "*?[") {
				name = string(pattern)
			}
			found = append(found, match{name, row})
			break
		}
	}
	c.Reply.Map(len(found))
	for _, one := range found {
		c.Pair(one.name, one.row.Value.Get())
	}
	return nil
}

// assignment is a setting and its new value.
type assignment struct {
	setting *Setting
	text    string
	before  string
}

// parseConfigSet finds the settings that a request names.
func (s *settings) parseConfigSet(words [][]byte) ([]assignment, error) {
	if len(words)%2 != 0 {
		return nil, ErrSyntax
	}
	var all []assignment
	seen := make(map[*Setting]bool)
	for ; len(words) > 0; words = words[2:] {
		row := s.named(string(bytes.ToLower(words[0])))
		switch {
		case row == nil:
			return nil, Error(fmt.Sprintf("ERR Unknown option or number of arguments for CONFIG SET - '%.128s'", words[0]))
		case row.Fixed:
			return nil, errConfigSet(row.Name, "can't set immutable config")
		case seen[row]:
			return nil, errConfigSet(row.Name, "duplicate parameter")
		}
		seen[row] = true
		all = append(all, assignment{row, string(words[1]), row.Value.Get()})
	}
	return all, nil
}

func errConfigSet(name, why string) Error {
	return Error(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", name, why))
}

// configSet sets the values of all settings, then puts them in force. An error on the way takes everything back.
func configSet(c *Call) error {
	rows := &c.Dispatcher.settings
	rows.mu.Lock()
	defer rows.mu.Unlock()
	all, err := rows.parseConfigSet(c.Args)
	if err != nil {
		return err
	}
	for i, one := range all {
		if err := one.setting.Value.Set(one.text); err != nil {
			return cmp.Or(restore(all[:i]), error(errConfigSet(one.setting.Name, err.Error())))
		}
	}
	for _, one := range all {
		if one.setting.Changed == nil {
			continue
		}
		if err := one.setting.Changed(); err != nil {
			return cmp.Or(restore(all), error(errConfigSet(one.setting.Name, err.Error())))
		}
	}
	for _, one := range all { // without the values: one may be a secret
		c.Dispatcher.Log.Info("setting changed", "setting", one.setting.Name, "client", c.Client.ID)
	}
	c.Reply.Status("OK")
	return nil
}

// restore takes assignments back. It fails only when a value does not take what it was.
func restore(all []assignment) error {
	for _, one := range all {
		if err := one.setting.Value.Set(one.before); err != nil {
			return fmt.Errorf("restore %s: %w", one.setting.Name, err)
		}
	}
	for _, one := range all {
		if one.setting.Changed != nil {
			if err := one.setting.Changed(); err != nil {
				return fmt.Errorf("restore %s: %w", one.setting.Name, err)
			}
		}
	}
	return nil
}

func configResetStat(c *Call) error {
	c.Dispatcher.resetStats()
	c.Dispatcher.Host.ResetFigures()
	c.Reply.Status("OK")
	return nil
}

func configRewrite(*Call) error { return errNoConfigFile }
