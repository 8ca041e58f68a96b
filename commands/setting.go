package commands

import (
	"math"
	"slices"
	"strings"
	"sync"

	"sessd/store"
)

// Setting is one setting of the daemon. Its flag, its environment variable, CONFIG GET and SET, --help and the reference
// derive from it.
type Setting struct {
	Name    string // in small letters
	Section Section
	Help    string
	Value   Value
	Common  bool         // --help shows it first
	Fixed   bool         // stays as it is while the server runs
	Secret  bool         // CONFIG GET does not tell it
	Why     string       // it has one value alone; empty: it has not
	Alias   string       // the setting that this is another name of; empty: none
	Changed func() error // puts the value in force after CONFIG SET; an error takes it back. nil: reading the value is enough
}

// Section is a part of the reference of settings.
type Section string

// The sections, in the order of the reference.
const (
	ListenSection     Section = "Listening"
	AccessSection     Section = "Users and TLS"
	SessionSection    Section = "Sessions"
	MemorySection     Section = "Memory"
	DurabilitySection Section = "Durability"
	ClientSection     Section = "Clients and their requests"
	WebSection        Section = "Metrics and console"
	ProcessSection    Section = "Process and log"
	UpstreamSection   Section = "Sessions in another server"
	RedisSection      Section = "Settings of Redis that do nothing here"
)

// Sections returns the sections in their order.
func Sections() []Section {
	return []Section{ListenSection, AccessSection, SessionSection, MemorySection, DurabilitySection, ClientSection, UpstreamSection, WebSection, ProcessSection, RedisSection}
}

// settings are the settings that CONFIG knows. Their values are read and written under the lock.
type settings struct {
	mu   sync.Mutex
	rows []Setting // by name
}

// add adds rows, before requests are served. A row replaces one with its name.
func (s *settings) add(more []Setting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range more {
		if old := s.named(row.Name); old != nil {
			*old = row
		} else {
			i, _ := slices.BinarySearchFunc(s.rows, row.Name, compareName)
			s.rows = slices.Insert(s.rows, i, row)
		}
	}
}

func compareName(row Setting, name string) int { return strings.Compare(row.Name, name) }

// named returns the row with a name in small letters, or nil.
func (s *settings) named(name string) *Setting {
	i, found := slices.BinarySearchFunc(s.rows, name, compareName)
	if !found {
		return nil
	}
	return &s.rows[i]
}

// AddSettings adds the rows of the parts around. It must not be called once requests are served.
func (s *Dispatcher) AddSettings(rows ...Setting) { s.settings.add(rows) }

// SettingText returns the value of a setting as CONFIG GET does; empty: there is no such setting.
func (s *Dispatcher) SettingText(name string) string {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	if row := s.settings.named(name); row != nil {
		return row.Value.Get()
	}
	return ""
}

// ForSettings calls f with every row, while no value changes.
func (s *Dispatcher) ForSettings(f func(*Setting)) {
	s.settings.mu.Lock()
	defer s.settings.mu.Unlock()
	for i := range s.settings.rows {
		f(&s.settings.rows[i])
	}
}

