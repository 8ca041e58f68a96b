package main

import (
	"fmt"
	"slices"
	"strings"

	"sessd/cmd/sessd/redisconf"
	"sessd/commands"
)

// readFile sets what a configuration file says. Its errors tell the file and the line.
func (o *options) readFile(path string) error {
	directives, err := redisconf.Read(path)
	if err != nil {
		return err
	}
	for i := range directives {
		if err := o.apply(&directives[i]); err != nil {
			return err
		}
	}
	if len(o.meaningless) > 0 {
		o.notes = append(o.notes, path+": settings of Redis that do nothing here are passed over: "+strings.Join(o.meaningless, " "))
	}
	return nil
}

// apply sets what one directive says.
func (o *options) apply(d *redisconf.Directive) error {
	switch d.Name {
	case "user":
		return o.addUser(d)
	case "rename-command":
		if len(d.Args) != 2 {
			return d.Errorf("rename-command takes a command and its new name, which is empty for none")
		}
		o.renamings = append(o.renamings, d)
		return nil
	}
	text := strings.Join(d.Args, " ")
	if row := o.named(d.Name); row != nil && row.Section != commands.RedisSection {
		return o.applySetting(row, d, text)
	}
	redis := o.directiveOf(d.Name)
	switch {
	case redis == nil:
		return o.unknown(d)
	case redis.asks(text) && !redis.lenient:
		return d.Errorf("%s %q: %w", d.Name, text, redis.refusal())
	}
	if redis.asks(text) {
		o.notes = append(o.notes, fmt.Sprintf("%s:%d: %s %q is passed over: %s", d.File, d.Line, d.Name, text, redis.why))
	} else {
		o.meaningless = append(o.meaningless, d.Name)
	}
	return nil
}

// applySetting sets a setting. Several words make one value where the setting takes a list.
func (o *options) applySetting(row *commands.Setting, d *redisconf.Directive, text string) error {
	if len(d.Args) != 1 && !row.Value.List {
		return d.Errorf("%s takes one value, not %d", d.Name, len(d.Args))
	}
	if text == "0" && (row.Name == "port" || row.Name == "tls-port") {
		text = "off" // as redis.conf means it
	}
	if err := o.set(row, text); err != nil {
		if row.Secret {
			text = "..."
		}
		return d.Errorf("%s %q: %w", d.Name, text, err)
	}
	return nil
}

// unknown returns the error of a directive that nobody knows, with the nearest name.
func (o *options) unknown(d *redisconf.Directive) error {
	near := o.near(d.Name, true)
	if near == "" {
		return d.Errorf("unknown directive %.64q: sessd --help lists the settings", d.Name)
	}
	return d.Errorf("unknown directive %.64q: did you mean %s?", d.Name, near)
}

// addUser keeps the user of a directive.
func (o *options) addUser(d *redisconf.Directive) error {
	if len(d.Args) == 0 {
		return d.Errorf("user takes a name and rules")
	}
	if slices.ContainsFunc(o.users, func(other *redisconf.Directive) bool { return other.Args[0] == d.Args[0] }) {
		return d.Errorf("user %q has two lines", d.Args[0])
	}
	o.users = append(o.users, d)
	return nil
}

// Path is part of commands.ConfigFile.
func (d *daemon) Path() string { return d.options.configFile }

// Rewrite is part of commands.ConfigFile. Only lines of settings whose value is not what the file says change.
func (d *daemon) Rewrite() error {
	path := d.options.configFile
	if path == "" {
		return commands.ErrNoConfigFile
	}
	d.reloading.Lock()
	defer d.reloading.Unlock()
	file := newOptions()
	if err := file.readFile(path); err != nil {
		return err
	}
	var changes []redisconf.Change
	d.dispatcher.ForSettings(func(row *commands.Setting) {
		if row.Alias != "" || row.Section == commands.RedisSection {
			return
		}
		said := file.named(row.Name)
		if said == nil {
			return
		}
		adjusted, ok := d.sources.adjusted[row.Name]
		if now := row.Value.Get(); now != said.Value.Get() && !(ok && adjusted == said.Value.Get()) {
			changes = append(changes, file.changeOf(row, now))
		}
	})
	users, changed, err := d.changedUsers(file)
	if err != nil {
		return err
	}
	if changed {
		changes = append(changes, redisconf.Change{Names: []string{"user"}, Lines: users})
	}
	if len(changes) == 0 {
		return nil
	}
	if err := redisconf.Rewrite(path, changes); err != nil {
		return err
	}
	d.log.Info("settings written into the configuration file", "file", path, "changed", len(changes))
	return nil
}

// changeOf returns what the lines of a setting become.
func (o *options) changeOf(row *commands.Setting, now string) redisconf.Change {
	change := redisconf.Change{Names: []string{row.Name}, Lines: [][]string{{now}}}
	if row.Value.List && now != "" {
		change.Lines[0] = strings.Fields(now)
	}
	for i := range o.settings {
		if o.settings[i].Alias == row.Name {
			change.Names = append(change.Names, o.settings[i].Name)
		}
	}
	return change
}

// rename gives commands the names that the file has for them.
func (o *options) rename(dispatcher *commands.Dispatcher) error {
	for _, d := range o.renamings {
		if err := dispatcher.Rename(d.Args[0], d.Args[1]); err != nil {
			return d.Errorf("%w", err)
		}
	}
	return nil
}
