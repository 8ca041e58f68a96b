package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	// others is how many sessions are loaded while the rest expires.
	others = 10_000
	// defaultExpireRate is the rate of those loads when none is given.
	defaultExpireRate = 5000
	// leadTime is how long before the deadline the second measurement begins.
	leadTime = 100 * time.Millisecond
	// watchInterval and watchLimit say how often and how long the server is asked what it still holds.
	watchInterval = 10 * time.Millisecond
	watchLimit    = time.Minute
)

// expire creates the sessions, gives all of them the same deadline, and loads other sessions at a fixed rate before and
// after it. A connection of its own asks the server meanwhile how many entries and bytes it holds.
func (r *run) expire(ctx context.Context, res *result) error {
	o, w := r.options, r.workload
	shared := *o
	shared.seed, shared.sessions = o.seed+1, max(others, 2*o.connections)
	other := populations(&shared)
	makeOthers := func(c int) source { return &creator{population: other(c), dialect: w.dialect} }
	loadOthers := func(c int) source { return &loader{population: other(c), dialect: w.dialect} }
	defer r.phase(context.WithoutCancel(ctx), "clean", func(c int) source {
		return &remover{population: other(c), dialect: w.dialect}
	}, plan{depth: prepareDepth})

	// These are on the server before it is asked what it holds when it is empty, and stay.
	bulkwise := plan{depth: prepareDepth}
	if err := r.uncounted(ctx, res, "others", makeOthers, bulkwise); err != nil {
		return err
	}
	keeper, err := newKeeper(o)
	if err != nil {
		return err
	}
	defer keeper.close()
	empty, err := keeper.ask()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := r.uncounted(ctx, res, "create", w.measure, bulkwise); err != nil {
		return err
	}
	full, err := keeper.ask()
	if err != nil {
		return err
	}
	// Setting a deadline takes no longer than creating did.
	deadline := time.Now().Add(time.Since(began) + o.duration + 2*leadTime).Truncate(time.Millisecond)
	if err := r.uncounted(ctx, res, "deadline", func(c int) source {
		return newOverAll(w.own(c), opExpireAt, command(3, "PEXPIREAT"), bulks(fmt.Sprint(deadline.UnixMilli())))
	}, bulkwise); err != nil {
		return err
	}
	if quiet := time.Until(deadline) - leadTime; quiet < o.duration/2 {
		return errors.New("the deadline came before all sessions had it: try fewer --sessions")
	}
	return r.acrossDeadline(ctx, res, loadOthers, deadline, func() (expiry, error) {
		return keeper.watch(ctx, deadline, empty, full)
	})
}

// acrossDeadline measures the loads before and after the deadline while watch sees the other sessions go.
func (r *run) acrossDeadline(ctx context.Context, res *result, loads func(int) source, deadline time.Time,
	watch func() (expiry, error)) error {
	paced := plan{depth: r.options.pipeline, interval: intervalOf(r.options.rate, r.options.threads)}
	if paced.interval == 0 {
		res.Rate = defaultExpireRate
		paced.interval = intervalOf(defaultExpireRate, r.options.threads)
	}
	calm := paced
	calm.until(time.Until(deadline) - leadTime)
	t, err := r.phase(ctx, "before", loads, calm)
	if err != nil {
		return err
	}
	res.count(t)
	before := newLatency(t.total())

	type outcome struct {
		expiry
		err error
	}
	watched := make(chan outcome, 1)
	go func() {
		e, err := watch()
		watched <- outcome{e, err}
	}()
	paced.until(leadTime + r.options.duration)
	if err := r.recordFrom(ctx, res, "after", loads, paced); err != nil {
		return err
	}
	end := <-watched
	end.Quiet, end.Sessions = before, r.options.sessions
	res.Expiry = &end.expiry
	return end.err
}

// uncounted runs a phase of which only the failures are reported.
func (r *run) uncounted(ctx context.Context, res *result, name string, sources func(int) source, p plan) error {
	t, err := r.phase(ctx, name, sources, p)
	if err != nil {
		return err
	}
	res.count(t)
	return context.Cause(ctx)
}

// keeper asks a server what it holds, on a connection of its own.
type keeper struct {
	conn   net.Conn
	reader *bufio.Reader
}

// holding is what a server holds: its entries, and the memory that it counts as used.
type holding struct{ entries, bytes int64 }

// newKeeper connects in RESP2, whose INFO is a plain bulk.
func newKeeper(o *options) (*keeper, error) {
	plain := *o
	plain.resp3 = false
	network, name := splitAddress(o.address)
	conn, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return nil, err
	}
	if err := greet(conn, &plain); err != nil {
		conn.Close()
		return nil, err
	}
	return &keeper{conn, bufio.NewReader(conn)}, nil
}

func (k *keeper) close() { k.conn.Close() }

// ask sends DBSIZE and INFO memory.
func (k *keeper) ask() (holding, error) {
	var h holding
	if err := k.conn.SetDeadline(time.Now().Add(watchLimit)); err != nil {
		return h, err
	}
	if _, err := io.WriteString(k.conn, command(1, "DBSIZE")+command(2, "INFO", "memory")); err != nil {
		return h, err
	}
	line, err := k.line(":")
	if err == nil {
		h.entries, err = strconv.ParseInt(line, 10, 64)
	}
	if err != nil {
		return h, err
	}
	if line, err = k.line("$"); err != nil {
		return h, err
	}
	size, err := strconv.Atoi(line)
	if err != nil || size < 0 || size > 1<<20 {
		return h, fmt.Errorf("INFO memory answered a bulk of %q bytes", line)
	}
	text := make([]byte, size+2)
	if _, err := io.ReadFull(k.reader, text); err != nil {
		return h, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "used_memory:"); ok {
			h.bytes, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return h, err
		}
	}
	return h, errors.New("INFO memory does not tell used_memory")
}

// line reads a line that begins with the type byte and returns the rest of it.
func (k *keeper) line(kind string) (string, error) {
	line, err := k.reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(line), kind)
	if !ok {
		return "", fmt.Errorf("wanted a reply of type %s, got %q", kind, line)
	}
	return text, nil
}

// watch asks until the server has no more entries than when it was empty. At most a tenth of the bytes that were added
// may be left. It returns when each came true, in milliseconds after the deadline.
func (k *keeper) watch(ctx context.Context, deadline time.Time, empty, full holding) (expiry, error) {
	e := expiry{GoneAfter: -1, FreeAfter: -1}
	enough := empty.bytes + (full.bytes-empty.bytes)/10
	for ctx.Err() == nil && time.Since(deadline) < watchLimit {
		h, err := k.ask()
		if err != nil {
			return e, err
		}
		after := float64(time.Since(deadline).Microseconds()) / 1e3
		if e.GoneAfter < 0 && h.entries <= empty.entries {
			e.GoneAfter = after
		}
		if e.FreeAfter < 0 && h.bytes <= enough {
			e.FreeAfter = after
		}
		if e.GoneAfter >= 0 && e.FreeAfter >= 0 {
			return e, nil
		}
		time.Sleep(watchInterval)
	}
	return e, fmt.Errorf("sessions or their memory were still there %v after the deadline", watchLimit)
}
