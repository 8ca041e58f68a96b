package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"sessd/cmd/sessd/logging"
	"sessd/cmd/sessd/systemd"
	"sessd/commands"
	"sessd/commands/families"
	"sessd/server"
	"sessd/server/web"
	"sessd/store"
	"sessd/store/memory"
	"sessd/store/persist"
	"sessd/store/upstream"
)

// logPatience bounds how long the end of the process waits for the reader of the log.
const logPatience = time.Second

// logMode is the permissions of a new log file, which may name users and addresses.
const logMode = 0o640

// daemon is the parts that make up the process.
type daemon struct {
	options *options
	log     *logging.Log
	logFile *logging.File // nil: the log goes to standard error
	engine  store.Engine
	memory  *memory.Engine   // the same; nil: it is another
	remote  *upstream.Engine // the same; nil: it is another
	users   *commands.Users
	server  *server.Server
	web     *web.Server // nil: there is none

	dispatcher *commands.Dispatcher
	reloading  sync.Mutex // guards sources
	manager    systemd.Manager
	signals    signals
	failure    chan error // has room for one: why the process cannot go on
	loading    sync.WaitGroup
	sources    sources
}

// start puts the daemon together and listens. Until it succeeds nothing is logged, so that the reason of a failed start
// stands alone.
func start(o *options, stderr io.Writer) (*daemon, error) {
	caught := newSignals()
	if err := o.takeSockets(); err != nil {
		return nil, err
	}
	if err := o.listens(); err != nil {
		return nil, err
	}
	// Event loops wait in the kernel without telling the scheduler, as long as one more processor is there for the rest.
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), o.server.IOThreads+1))
	var file *logging.File
	standardError := stderr
	if o.logFile != "" {
		var err error
		if file, err = logging.OpenFile(o.logFile, logMode); err != nil {
			return nil, fmt.Errorf("--log-file: %w", err)
		}
		stderr = file
	}
	d, err := assemble(o, stderr)
	if err != nil {
		return nil, err
	}
	d.logFile, d.signals = file, caught
	if err = o.audit.open(d, standardError); err == nil {
		err = d.open()
	}
	if err != nil {
		d.engine.Close() // the reason is the first error
		return nil, err
	}
	return d, nil
}

// listens returns an error where nobody could reach the daemon.
func (o *options) listens() error {
	passed := &o.server.Sockets
	if o.server.Port == server.PortOff && o.server.TLS.Port == server.PortOff && o.server.UnixSocket == "" &&
		len(passed.Plain)+len(passed.TLS)+len(passed.Unix) == 0 {
		return errors.New("nothing to listen on: give --port, --tls-port or --unixsocket")
	}
	return nil
}

// assemble makes the parts, which do nothing yet.
func assemble(o *options, stderr io.Writer) (*daemon, error) {
	d := &daemon{options: o, log: o.logger(stderr), failure: make(chan error, 1)}
	clock := &store.Clock{Jumped: d.clockSet}
	o.limits.StringBytes = o.server.ProtoMaxBulkLen // as in Redis, where a value that could not be sent cannot be made
	if err := d.makeEngine(clock); err != nil {
		return nil, err
	}
	o.commands.Engine, o.commands.Log = d.engine, d.log.Logger
	o.commands.Version, o.commands.Build = version, thisBuild()
	o.server.Log, o.server.Clock = d.log.Logger, clock
	o.commands.Families = families.Of(d.engine)
	d.dispatcher = commands.New(o.commands)
	d.dispatcher.ConfigFile = d
	d.dispatcher.AddSettings(d.ownSettings()...)
	d.dispatcher.AddSettings(o.durability.settings()...)
	d.dispatcher.AddSettings(o.web.settings()...)
	d.dispatcher.AddSettings(o.audit.settings()...)
	d.dispatcher.AddMetrics(d.metrics()...)
	d.dispatcher.AddMetrics(o.audit.metrics()...)
	if d.remote != nil {
		d.dispatcher.AddMetrics(upstreamMetrics(d.remote)...)
	}
	d.users = d.dispatcher.Users
	d.server = server.New(d.dispatcher, o.server)
	return d, nil
}

// makeEngine makes the engine that the options ask for.
func (d *daemon) makeEngine(clock *store.Clock) (err error) {
	o := d.options
	if o.upstream.URL != "" {
		d.remote, err = d.newUpstream(clock)
		d.engine = d.remote
		return err
	}
	d.memory = memory.New(memory.Options{Keyspaces: o.databases, Limits: o.limits, Clock: clock})
	d.engine = d.memory
	return nil
}

// open puts users and names of commands in force and listens.
func (d *daemon) open() error {
	if err := d.configure(); err != nil {
		return err
	}
	if err := d.remember(); err != nil {
		return err
	}
	if err := d.options.durability.open(d); err != nil {
		return err
	}
	if d.remote != nil {
		if err := d.remote.Connect(); err != nil {
			return err
		}
	}
	d.signals.catchStop() // whoever connects may send it
	if err := d.listen(); err != nil {
		return errors.Join(err, d.options.durability.close())
	}
	d.noteAdjusted()
	return nil
}

