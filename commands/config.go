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

// configGet answers each setting once, however many patterns match it.
func configGet(c *Call) error {
	var found []*Parameter
	for i := range c.System.parameters {
		p := &c.System.parameters[i]
		for _, pattern := range c.Args {
			if store.Match(bytes.ToLower(pattern), []byte(p.Name)) {
				found = append(found, p)
				break
			}
		}
	}
	c.Reply.Map(len(found))
	for _, p := range found {
		c.Pair(p.Name, p.Get())
	}
	return nil
}

// assignment is a parameter and what it is to become.
type assignment struct {
	parameter *Parameter
	value     string
}

// parseConfigSet finds the parameters that a request names.
func (s *Dispatcher) parseConfigSet(words [][]byte) ([]assignment, error) {
	if len(words)%2 != 0 {
		return nil, ErrSyntax
	}
	var settings []assignment
	seen := make(map[*Parameter]bool)
	for ; len(words) > 0; words = words[2:] {
		p := s.parameter(string(bytes.ToLower(words[0])))
		switch {
		case p == nil:
			return nil, Error(fmt.Sprintf("ERR Unknown option or number of arguments for CONFIG SET - '%.128s'", words[0]))
		case p.Set == nil:
			return nil, errConfigSet(p.Name, "can't set immutable config")
		case seen[p]:
			return nil, errConfigSet(p.Name, "duplicate parameter")
		}
		seen[p] = true
		settings = append(settings, assignment{p, string(words[1])})
	}
	return settings, nil
}

func errConfigSet(name, why string) Error {
	return Error(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument '%s') - %s", name, why))
}

func configSet(c *Call) error {
	settings, err := c.System.parseConfigSet(c.Args)
	if err != nil {
		return err
	}
	// Settings that share a value, such as the engine's limits, are read, changed and written.
	c.System.setting.Lock()
	defer c.System.setting.Unlock()
	before := make([]string, len(settings))
	for i, s := range settings {
		before[i] = s.parameter.Get()
		if err := s.parameter.Set(s.value); err != nil {
			for i--; i >= 0; i-- {
				if undo := settings[i].parameter.Set(before[i]); undo != nil {
					return fmt.Errorf("restore %s: %w", settings[i].parameter.Name, undo)
				}
			}
			return errConfigSet(s.parameter.Name, err.Error())
		}
	}
	for _, s := range settings { // without the values: one may be a secret
		c.System.Log.Info("setting changed", "parameter", s.parameter.Name, "client", c.Client.ID)
	}
	c.Reply.Status("OK")
	return nil
}

func configResetStat(c *Call) error {
	c.System.resetStats()
	c.System.Host.ResetFigures()
	c.Reply.Status("OK")
	return nil
}

func configRewrite(*Call) error { return errNoConfigFile }