// Settings returns the rows of the options that commands read themselves, each bound to its field.
func (o *Options) Settings() []Setting {
	return []Setting{
		{
			Name: "idle-timeout", Section: SessionSection, Common: true, Value: Duration(&o.IdleTimeout, 0),
			Help: "time since its last use after which a session expires",
		},
		{
			Name: "absolute-timeout", Section: SessionSection, Common: true, Value: Duration(&o.AbsoluteTimeout, 0),
			Help: "time since its creation after which a session expires",
		},
		{
			Name: "uninitialized-timeout", Section: SessionSection, Value: Duration(&o.UninitializedTimeout, 0),
			Help: "time since its creation after which a session expires that was never saved and has no principal",
		},
		{
			Name: "enable-debug-command", Section: AccessSection, Fixed: true, Value: choiceOr(&o.DebugCommand, debugNever, debugLocal, debugAlways),
			Help: "who may use DEBUG, which can stop the server for others: no one, clients of this machine, or everybody",
		},
		{
			Name: "renew-after", Section: SessionSection, Value: Duration(&o.RenewAfter, 0),
			Help: "time since a session got its id after which SESS.GET WITHREV tells that it is due for SESS.ROTATE",
		},
		{
			Name: "session-profile", Section: SessionSection, Common: true, Value: profileValue(&o.SessionProfile),
			Help: "idle and absolute timeouts as NIST SP 800-63B-4 limits them, where idle-timeout and absolute-timeout do not limit them more: " + strings.Join(profileNames(), ", "),
		},
		{
			Name: "max-sessions-per-principal", Section: SessionSection, Value: Integer(&o.MaxSessionsPerPrincipal, 0, store.MaxPrincipalLimit).zero("none"),
			Help: "live sessions that a principal may have, unless SESS.CREATE or SESS.ROTATE says MAXPERPRINCIPAL",
		},
		{
			Name: "notify-keyspace-events", Section: ClientSection, Value: eventsValue(&o.KeyspaceEvents),
			Help: "classes of events that are published: K, E, and letters as in Redis, S for sessions, T for their use",
		},
		{
			Name: "client-subscriptions-limit", Section: ClientSection, Value: Size(&o.SubscriptionBytes, 0).zero("none"),
			Help: "bytes of the channels and patterns that one client listens to, 256 and its name for each",
		},
		{
			Name: "busy-reply-threshold", Section: ClientSection, Value: Integer(&o.BusyReplyThreshold, 0, math.MaxInt32).zero("never"),
			Help: "milliseconds after which a script that runs makes the server answer others with BUSY",
		},
		{
			Name: "lua-time-limit", Section: ClientSection, Alias: "busy-reply-threshold", Value: Integer(&o.BusyReplyThreshold, 0, math.MaxInt32).zero("never"),
			Help: "the former name of busy-reply-threshold",
		},
		{
			Name: "tracking-table-max-keys", Section: ClientSection, Value: Integer(&o.TrackedKeys, 0, math.MaxInt64).zero("none"),
			Help: "keys noted for clients that cache what they read; beyond it some are invalidated, as at 256 bytes a key",
		},
		{
			Name: "client-transaction-limit", Section: ClientSection, Value: Size(&o.TransactionBytes, 0).zero("none"),
			Help: "bytes of the requests that one client queues for EXEC, and of the keys that it watches, 256 and its words for each",
		},
		{
			Name: "acl-pubsub-default", Section: AccessSection, Value: channelsValue(&o.AllChannels),
			Help: "whether users that are made from now on may use all channels where no rule of theirs is about channels",
		},
		{
			Name: "acllog-max-len", Section: AccessSection, Value: Integer(&o.DenialsKept, 0, math.MaxInt32),
			Help: "entries of ACL LOG, the latest requests and passwords that were refused",
		},
		{
			Name: "slowlog-log-slower-than", Section: ClientSection, Value: Integer(&o.SlowerThan, -1, math.MaxInt64/1000),
			Help: "microseconds from which on a request is in SLOWLOG; -1 for none",
		},
		{
			Name: "slowlog-max-len", Section: ClientSection, Value: Integer(&o.SlowKept, 0, math.MaxInt32),
			Help: "requests that SLOWLOG keeps",
		},
		{
			Name: "latency-monitor-threshold", Section: ClientSection, Value: Integer(&o.LatencyThreshold, 0, math.MaxInt32).zero("never"),
			Help: "milliseconds from which on LATENCY LATEST and HISTORY have a request",
		},
		{
			Name: "latency-tracking", Section: ClientSection, Value: InverseSwitch(&o.NoLatencyTracking),
			Help: "count the times of commands for INFO latencystats and LATENCY HISTOGRAM",
		},
		{
			Name: "latency-tracking-info-percentiles", Section: ClientSection, Value: percentilesValue(&o.Percentiles),
			Help: "percentiles of INFO latencystats",
		},
	}
}