// configure puts users and names of commands in force.
func (d *daemon) configure() error {
	users, err := d.options.startUsers(d.users)
	if err != nil {
		return err
	}
	d.users.Replace(users, nil)
	return d.options.rename(d.dispatcher)
}

// ownSettings are the rows of main's options, with what they do while the server runs.
func (d *daemon) ownSettings() []commands.Setting {
	rows := append(d.options.ownSettings(), d.options.upstreamSettings()...)
	for i := range rows {
		if rows[i].Name == "requirepass" {
			rows[i].Changed = func() error {
				d.users.RequirePassword(d.options.password)
				return nil
			}
		}
	}
	return rows
}

// serve serves until a signal or SHUTDOWN ends it, and returns the exit code.
func (d *daemon) serve() int {
	ctx := d.stopSignal()
	d.reloadOnHangup()
	d.reopenOnUser1()
	d.holdMemory(ctx)
	d.holdCollector(ctx)
	releaseIdleHeap(ctx)
	running, ended := context.WithCancel(context.Background())
	defer ended()
	d.tellManager(running)
	d.log.Start()
	defer d.log.Close(logPatience)
	d.options.audit.start()
	defer d.options.audit.close()
	d.logStart()
	d.load()
	err := d.server.Serve(ctx)
	d.manager.Stopping() // unless it was told already
	err = errors.Join(err, d.closeWeb(), d.options.durability.close())
	d.loading.Wait() // what it failed with is to be told
	d.options.audit.detach()
	err = errors.Join(err, d.engine.Close(), d.failed())
	if err != nil {
		d.log.Error("ended by an error", "error", err)
		d.manager.Failed(err)
		return exitError
	}
	d.log.Info("stopped")
	return exitOK
}

// load loads what is kept, if anything is, while the server tells clients to wait.
func (d *daemon) load() {
	keeper := d.options.durability.keeper
	if keeper == nil {
		d.manager.Ready()
		return
	}
	loaded := make(chan struct{})
	go d.tellProgress(loaded)
	d.loading.Go(func() {
		defer close(loaded)
		switch err := keeper.Load(func() { d.dispatcher.SetLoading(false) }); {
		case errors.Is(err, persist.ErrStopped): // by the end of the process
		case err != nil:
			d.fail(err)
		default:
			d.manager.Ready()
		}
	})
}

// fail ends the process because of an error, once.
func (d *daemon) fail(err error) {
	select {
	case d.failure <- err:
		d.server.Shutdown()
	default:
	}
}

// failed returns why the process ended, if it had to.
func (d *daemon) failed() error {
	select {
	case err := <-d.failure:
		return err
	default:
		return nil
	}
}

// logStart logs what an operator looks for first.
func (d *daemon) logStart() {
	limits := d.options.limits
	where := "started: sessions and keys are kept in memory only and end with this process"
	switch {
	case d.remote != nil:
		where = "started: sessions and strings are kept in the upstream"
	case d.options.durability.keeper != nil:
		where = "started: sessions and keys are kept on disk"
	}
	d.log.Info(where, "version", version,
		"maxmemory", limits.MaxMemory, "maxmemory-policy", limits.Policy.String(), "maxclients", d.options.server.MaxClients,
		"idle-timeout", d.options.commands.IdleTimeout, "absolute-timeout", d.options.commands.AbsoluteTimeout, "users", d.users.Count())
	for _, note := range d.options.notes {
		d.log.Warn(note)
	}
	for _, addr := range d.server.Addrs() {
		d.log.Info("listening", "network", addr.Network(), "addr", addr.String())
	}
	d.logWeb()
}

// metrics are the figures that main knows.
func (d *daemon) metrics() []commands.Metric {
	return []commands.Metric{
		{
			Section: "Memory", Redis: "go_memory_limit", Prometheus: "sessd_go_memory_limit_bytes", Kind: commands.Bytes,
			Help: "the limit of the Go runtime, without the engine's memory; 0: none", Read: func(*commands.Snapshot) any { return goLimit() },
		},
		{
			Section: "Stats", Redis: "log_lines_lost", Prometheus: "sessd_log_lines_lost_total", Kind: commands.Counter,
			Help: "lines of the log that nobody read", Read: func(*commands.Snapshot) any { return d.log.Lost() },
		},
		{
			Section: "Stats", Redis: "log_lines_left_out", Prometheus: "sessd_log_lines_left_out_total", Kind: commands.Counter,
			Help: "lines of the log that were too many of one kind", Read: func(*commands.Snapshot) any { return d.log.LeftOut() },
		},
	}
}

// clockSet logs that the wall clock was set, since sessions may then expire sooner or times differ.
func (d *daemon) clockSet(by time.Duration) {
	if d.remote != nil {
		d.remote.ClockSet()
	}
	if by > 0 {
		d.log.Warn("the wall clock was set ahead: what was to expire meanwhile expires now", "by", by)
	} else {
		d.log.Warn("the wall clock was set back: timeouts go on as before, and times are ahead of it", "by", by)
	}
}
