//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// What stalls asks for beside the requests that it measures.
const (
	probes     = 4                      // connections that others have
	probeKeys  = 450                    // that each of their requests reads, other ones each: enough to meet every shard
	probeEvery = 300 * time.Microsecond // from the end of one to the next
	stallBar   = time.Millisecond
	busyFor    = 300 * time.Millisecond
)

// stallOf returns how long a request takes, and the longest that others wait meanwhile.
func stallOf(address string, c *stallClient, words []string, busy bool) (took, stall time.Duration, err error) {
	request := []byte(command(len(words), words...))
	var all sync.WaitGroup
	done, worst, failed := make(chan struct{}), make([]time.Duration, probes), make([]error, probes)
	for i := range probes {
		other, err := newStallClient(address)
		if err != nil {
			close(done)
			return 0, 0, err
		}
		read := []string{"MGET"}
		for k := range probeKeys {
			read = append(read, fmt.Sprintf("probe:%d:%d", i, k))
		}
		probe := []byte(command(len(read), read...))
		all.Go(func() {
			defer other.conn.Close()
			for failed[i] == nil {
				began := time.Now()
				failed[i] = other.ask(probe, 1)
				worst[i] = max(worst[i], time.Since(began))
				select {
				case <-done:
					return
				case <-time.After(probeEvery):
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // all probes are under way
	took, err = c.askQuietly(request, busy)
	time.Sleep(20 * time.Millisecond) // what the request leaves to the background
	close(done)
	all.Wait()
	for i := range probes {
		stall = max(stall, worst[i])
		if err == nil {
			err = failed[i]
		}
	}
	return took, stall, err
}

// stalls measures each case some times, and prints the least of the stalls. What else runs on the machine adds to a
// stall, and never takes away.
func stalls(ctx context.Context, address string, n, rounds int, only string, w io.Writer) error {
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), probes+4)) // each thread that is busy or returns from the kernel finds one
	c, err := newStallClient(address)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	fmt.Fprintf(w, "%-34s %12s %12s\n", fmt.Sprintf("%d elements, least of %d", n, rounds), "takes ms", "stalls ms")
	for _, one := range stallCases {
		words := one.words(n)
		label := strings.Join(words[:min(len(words), 6)], " ")
		if len(words) > 100 {
			label = fmt.Sprintf("%s of %d", words[0], n/5)
		}
		if one.busy {
			label += " beside a busy thread"
		}
		if !strings.Contains(label, only) {
			continue
		}
		var took, stall time.Duration
		for round := range rounds {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			requests, replies := []byte(command(1, "FLUSHALL")), 1
			for _, key := range one.make {
				var more int
				requests, more = fill(requests, key, n)
				replies += more
			}
			if err := c.ask(requests, replies); err != nil {
				return err
			}
			t, s, err := stallOf(address, c, words, one.busy)
			if err != nil {
				return fmt.Errorf("%s: %w", label, err)
			}
			if round == 0 || s < stall {
				took, stall = t, s
			}
		}
		mark := ""
		if stall > stallBar {
			mark = "  above the bar of 1 ms"
		}
		fmt.Fprintf(w, "%-34s %12.1f %12.2f%s\n", label, ms(took), ms(stall), mark)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// startStalls runs the command line of stalls, and returns the exit code.
func startStalls(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := pflag.NewFlagSet("sessd-bench stalls", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("server", "127.0.0.1:6379", "`ADDRESS` of the server, whose data goes")
	n := flags.Int("elements", 1_000_000, "of each collection")
	rounds := flags.Int("rounds", 3, "of each request")
	only := flags.String("only", "", "measure requests that contain this `TEXT`")
	if err := flags.Parse(args); err != nil || *n < 10 || *rounds < 1 {
		return exitUsage
	}
	if err := stalls(ctx, *address, *n, *rounds, *only, stdout); err != nil {
		fmt.Fprintf(stderr, "sessd-bench: stalls: %v\n", err)
		return exitFailed
	}
	return exitOK
}