// LimitSettings returns the rows of an engine's limits, each bound to its field. available is the memory that percentages
// refer to, in bytes; 0: it is not known.
func LimitSettings(l *store.Limits, available int64) []Setting {
	return []Setting{
		{
			Name: "maxmemory", Section: MemorySection, Common: true, Value: Share(&l.MaxMemory, available),
			Help: "bytes of all entries, or a percentage of the memory of this machine or container",
		},
		{
			Name: "maxmemory-policy", Section: MemorySection, Value: policyValue(&l.Policy),
			Help: "what is evicted to stay below maxmemory: " + strings.Join(store.Policies(), ", "),
		},
		{
			Name: "max-session-fields", Section: SessionSection, Value: Integer(&l.SessionFields, 0, math.MaxInt32).zero("none"),
			Help: "fields of one session, of all its components",
		},
		{
			Name: "max-session-bytes", Section: SessionSection, Value: Size(&l.SessionBytes, 0).zero("none"),
			Help: "bytes of one session's names and values",
		},
	}
}

// RedisSettings are settings that clients ask of a Redis before they begin, with the one value that is true here.
func RedisSettings() []Setting {
	const noReplicas = "there is no replication"
	var rows []Setting
	for _, one := range []struct{ name, value, why string }{
		{"save", "", "with --dir, a snapshot is written when the log has grown"},
		{"appendonly", "no", "nothing is kept on disk"},
		{"cluster-enabled", "no", "there is no cluster"},
		{"replica-read-only", "yes", noReplicas},
		{"slave-read-only", "yes", noReplicas},
	} {
		rows = append(rows, Setting{Name: one.name, Section: RedisSection, Value: Only(one.value, one.why), Why: one.why, Help: "has this value alone: " + one.why})
	}
	return rows
}

// applyOptions puts the options in force.
func (s *Dispatcher) applyOptions() error {
	idle, absolute := s.options.timeouts()
	s.IdleTimeout.Store(idle.Milliseconds())
	s.AbsoluteTimeout.Store(absolute.Milliseconds())
	s.RenewAfter.Store(s.options.RenewAfter.Milliseconds())
	s.UninitializedTimeout.Store(s.options.UninitializedTimeout.Milliseconds())
	s.MaxSessionsPerPrincipal.Store(s.options.MaxSessionsPerPrincipal)
	s.turns.threshold.Store(s.options.BusyReplyThreshold)
	s.table.openChannels.Store(s.options.AllChannels)
	s.Users.log.keep(int(s.options.DenialsKept))
	s.configureTimes()
	for _, f := range s.table.families {
		if f.Configure != nil {
			if err := f.Configure(&s.options); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownSettings are the rows of the options, of the engine's limits, and those that are here for clients of Redis.
func (s *Dispatcher) ownSettings() []Setting {
	own := s.options.Settings()
	for i := range own {
		own[i].Changed = s.applyOptions
	}
	keyspaces := s.engine.Keyspaces()
	own = append(own, Setting{Name: "databases", Section: MemorySection, Value: Integer(&keyspaces, 1, math.MaxInt32), Fixed: true})
	own = append(own, RedisSettings()...)
	limiter, limits := s.engine.(store.Limiter)
	if !limits {
		return own
	}
	s.limits = limiter.Limits()
	rows := LimitSettings(&s.limits, s.options.AvailableMemory)
	for i := range rows {
		rows[i].Changed = func() error {
			limiter.SetLimits(s.limits)
			return nil
		}
	}
	return append(own, rows...)
}

// LimitStrings makes the engine hold strings to a length in bytes, if it can. It is for the Changed of a setting.
func (s *Dispatcher) LimitStrings(bytes int64) {
	if limiter, ok := s.engine.(store.Limiter); ok {
		s.limits.StringBytes = bytes
		limiter.SetLimits(s.limits)
	}
}
