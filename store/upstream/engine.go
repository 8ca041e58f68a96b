package upstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// Engine is a store.Engine over an upstream.
type Engine struct {
	options   Options
	kind      topology
	client    rueidis.Client
	link      atomic.Pointer[link] // nil: there is none
	clientFor rueidis.ClientOption
	scripts   *scripts
	names     names
	aloneFlag string // what scripts are told: 1 where one server has all keys
	log       *slog.Logger

	limits       atomic.Pointer[store.Limits]
	waiting      atomic.Int64
	served       func() // ends what begin began
	health       health
	counts       counts
	cache        *cache        // nil: there is none
	wake         chan struct{} // holds a token when a connection of the link may be lost
	clockSet     chan struct{} // holds a token when this side's clock was set
	toldUnlinked time.Time     // when the log was. For the goroutine that watches
	toldClocks   bool          // likewise, of clocks that differ
	refusalTold  seldom
	dead         tombstones
	own          ownChanges
	deadlines    deadlines
	context      context.Context
	stop         context.CancelFunc
	work         sync.WaitGroup
}

// New returns an engine that is not connected yet.
func New(o Options) (*Engine, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	if o.MaxStale == 0 {
		o.MaxStale = 5 * time.Second
	}
	o.StaleIfError = max(o.StaleIfError, o.MaxStale)
	option, kind, err := o.client()
	if err != nil {
		return nil, err
	}
	if o.Replicas == Auto {
		o.Replicas = 0
		if kind != alone {
			o.Replicas = 1
		}
	}
	e := &Engine{options: o, kind: kind, clientFor: option, scripts: loadScripts(), names: names{o.HashIDs}, log: o.Log, aloneFlag: "1", wake: make(chan struct{}, 1), clockSet: make(chan struct{}, 1)}
	if kind == cluster {
		e.aloneFlag = "0"
	}
	e.limits.Store(&o.Limits)
	e.served, e.deadlines.timeout = func() { e.waiting.Add(-1) }, o.Timeout
	e.context, e.stop = context.WithCancel(context.Background())
	if o.NearCache > 0 {
		e.cache = newCache(o.NearCache)
	}
	return e, nil
}

// Keyspaces is part of store.Engine: the upstream's database is the only one.
func (e *Engine) Keyspaces() int { return 1 }

// Close is part of store.Engine.
func (e *Engine) Close() error {
	e.stop()
	e.work.Wait()
	if l := e.link.Load(); l != nil {
		l.left.Store(true)
		l.client.Close()
	}
	if e.client != nil {
		e.client.Close()
	}
	return nil
}

// Limits is part of store.Limiter.
func (e *Engine) Limits() store.Limits { return *e.limits.Load() }

// SetLimits is part of store.Limiter.
func (e *Engine) SetLimits(l store.Limits) { e.limits.Store(&l) }

// begin begins a request to the upstream, unless the caller cannot wait, the upstream is known to be gone, or too many wait.
func (e *Engine) begin(ctx context.Context) (waits context.Context, done func(), err error) {
	if most := e.options.MostWaiting; most > 0 && e.waiting.Load() >= most {
		return nil, nil, &store.UnavailableError{Reason: "too many requests wait for it (upstream-pending)"}
	}
	if reason := e.health.down(); reason != "" {
		return nil, nil, &store.UnavailableError{Reason: reason}
	}
	if store.IsImmediate(ctx) {
		return nil, nil, store.ErrWaits
	}
	e.waiting.Add(1)
	return e.deadlines.of(ctx), e.served, nil
}

// refuse returns why a caller that cannot wait gets no answer.
func (e *Engine) refuse(ctx context.Context) error {
	_, done, err := e.begin(ctx)
	if err == nil {
		done()
	}
	return err
}

// mostReads is how often what only reads is sent. Connections that are cut together are found out one by one.
const mostReads = 3

// read asks a server what changes nothing. Where the connection is cut meanwhile it asks again, over the client for everything else.
func (e *Engine) read(ctx context.Context, client rueidis.Client, ask rueidis.Completed) rueidis.RedisResult {
	ask = ask.Pin()
	result := client.Do(ctx, ask)
	for n := 1; n < mostReads && isCut(result.Error()); n++ {
		result = e.client.Do(ctx, ask)
	}
	return result
}

