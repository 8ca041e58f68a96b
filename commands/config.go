package commands

import (
	"bytes"
	"fmt"

	"sessd/store"
)

func configSpecs() []Spec {
	return []Spec{
		{
			Usage:   "CONFIG GET parameter [parameter ...]",
			Summary: "Returns the settings whose names match a glob-style pattern.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configGet,
			Example: `CONFIG GET save -> {"save":""}`,
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
			Summary: "Writes the settings in force into the configuration file. Comments stay.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: configRewrite,
			Example: `CONFIG REWRITE -> error:"ERR The server is running without a config file"`,
		},
		{
			Usage:   "CONFIG RELOAD",
			Summary: "Reads the configuration file, users and certificates again, all of them or none.",
			Group:   ServerGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.1.0", Run: configReload,
			Example: `CONFIG RELOAD -> error:"ERR The server is running without a config file"`,
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
			if row.Secret || !store.Match(bytes.ToLower(pattern), []byte(row.Name)) {
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
			return nil, Errorf("ERR Unknown option or number of arguments for CONFIG SET - '%.128s'", words[0])
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
	return Errorf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", name, why)
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
	if failed, err := assign(all); err != nil {
		if failed == nil {
			return err
		}
		return errConfigSet(failed.Name, err.Error())
	}
	names := make([]string, 0, len(all))
	for _, one := range all { // without the values: one may be a secret
		c.Dispatcher.Log.Info("setting changed", "setting", one.setting.Name, "client", c.Client.ID)
		names = append(names, one.setting.Name)
	}
	c.Dispatcher.Audit(Act{Event: ActConfigSet, Client: c.Client, Settings: names})
	c.Reply.Status("OK")
	return nil
}

// assign sets the values of all settings, then puts them in force. An error, of the setting that failed, takes everything
// back; one without a setting says that not even that went well.
func assign(all []assignment) (*Setting, error) {
	for i, one := range all {
		if err := one.setting.Value.Set(one.text); err != nil {
			return failedAssignment(all[:i], one.setting, err)
		}
	}
	for _, one := range all {
		if one.setting.Changed == nil {
			continue
		}
		if err := one.setting.Changed(); err != nil {
			return failedAssignment(all, one.setting, err)
		}
	}
	return nil, nil
}

func failedAssignment(begun []assignment, failed *Setting, err error) (*Setting, error) {
	if worse := restore(begun); worse != nil {
		return nil, worse
	}
	return failed, err
}

// Configure sets settings to values, as CONFIG SET does, all or none. Those that are fixed, and those that have the value
// already, are passed over. It returns the names of those that changed.
func (s *Dispatcher) Configure(values map[string]string) (changed []string, err error) {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	var all []assignment
	for i := range s.settings.rows {
		row := &s.settings.rows[i]
		text, given := values[row.Name]
		if before := row.Value.Get(); given && !row.Fixed && text != before {
			all = append(all, assignment{row, text, before})
			changed = append(changed, row.Name)
		}
	}
	if failed, err := assign(all); err != nil {
		if failed != nil {
			err = fmt.Errorf("%s: %w", failed.Name, err)
		}
		return nil, err
	}
	return changed, nil
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
	c.Dispatcher.Host.ResetStats()
	c.Reply.Status("OK")
	return nil
}

// ConfigFile is where the settings come from.
type ConfigFile interface {
	// Path returns where the file is; empty: there is none.
	Path() string
	// Rewrite writes the settings in force into the file. Its errors, but an Error, are the system's.
	Rewrite() error
	// Reload reads the file, users and certificates again and puts them in force. An error has changed nothing. by is as in
	// Users.Replace.
	Reload(by *Client) error
	// SaveUsers writes lines into the users file, and LoadUsers reads it again; ErrNoUsersFile: there is none.
	SaveUsers(lines []string) error
	LoadUsers(by *Client) error
}

// ErrNoConfigFile is Redis's, to the letter.
const ErrNoConfigFile Error = "ERR The server is running without a config file"

func configRewrite(c *Call) error {
	file := c.Dispatcher.ConfigFile
	if file == nil {
		return ErrNoConfigFile
	}
	s, log, by := c.Dispatcher, c.Dispatcher.Log, c.Client
	return c.beside(func() error {
		err := file.Rewrite()
		s.Audit(Act{Event: ActConfigSaved, Client: by, Failed: err != nil})
		if known, ok := err.(Error); ok {
			return known
		}
		if err != nil {
			log.Error("settings not written into the configuration file", "error", err)
			return Error("ERR Rewriting config file: " + systemText(err))
		}
		return nil
	})
}

func configReload(c *Call) error {
	file := c.Dispatcher.ConfigFile
	if file == nil {
		return ErrNoConfigFile
	}
	by := c.Client
	return c.beside(func() error {
		if err := file.Reload(by); err != nil {
			return Error("ERR Nothing is reloaded: " + err.Error())
		}
		return nil
	})
}
