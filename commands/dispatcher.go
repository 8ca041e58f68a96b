package commands

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sessd/store"
)

// Dispatcher is what all calls share: the table of commands, the engine, the users, the settings and the counters.
type Dispatcher struct {
	Host    Host
	Users   *Users
	Log     *slog.Logger
	Clock   *store.Clock // that the times of operations come from
	Version string
	Started time.Time
	RunID   string // 40 hex characters, new with every start

	ConfigFile ConfigFile // nil: there is none
	Auditor    Auditor    // the same

	// IdleTimeout and AbsoluteTimeout are what a new session has when its creation names none, in milliseconds; 0: none.
	IdleTimeout, AbsoluteTimeout atomic.Int64
	// UninitializedTimeout is how long a session lives that is neither saved nor bound to a principal, in milliseconds; 0: like any.
	UninitializedTimeout atomic.Int64
	// RenewAfter is after how long the id of a session should be rotated, unless its creation says, in milliseconds; 0: never.
	RenewAfter atomic.Int64
	// MaxSessionsPerPrincipal is how many sessions a principal may have, unless a request says; 0: any number.
	MaxSessionsPerPrincipal atomic.Int64

	table      *table
	engine     store.Engine
	prefetcher store.Prefetcher
	collector  store.ElementPrefetcher
	readsAhead bool             // only reads of sessions are prefetched
	durability Durability       // nil: nothing is kept
	transactor store.Transactor // nil: the engine has no steps
	settings   settings
	options    Options      // as the settings have them; guarded by settings
	limits     store.Limits // the engine's, as the settings have them; guarded by settings
	metrics    []Metric
	rates      rates
	gates      atomic.Uint32 // of type gates
	pause      pause
	turns      turns
	blocked    waiters
	monitors   monitors
	detached   detachedCalls
	slowlog    slowlog
	latency    latency

	percentiles atomic.Pointer[[]float64] // of INFO latencystats
	untracked   atomic.Bool               // the times of commands are not counted

	mu    sync.Mutex // guards stats
	stats []*Stats
}

// Host is what commands ask of the server around them.
type Host interface {
	// Clients returns the clients that are connected, by id.
	Clients() []*Client
	// Client returns the client with an id that is connected, or nil.
	Client(id int64) *Client
	// Kill closes a client's connection, at once and without an answer.
	Kill(*Client)
	// Shutdown begins a clean stop and returns.
	Shutdown()
	// Stats returns what the server counts.
	Stats() ServerStats
	// ResetStats sets the counters among them to zero.
	ResetStats()
}

// ServerStats is what the server counts. Counters count from the start or the last reset.
type ServerStats struct {
	Connected     int    // clients
	Parked        int    // clients whose answer comes later
	Accepted      uint64 // connections
	Refused       uint64 // connections over maxclients
	InputBytes    uint64
	OutputBytes   uint64
	QueryBuffers  int64             // bytes held for requests
	OutputBuffers int64             // bytes held for replies
	LargestQuery  int64             // bytes held for the requests of one client
	LargestOutput int64             // bytes held for the replies of one client
	Evicted       uint64            // clients closed because all buffers together were over their limit
	Closed        map[string]uint64 // connections that the server closed, by reason
	Loops         []float64         // the part of its time that each event loop was busy, lately; of 1
	TCPPort       int               // 0: none
	ProcessID     int
}

// Options is how a Dispatcher begins.
type Options struct {
	Engine                       store.Engine
	Families                     []Family // beside those on connections and on the server
	Log                          *slog.Logger
	Version                      string
	Build                        Build
	IdleTimeout, AbsoluteTimeout time.Duration // 0: none
	UninitializedTimeout         time.Duration // 0: none
	RenewAfter                   time.Duration // 0: never
	SessionProfile               string        // a name of SessionProfiles
	MaxSessionsPerPrincipal      int64         // 0: any number
	AvailableMemory              int64         // bytes, which percentages refer to; 0: not known
	KeyspaceEvents               KeyspaceEvents
	SubscriptionBytes            int64 // of one client; 0: no limit
	TrackedKeys                  int64 // of all clients; 0: no limit
	TransactionBytes             int64 // of the queue of one client, and of its watched keys; 0: no limit
	AllChannels                  bool  // a new user may use every channel
	DenialsKept                  int64 // entries of ACL LOG; 0: none
	SlowerThan                   int64 // microseconds from which on a request is in the slow log; negative: none is
	SlowKept                     int64 // entries of the slow log
	LatencyThreshold             int64 // milliseconds from which on LATENCY counts a request; 0: none
	NoLatencyTracking            bool  // the times of commands are not counted
	Percentiles                  []float64
	BusyReplyThreshold           int64  // milliseconds after which a script makes the server busy; 0: never
	DebugCommand                 string // who may use DEBUG: "no", "local" or "yes"; empty: "no"
}

// MaxMemory returns the limit of the engine's memory in bytes; 0: it has none.
func (s *Dispatcher) MaxMemory() int64 {
	if limiter, ok := s.engine.(store.Limiter); ok {
		return limiter.Limits().MaxMemory
	}
	return 0
}

// New returns a Dispatcher over an engine. Its Host must be set before the first call.
func New(o Options) *Dispatcher {
	s := &Dispatcher{
		Log: o.Log, Clock: new(store.Clock), Version: o.Version, Started: time.Now(), RunID: newRunID(), table: newTable(o.Families), engine: o.Engine, options: o,
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.Users = newUsers(s.table)
	s.Users.host = func() Host { return s.Host }
	if err := s.applyOptions(); err != nil {
		s.Log.Error("an option is not in force", "error", err)
	}
	s.prefetcher, _ = o.Engine.(store.Prefetcher)
	s.collector, _ = o.Engine.(store.ElementPrefetcher)
	_, s.readsAhead = o.Engine.(store.ReadAhead)
	s.transactor, _ = o.Engine.(store.Transactor)
	s.detached.context, s.detached.stop = context.WithCancel(context.Background())
	s.blocked.init(s)
	s.AddSettings(s.ownSettings()...)
	s.AddMetrics(ownMetrics()...)
	for _, f := range s.table.families {
		s.AddMetrics(f.Metrics...)
	}
	return s
}

// NewCall returns a call whose replies go to one place, to be used again for any number of requests. For each of them
// the caller sets Client, Stats, Words and Op.Now.
func (s *Dispatcher) NewCall(ctx context.Context, reply Reply) *Call {
	c := &Call{Context: ctx, Dispatcher: s, Reply: reply, scratch: make([]any, len(s.table.families))}
	c.may = c.mayUse
	if r, ok := s.engine.(store.Rememberer); ok {
		c.memo = r.NewMemo()
	}
	return c
}
