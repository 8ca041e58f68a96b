package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"sessd/cmd/sessd/audit"
	"sessd/cmd/sessd/logging"
	"sessd/commands"
	"sessd/store"
	"sessd/store/journal"
)

// auditMode is the permissions of a new file of the audit.
const auditMode = 0o600

// auditOptions say whether and how a record is kept of what became of sessions and of who did what.
type auditOptions struct {
	target  string // empty: none is kept
	keyFile string
	rate    int64

	log  *audit.Log    // nil: none is kept
	file *logging.File // nil: it goes elsewhere
	stop func()        // ends what it hears of the engine
}

// settings are the rows of the options.
func (o *auditOptions) settings() []commands.Setting {
	return []commands.Setting{
		{
			Name: "audit-log", Section: commands.ProcessSection, Fixed: true, Value: commands.Text(&o.target, "path|stderr|syslog"),
			Help: "where a record of sessions, logins, refusals and changed settings goes, as JSON lines with hashes in place of names; syslog:PATH is another socket than the system's",
		},
		{
			Name: "audit-key-file", Section: commands.ProcessSection, Fixed: true, Value: commands.Text(&o.keyFile, "path"),
			Help: "key of the hashes: 32 bytes in hex or base64, or raw; without it each start makes one, and hashes of two runs cannot be compared",
		},
		{
			Name: "audit-rate", Section: commands.ProcessSection, Value: commands.Integer(&o.rate, 0, math.MaxInt32),
			Help: "lines of one event that the record takes in a second; 0: any number",
			Changed: func() error {
				if o.log != nil {
					o.log.SetRate(o.rate)
				}
				return nil
			},
		},
	}
}

// open begins the record, if one is wanted.
func (o *auditOptions) open(d *daemon, stderr io.Writer) error {
	if o.target == "" {
		if o.keyFile != "" {
			return errors.New("--audit-key-file needs --audit-log")
		}
		return nil
	}
	options := audit.Options{Rate: o.rate, KeyKept: o.keyFile != "", Identity: func(id int64) (commands.Identity, bool) {
		client := d.server.Client(id)
		if client == nil {
			return commands.Identity{}, false
		}
		return client.Identity(), true
	}}
	var err error
	if options.Key, err = o.key(); err != nil {
		return fmt.Errorf("--audit-key-file: %w", err)
	}
	if options.Target, err = o.openTarget(stderr); err != nil {
		return fmt.Errorf("--audit-log: %w", err)
	}
	o.log = audit.New(options)
	d.dispatcher.Auditor = o.log
	if d.remote != nil {
		o.stop = d.remote.ObserveOwn(o.log)
		d.log.Info("the audit has what this server does to sessions: the upstream does not report what others do, and what ends by time")
		return nil
	}
	o.stop = func() {}
	if able, ok := d.engine.(store.Observable); ok {
		o.stop = able.Observe(o.log)
	}
	return nil
}

// key returns the key of the hashes.
func (o *auditOptions) key() ([32]byte, error) {
	if o.keyFile == "" {
		return audit.NewKey(), nil
	}
	text, err := os.ReadFile(o.keyFile)
	if err != nil {
		return [32]byte{}, err
	}
	keys, err := journal.ParseKeys(text)
	if err != nil {
		return [32]byte{}, fmt.Errorf("%s: %w", o.keyFile, err)
	}
	return keys[0], nil
}

// openTarget opens what the record goes to.
func (o *auditOptions) openTarget(stderr io.Writer) (io.Writer, error) {
	if o.target == "stderr" {
		return stderr, nil
	}
	if kind, path, _ := strings.Cut(o.target, ":"); kind == "syslog" {
		return audit.Syslog(path)
	}
	var err error
	o.file, err = logging.OpenFile(o.target, auditMode)
	return o.file, err
}

// start begins to write the record.
func (o *auditOptions) start() {
	if o.log != nil {
		o.log.Start()
	}
}

// detach ends what the record hears of the engine, which is about to close.
func (o *auditOptions) detach() {
	if o.log != nil {
		o.stop()
	}
}

// close writes what waits.
func (o *auditOptions) close() {
	if o.log != nil {
		logging.Await(o.log.Close(), logPatience)
	}
}

// reopen opens the file of the record again, if it has one, and reports whether it has.
func (o *auditOptions) reopen() (has bool, err error) {
	if o.file == nil {
		return false, nil
	}
	return true, o.file.Reopen()
}

// metrics are the figures of the record.
func (o *auditOptions) metrics() []commands.Metric {
	row := func(redis, prometheus, help string, read func(*audit.Log) uint64) commands.Metric {
		return commands.Metric{
			Section: "Stats", Redis: redis, Prometheus: prometheus, Kind: commands.Counter, Help: help,
			Read: func(*commands.Snapshot) any {
				if o.log == nil {
					return uint64(0)
				}
				return read(o.log)
			},
		}
	}
	return []commands.Metric{
		row("audit_lines", "sessd_audit_lines_total", "lines of the audit that were written", (*audit.Log).Written),
		row("audit_lines_lost", "sessd_audit_lines_lost_total", "lines of the audit whose target was away or too slow", (*audit.Log).Lost),
		row("audit_lines_left_out", "sessd_audit_lines_left_out_total", "lines of the audit that were over audit-rate", (*audit.Log).LeftOut),
	}
}
