// Command sessd is a session daemon that speaks the Redis protocol.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/store"
	"sessd/store/memory"
)

// version is the release, set by the linker: -ldflags "-X main.version=1.2.3".
var version = "1.0.0"

// The exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the daemon from its flags to its end.
func run(args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	o, err := parseOptions(args, env)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "sessd: %v\nTry 'sessd --help'.\n", err)
		return exitUsage
	case o.showHelp:
		fmt.Fprint(stdout, o.help())
		return exitOK
	case o.showVersion:
		fmt.Fprintf(stdout, "sessd %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return exitOK
	}
	log := o.logger(stderr)
	if err := serve(o, log); err != nil {
		log.Error("sessd ends", "error", err)
		return exitError
	}
	return exitOK
}

// serve runs the engine and the server until a signal or SHUTDOWN ends them.
func serve(o *options, log *slog.Logger) error {
	if o.server.Port == server.PortOff && o.tls.Port == server.PortOff && o.server.UnixSocket == "" {
		return errors.New("nothing to listen on: give --port, --tls-port or --unixsocket")
	}
	// Event loops wait in the kernel without telling the scheduler, as long as one more processor is there for the rest.
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), o.server.IOThreads+1))
	clock := &store.Clock{Jumped: func(by time.Duration) { logJump(log, by) }}
	o.limits.StringBytes = o.server.ProtoMaxBulkLen // as in Redis, where a value that could not be sent cannot be made
	engine := memory.New(memory.Options{Keyspaces: o.databases, Limits: o.limits, Clock: clock})
	o.commands.Engine, o.commands.Log, o.commands.Version = engine, log, version
	o.server.Log, o.server.Clock, o.server.Unprotected = log, clock, !o.protected
	if o.tls.Port != server.PortOff {
		o.server.TLS = &o.tls
	}
	system := commands.New(o.commands)
	srv := server.New(system, o.server)
	if err := errors.Join(o.admit(system.Users), srv.Listen()); err != nil {
		return errors.Join(err, engine.Close())
	}
	for _, addr := range srv.Addrs() {
		log.Info("listening", "network", addr.Network(), "addr", addr.String())
	}
	reloadOnHangup(srv, log)
	err := srv.Serve(stopSignal(log))
	log.Info("stopped")
	return errors.Join(err, engine.Close())
}

// stopSignal returns a context that the first SIGTERM or SIGINT ends. A second one ends the process at once.
func stopSignal(log *slog.Logger) context.Context {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		log.Info("stopping: answering what was read; a second signal ends at once", "signal", (<-signals).String())
		stop()
		<-signals
		log.Warn("ended at once")
		os.Exit(exitError)
	}()
	return ctx
}

// reloadOnHangup reads the certificates again at each SIGHUP.
func reloadOnHangup(srv *server.Server, log *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			if err := srv.ReloadCertificates(); err != nil {
				log.Error("certificates not reloaded: those before stay in force", "error", err)
				continue
			}
			log.Info("certificates reloaded")
		}
	}()
}

// logJump tells that the wall clock was set, since that is why sessions then expire sooner or times differ.
func logJump(log *slog.Logger, by time.Duration) {
	if by > 0 {
		log.Warn("the wall clock was set ahead: what was to expire meanwhile expires now", "by", by)
	} else {
		log.Warn("the wall clock was set back: timeouts go on as before, and times are ahead of it", "by", by)
	}
}