// readMulti is read for several requests. Those that have no answer are asked again by themselves.
func (e *Engine) readMulti(ctx context.Context, client rueidis.Client, asks rueidis.Commands) []rueidis.RedisResult {
	for i := range asks {
		asks[i] = asks[i].Pin()
	}
	results := client.DoMulti(ctx, asks...)
	for i := range results {
		if isCut(results[i].Error()) {
			results[i] = e.read(ctx, e.client, asks[i])
		}
	}
	return results
}

// readThere is read for what a certain server has to answer.
func readThere(ctx context.Context, server rueidis.Client, ask rueidis.Completed) rueidis.RedisResult {
	ask = ask.Pin()
	result := server.Do(ctx, ask)
	for n := 1; n < mostReads && isCut(result.Error()); n++ {
		result = server.Do(ctx, ask)
	}
	return result
}

// send asks the upstream: once where that may change something, else as read does.
func (e *Engine) send(ctx context.Context, ask rueidis.Completed, writes bool) rueidis.RedisResult {
	if writes {
		return e.client.Do(ctx, ask)
	}
	return e.read(ctx, e.client, ask)
}

// isCut reports whether a request has no answer though its time is not over.
func isCut(err error) bool {
	_, refused := err.(*rueidis.RedisError)
	return err != nil && !refused && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)
}

// refusals are the beginnings of errors with which a server says that it has done nothing, and cannot now.
var refusals = []string{"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS", "MISCONF", "NOAUTH", "NOPERM", "WRONGPASS", "MOVED", "ASK"}

// failure returns what an error of the client library means for an operation that may have changed something, or only read.
func (e *Engine) failure(err error, writes bool) error {
	var dial *net.OpError
	refused, isRefusal := rueidis.IsRedisErr(err)
	switch {
	case err == nil:
		return nil
	case isRefusal:
		return e.refusal(refused.Error())
	case errors.As(err, &dial) && dial.Op == "dial":
		e.counts.unavailable.Add(1)
		return &store.UnavailableError{Reason: "no connection"}
	case errors.Is(err, rueidis.ErrClosing), errors.Is(err, rueidis.ErrNoAddr), errors.Is(err, rueidis.ErrNoSlot):
		e.counts.unavailable.Add(1)
		return &store.UnavailableError{Reason: "no server for it"}
	case writes:
		e.counts.uncertain.Add(1)
		return &store.UncertainError{Reason: "the upstream did not answer, it may or may not have happened"}
	}
	e.counts.unavailable.Add(1)
	return &store.UnavailableError{Reason: "no answer"}
}

// refusal returns what an error that the upstream answered means.
func (e *Engine) refusal(text string) error {
	if strings.Contains(text, "WRONGTYPE") {
		return store.ErrWrongType
	}
	if strings.HasPrefix(text, "OOM") || strings.Contains(text, "OOM command") {
		return store.ErrNoMemory
	}
	if strings.Contains(text, "can't run this command") { // a script met NOPERM
		text = "NOPERM " + text
	}
	for _, one := range refusals {
		if strings.HasPrefix(text, one) || strings.Contains(text, ": "+one+" ") {
			e.counts.unavailable.Add(1)
			if e.refusalTold.mayTell() {
				e.log.Warn("the upstream refused a request", "error", text)
			}
			return &store.UnavailableError{Reason: refusedBecause + one}
		}
	}
	return fmt.Errorf("the upstream answered: %s", text)
}

// isRefusal reports whether an error is one of refusal with which the upstream said that it has done nothing.
func isRefusal(err error) bool {
	gone, is := err.(*store.UnavailableError)
	return is && strings.HasPrefix(gone.Reason, refusedBecause) || err == store.ErrNoMemory
}

// refusedBecause is before the first word of a refusal.
const refusedBecause = "it answers "

// reasonNoRight is why a request fails to which the upstream's user has no right.
const reasonNoRight = refusedBecause + "NOPERM"

// seldom is a line of the log that is written once a second at most.
type seldom struct {
	mu   sync.Mutex
	last time.Time
}

func (s *seldom) mayTell() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && time.Since(s.last) < time.Second {
		return false
	}
	s.last = time.Now()
	return true
}
