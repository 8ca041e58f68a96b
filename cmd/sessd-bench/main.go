//go:build unix

// Command sessd-bench is a load generator for sessd and any other server that speaks RESP. It runs the
// session workload, plain commands, and looks at what sessions and idle connections cost in memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a reply was wrong, or the run could not be done
	exitUsage  = 2
)

var errInterrupted = errors.New("interrupted")

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(errInterrupted)
		// The first signal ends the measurement, and what it left on the server is removed; the second one
		// does not wait for that.
		<-signals
		os.Exit(exitFailed)
	}()
	os.Exit(start(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// report is what a run or a comparison ends with.
type report interface {
	writeText(w io.Writer)
	writeJSON(w io.Writer) error
	failures() int64
}

// start runs the command line and returns the exit code.
func start(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) int {
	if len(args) > 0 && args[0] == "stalls" {
		return startStalls(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "spread" {
		return startSpread(ctx, args[1:], stdout, stderr)
	}
	work, o, err := prepare(args, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "sessd-bench: %v\n", err)
		return exitUsage
	}
	if work == nil {
		return exitOK
	}
	rep, err := work(ctx)
	if rep != nil {
		if o.json {
			err = errors.Join(err, rep.writeJSON(stdout))
		} else {
			rep.writeText(stdout)
		}
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sessd-bench: %v\n", err)
		return exitFailed
	}
	if rep.failures() > 0 {
		return exitFailed
	}
	return exitOK
}

// prepare reads the arguments and returns the run that they ask for. It is nil after the help was printed.
func prepare(args []string, stdout io.Writer, stderr *os.File) (func(context.Context) (report, error), *options, error) {
	var o compareOptions
	comparing := len(args) > 0 && args[0] == "compare"
	groups := o.run.register()
	if comparing {
		args, groups = args[1:], o.register()
	}
	if err := parse(groups, args); err != nil {
		return nil, nil, err
	}
	if o.run.help {
		fmt.Fprint(stdout, help(groups))
		return nil, nil, nil
	}
	p := newProgress(stderr, o.run.progress)
	if comparing {
		peers, err := o.check()
		if err == nil && o.heading {
			writeHeading(stdout, peers)
			return nil, nil, nil
		}
		return func(ctx context.Context) (report, error) {
			c, err := compare(ctx, &o, peers, p)
			if c == nil {
				return nil, err
			}
			return c, err
		}, &o.run, err
	}
	return func(ctx context.Context) (report, error) {
		res, err := measure(ctx, &o.run, p)
		if res == nil {
			return nil, err
		}
		return res, err
	}, &o.run, o.run.check()
}
