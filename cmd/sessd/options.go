package main

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"sessd/cmd/sessd/logging"
	"sessd/cmd/sessd/redisconf"
	"sessd/cmd/sessd/systemd"
	"sessd/commands"
	"sessd/server"
	"sessd/store"
	"sessd/store/journal"
)

// options is what flags and variables decide.
type options struct {
	showHelp     bool
	showVersion  bool
	logLevel     slog.LevelVar
	logFormat    string
	logFile      string
	databases    int
	limits       store.Limits
	password     string
	passwordFile string
	usersFile    string
	durability   durabilityOptions
	commands     commands.Options
	server       server.Options
	upstream     upstreamOptions
	web          webOptions
	audit        auditOptions
	sockets      *systemd.Sockets // nil: they were not asked for
	notes        []string         // for the log: what was passed over, and why

	args, environment []string // which the options were read from

	configFile  string                 // empty: there is none
	users       []*redisconf.Directive // as the file has them
	meaningless []string               // directives of the file that do nothing
	renamings   []*redisconf.Directive // the same: of commands
	stated      map[string]bool        // settings that file, environment or flags name

	settings []commands.Setting // every row, bound to the fields above
}

// newOptions returns the defaults.
func newOptions() *options {
	o := &options{databases: 16, stated: make(map[string]bool), logFormat: "text", server: server.DefaultOptions(), upstream: newUpstreamOptions(), web: newWebOptions()}
	o.commands.IdleTimeout = 30 * time.Minute
	o.audit.rate = 1000
	o.durability.policy, o.durability.percentage, o.durability.minSize = journal.EverySecond.String(), 100, 64<<20
	o.commands.BusyReplyThreshold = 5000
	o.commands.SubscriptionBytes = 256 << 20
	o.commands.DenialsKept = 128
	o.commands.SlowerThan, o.commands.SlowKept = 10_000, 128
	o.commands.Percentiles = []float64{50, 99, 99.9}
	o.commands.TrackedKeys = 1_000_000
	o.commands.TransactionBytes = 256 << 20
	o.commands.AvailableMemory = availableMemory(os.DirFS("/"))
	o.limits = store.Limits{SessionFields: 1024, SessionBytes: 1 << 20}
	o.settings = append(o.settings, o.server.Settings()...)
	o.settings = append(o.settings, o.ownSettings()...)
	o.settings = append(o.settings, o.durability.settings()...)
	o.settings = append(o.settings, o.commands.Settings()...)
	o.settings = append(o.settings, commands.LimitSettings(&o.limits, o.commands.AvailableMemory)...)
	o.settings = append(o.settings, o.upstreamSettings()...)
	o.settings = append(o.settings, o.web.settings()...)
	o.settings = append(o.settings, o.audit.settings()...)
	for _, row := range commands.RedisSettings() {
		if o.named(row.Name) == nil { // dir decides about appendonly
			o.settings = append(o.settings, row)
		}
	}
	return o
}

// ownSettings are the settings that main itself reads.
func (o *options) ownSettings() []commands.Setting {
	return []commands.Setting{
		{
			Name: "databases", Section: commands.MemorySection, Fixed: true, Value: commands.Integer(&o.databases, 1, 1024),
			Help: "keyspaces that SELECT chooses from",
		},
		{
			Name: "requirepass", Section: commands.AccessSection, Common: true, Secret: true, Value: commands.Text(&o.password, "password"),
			Help: "password of the default user",
		},
		{
			Name: "requirepass-file", Section: commands.AccessSection, Fixed: true, Value: commands.Text(&o.passwordFile, "path"),
			Help: "file whose first line is the password of the default user",
		},
		{
			Name: "users-file", Section: commands.AccessSection, Fixed: true, Value: commands.Text(&o.usersFile, "path"),
			Help: "users, one a line: user NAME RULE ..., with rules as in Redis's ACL",
		},
		{
			Name: "aclfile", Section: commands.AccessSection, Fixed: true, Alias: "users-file", Value: commands.Text(&o.usersFile, "path"),
			Help: "Redis's name of users-file",
		},
		{
			Name: "log-level", Section: commands.ProcessSection, Value: levelValue(&o.logLevel),
			Help: "least level that is logged",
		},
		{
			Name: "log-file", Section: commands.ProcessSection, Fixed: true, Value: commands.Text(&o.logFile, "path"),
			Help: "file that the log goes to in place of standard error; SIGUSR1 opens it again",
		},
		{
			Name: "logfile", Section: commands.ProcessSection, Fixed: true, Alias: "log-file", Value: commands.Text(&o.logFile, "path"),
			Help: "Redis's name of log-file",
		},
		{
			Name: "log-format", Section: commands.ProcessSection, Fixed: true, Value: commands.Choice(&o.logFormat, "text", "json"),
			Help: "how the lines of the log are written",
		},
	}
}

// named returns the row with a name, or nil.
func (o *options) named(name string) *commands.Setting {
	for i := range o.settings {
		if o.settings[i].Name == name {
			return &o.settings[i]
		}
	}
	return nil
}

// logger returns the log that the options ask for.
func (o *options) logger(w io.Writer) *logging.Log {
	return logging.New(w, logging.Options{Level: &o.logLevel, JSON: o.logFormat == "json"})
}

// levelValue is the name of a level of the log.
func levelValue(p *slog.LevelVar) commands.Value {
	name := strings.ToLower(p.Level().String())
	v := commands.Choice(&name, "debug", "info", "warn", "error")
	set := v.Set
	v.Set = func(text string) error {
		err := set(text)
		if err == nil {
			var level slog.Level
			level.UnmarshalText([]byte(name)) // it is one of those above
			p.Set(level)
		}
		return err
	}
	return v
}
