package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func latencySpecs() []Spec {
	const flags = Admin | NoScript | Loading | Stale
	return []Spec{
		{
			Usage:   "LATENCY LATEST",
			Summary: "Lists the latest and the worst time of each kind of request that took longer than latency-monitor-threshold.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyLatest,
			Example: `LATENCY LATEST -> []`,
		},
		{
			Usage:   "LATENCY HISTORY event",
			Summary: "Lists when requests of a kind took long, command or fast-command.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyHistory,
			Example: `LATENCY HISTORY command -> []`,
		},
		{
			Usage:   "LATENCY RESET [event ...]",
			Summary: "Forgets when requests took long, of some kinds or of all.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyReset,
			Example: `LATENCY RESET -> 0`,
		},
		{
			Usage:   "LATENCY GRAPH event",
			Summary: "Draws when requests of a kind took long.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyGraph,
			Example: `LATENCY GRAPH command -> error:"ERR No samples available for event 'command'"`,
		},
		{
			Usage:   "LATENCY DOCTOR",
			Summary: "Describes the requests that took long.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyDoctor,
			Example: `LATENCY DOCTOR -> "I'm sorry, Dave, ..."`,
		},
		{
			Usage:   "LATENCY HISTOGRAM [command ...]",
			Summary: "Counts the calls of commands by the microseconds that they took.",
			Group:   ServerGroup, Flags: flags, Since: "1.1.0", Run: latencyHistogram,
			Example: `LATENCY HISTOGRAM nosuch -> {}`,
		},
	}
}

func latencyLatest(c *Call) error {
	names, events, _ := c.Dispatcher.latency.snapshot()
	c.Reply.Array(len(names))
	for _, name := range names {
		e := events[name]
		last := e.samples[len(e.samples)-1]
		c.Reply.Array(4)
		c.Reply.BulkString(name)
		c.Reply.Int(last.at)
		c.Reply.Int(last.took)
		c.Reply.Int(e.worst)
	}
	return nil
}

func latencyHistory(c *Call) error {
	_, events, _ := c.Dispatcher.latency.snapshot()
	samples := events[string(c.Args[0])].samples
	c.Reply.Array(len(samples))
	for _, s := range samples {
		c.Reply.Array(2)
		c.Reply.Int(s.at)
		c.Reply.Int(s.took)
	}
	return nil
}

func latencyReset(c *Call) error {
	var names []string
	for _, name := range c.Args {
		names = append(names, string(name))
	}
	c.Reply.Int(int64(c.Dispatcher.latency.reset(names)))
	return nil
}

func latencyGraph(c *Call) error {
	name := string(c.Args[0])
	_, events, _ := c.Dispatcher.latency.snapshot()
	e, found := events[name]
	if !found {
		return Errorf("ERR No samples available for event '%.128s'", name)
	}
	c.Reply.Verbatim("txt", e.graph(name))
	return nil
}

func latencyDoctor(c *Call) error {
	s := c.Dispatcher
	s.slowlog.mu.Lock()
	slower := s.slowlog.slower
	s.slowlog.mu.Unlock()
	c.Reply.Verbatim("txt", s.latency.report(slower))
	return nil
}

// latencyHistogram answers the commands that were called, of those that are named; a container stands for its subcommands.
func latencyHistogram(c *Call) error {
	named := make(map[string]bool)
	for _, word := range c.Args {
		named[strings.ToLower(string(word))] = true
	}
	times := c.Dispatcher.times()
	var found []int
	for i, one := range c.Dispatcher.table.commands {
		container, _, _ := strings.Cut(one.Name, "|")
		if times[i] != nil && (len(named) == 0 || named[one.Name] || named[container]) {
			found = append(found, i)
		}
	}
	c.Reply.Map(len(found))
	for _, i := range found {
		c.Reply.BulkString(c.Dispatcher.table.commands[i].Name)
		c.Reply.Map(2)
		c.Reply.BulkString("calls")
		c.Reply.Int(int64(times[i].total()))
		c.Reply.BulkString("histogram_usec")
		buckets := 0
		times[i].cumulative(func(int64, uint64) { buckets++ })
		c.Reply.Map(buckets)
		times[i].cumulative(func(microseconds int64, n uint64) {
			c.Reply.Int(microseconds)
			c.Reply.Int(int64(n))
		})
	}
	return nil
}

// times returns how long calls took by Command.index, nil of commands that were not called.
func (s *Dispatcher) times() []*counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := make([]*counts, len(s.table.commands))
	for _, one := range s.stats {
		for i := range one.commands {
			if h := one.commands[i].times.Load(); h != nil {
				if sum[i] == nil {
					sum[i] = new(counts)
				}
				sum[i].add(h)
			}
		}
	}
	for i, one := range sum {
		if one != nil && one.total() == 0 {
			sum[i] = nil
		}
	}
	return sum
}

// latencyStatsLines emits the percentiles of each command that was called, in the order of the table.
func latencyStatsLines(s *Snapshot, emit func(label string, value any)) {
	percentiles := *s.system.percentiles.Load()
	for i, one := range s.system.times() {
		if one == nil {
			continue
		}
		var parts []string
		for _, percent := range percentiles {
			parts = append(parts, fmt.Sprintf("p%s=%.3f", strconv.FormatFloat(percent, 'g', -1, 64), float64(one.percentile(percent))/1000))
		}
		emit(s.system.table.commands[i].Name, strings.Join(parts, ","))
	}
}

// percentilesValue is percentiles from 0 to 100, separated by spaces.
func percentilesValue(p *[]float64) Value {
	return Value{
		Kind:  "percentiles",
		List:  true,
		Takes: "takes numbers from 0 to 100, separated by spaces",
		Get: func() string {
			var all []string
			for _, percent := range *p {
				all = append(all, strconv.FormatFloat(percent, 'g', -1, 64))
			}
			return strings.Join(all, " ")
		},
		Set: func(text string) error {
			var all []float64
			for word := range strings.FieldsSeq(text) {
				percent, err := strconv.ParseFloat(word, 64)
				if err != nil {
					return Error("Invalid latency-tracking-info-percentiles parameters")
				}
				if !(percent >= 0 && percent <= 100) {
					return Error("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
				}
				all = append(all, percent)
			}
			*p = all
			return nil
		},
	}
}

// configureTimes puts the options on slow requests in force.
func (s *Dispatcher) configureTimes() {
	o := &s.options
	s.slowlog.configure(o.SlowerThan, o.SlowKept)
	s.latency.configure(o.LatencyThreshold)
	s.percentiles.Store(&o.Percentiles)
	s.untracked.Store(o.NoLatencyTracking)
	least := time.Duration(1<<63 - 1)
	if o.SlowerThan >= 0 && o.SlowKept > 0 {
		least = time.Duration(o.SlowerThan) * time.Microsecond
	}
	if o.LatencyThreshold > 0 {
		least = min(least, time.Duration(o.LatencyThreshold)*time.Millisecond)
	}
	s.slowlog.threshold.Store(int64(least))
}
