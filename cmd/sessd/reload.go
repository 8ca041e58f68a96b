package main

import (
	"slices"
	"strings"

	"sessd/commands"
)

// sources is what the settings were read from the last time.
type sources struct {
	options *options
	// adjusted has the text of settings that the machine did not allow, such as more clients than descriptors.
	adjusted map[string]string
}

// remember reads again what the options say, to tell later what changed: those in use follow CONFIG SET.
func (d *daemon) remember() error {
	o, err := parseOptions(d.options.args, slices.Clone(d.options.environment))
	d.sources = sources{o, make(map[string]string)}
	return err
}

// noteAdjusted notes the settings that the machine did not allow.
func (d *daemon) noteAdjusted() {
	d.dispatcher.ForSettings(func(row *commands.Setting) {
		if said := d.sources.options.named(row.Name); said != nil && said.Value.Get() != row.Value.Get() {
			d.sources.adjusted[row.Name] = said.Value.Get()
		}
	})
}

// Reload is part of commands.ConfigFile: it reads the configuration file, users and certificates again. What is wrong is
// logged too, since nobody else hears of it after a signal.
func (d *daemon) Reload(by *commands.Client) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	var changed []string
	err := d.manager.Reload(func() (err error) {
		changed, err = d.reload(by)
		return err
	})
	d.dispatcher.Audit(commands.Act{Event: commands.ActConfigLoaded, Client: by, Settings: changed, Failed: err != nil})
	if err != nil {
		d.log.Error("nothing read again: what was before stays in force", "error", err)
	}
	return err
}

func (d *daemon) reload(by *commands.Client) (changed []string, err error) {
	fresh, err := parseOptions(d.options.args, slices.Clone(d.options.environment))
	if err != nil {
		return nil, err
	}
	users, err := fresh.renewedUsers(d.users, d.sources.options)
	if err != nil {
		return nil, err
	}
	useCertificates, err := d.server.ReadCertificates()
	if err != nil {
		return nil, err
	}
	changed, err = d.dispatcher.Configure(d.said(fresh))
	if err != nil {
		return nil, err
	}
	d.users.Replace(users, by)
	if useCertificates != nil {
		useCertificates()
	}
	d.log.Info("read again", "settings", strings.Join(changed, " "), "users", d.users.Count(), "certificates", useCertificates != nil)
	for _, note := range fresh.notes {
		if !slices.Contains(d.sources.options.notes, note) {
			d.log.Warn(note)
		}
	}
	d.noteFixed(fresh)
	d.sources.options = fresh
	return changed, nil
}

// said returns the values of the settings that the options name, or named before and now leave at their default.
func (d *daemon) said(fresh *options) map[string]string {
	values := make(map[string]string)
	for i := range fresh.settings {
		row := &fresh.settings[i]
		text := row.Value.Get()
		if (fresh.stated[row.Name] || d.sources.options.stated[row.Name]) && d.sources.adjusted[row.Name] != text {
			values[row.Name] = text
		}
	}
	return values
}

// noteFixed notes the settings that have changed and count from the next start on.
func (d *daemon) noteFixed(fresh *options) {
	for i := range fresh.settings {
		row := &fresh.settings[i]
		if row.Fixed && row.Alias == "" && row.Value.Get() != d.sources.options.named(row.Name).Value.Get() {
			d.log.Warn("a setting that has changed counts from the next start on", "setting", row.Name)
		}
	}
}
