package commands

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sessd/store"
)

// Series is one row for Prometheus with its values of a moment.
type Series struct {
	Name, Help string
	Counter    bool
	Label      string // of each value; empty: there is one value without a label
	Values     []SeriesValue
}

// SeriesValue is one value of a series, by the value of its label.
type SeriesValue struct {
	Label string
	Value float64
	Times *Times // in place of Value, where the series is a histogram
}

// Times is how long calls took. Buckets hold times that are not longer than End and longer than the End before.
type Times struct {
	Count   uint64
	Seconds float64 // in all
	Buckets []TimesBucket
}

// TimesBucket is calls that took about as long, to 12 %.
type TimesBucket struct {
	End   float64 // seconds; infinite in the last one
	Count uint64
}

// Series returns all that Prometheus is told, at one moment. No label has a key, an id or any other text of a client.
func (s *Dispatcher) Series() []Series {
	m := s.snapshot(store.Op{Now: s.Clock.Now()})
	var all []Series
	for i := range s.metrics {
		if row := &s.metrics[i]; row.Prometheus != "" {
			all = append(all, row.series(m))
		}
	}
	return append(append(all, s.commandSeries(m)...), m.otherSeries()...)
}

// series returns the values of a row.
func (m *Metric) series(s *Snapshot) Series {
	one := Series{Name: m.Prometheus, Help: m.Help, Counter: m.Kind == Counter, Label: m.Label}
	if m.Each != nil {
		m.Each(s, func(label string, value any) { one.add(label, number(value)) })
	} else {
		one.add("", number(m.Read(s)))
	}
	return one
}

func (s *Series) add(label string, value float64) {
	s.Values = append(s.Values, SeriesValue{Label: label, Value: value})
}

// number returns a metric's value, which INFO may write with a fixed number of digits.
func number(value any) float64 {
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

// commandSeries are about each command that was called. The names of renamed commands stay Redis's.
func (s *Dispatcher) commandSeries(m *Snapshot) []Series {
	calls := Series{Name: "sessd_command_calls_total", Help: "calls of each command", Counter: true, Label: "command"}
	failures := Series{Name: "sessd_command_failures_total", Help: "calls of each command that ended in an error", Counter: true, Label: "command"}
	rejections := Series{Name: "sessd_command_rejections_total", Help: "requests for each command that were not run", Counter: true, Label: "command"}
	took := Series{Name: "sessd_command_duration_seconds", Help: "how long calls of each command took", Label: "command"}
	times := s.times()
	for i, one := range m.totals.commands {
		if one.calls == 0 && one.rejected == 0 {
			continue
		}
		name := s.table.commands[i].Name
		calls.add(name, float64(one.calls))
		failures.add(name, float64(one.failed))
		rejections.add(name, float64(one.rejected))
		if times[i] != nil {
			took.Values = append(took.Values, SeriesValue{Label: name, Times: times[i].times(float64(one.microseconds) / 1e6)})
		}
	}
	return []Series{calls, failures, rejections, took}
}

// times returns the counts by seconds.
func (c *counts) times(seconds float64) *Times {
	t := &Times{Seconds: seconds, Buckets: make([]TimesBucket, len(c))}
	for part, n := range c {
		end := float64(partEnd(part)) / 1e9
		if part == len(c)-1 {
			end = math.Inf(1)
		}
		t.Buckets[part] = TimesBucket{end, n}
		t.Count += n
	}
	return t
}

// otherSeries are those that INFO has in lines of another form.
func (s *Snapshot) otherSeries() []Series {
	errors := Series{Name: "sessd_errors_total", Help: "replies that were errors, by code", Counter: true, Label: "code"}
	emitSorted(s.totals.errors, func(code string, n any) {
		if isErrorCode(code) {
			errors.add(code, number(n))
		}
	})
	keys := Series{Name: "sessd_keys", Help: "keys of each keyspace that has some", Label: "keyspace"}
	expiring := Series{Name: "sessd_expiring_keys", Help: "keys of each keyspace that expire", Label: "keyspace"}
	for i, k := range s.report.Keyspaces {
		if k.Keys > 0 {
			keys.add(strconv.Itoa(i), float64(k.Keys))
			expiring.add(strconv.Itoa(i), float64(k.Expires))
		}
	}
	loops := Series{Name: "sessd_loop_busy_ratio", Help: "the part of its time that each event loop was busy, lately", Label: "loop"}
	for i, busy := range s.server.Loops {
		loops.add(strconv.Itoa(i), busy)
	}
	ended := Series{Name: "sessd_sessions_ended_total", Help: "sessions that ended, by cause", Counter: true, Label: "cause"}
	ended.add("destroyed", number(s.report.Removed[store.Destroyed]))
	ended.add("expired", number(s.report.Removed[store.Expired]))
	ended.add("evicted", number(s.report.Removed[store.Evicted]))
	build := Series{Name: "sessd_build_info", Help: "1, with the version of sessd", Label: "version"}
	build.add(s.system.Version, 1)
	return append([]Series{errors, keys, expiring, loops, ended, build}, s.storeSeries()...)
}

// storeSeries tell what there is of each kind.
func (s *Snapshot) storeSeries() []Series {
	whole, anonymous := s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Sessions) }), s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Anonymous) })
	states := Series{Name: "sessd_sessions_by_state", Help: "live sessions with a principal (bound) and without one (anonymous)", Label: "state"}
	states.add("bound", float64(whole-anonymous))
	states.add("anonymous", float64(anonymous))
	types := Series{Name: "sessd_keys_by_type", Help: "keys of each type that has some", Label: "type"}
	for t := range store.Type(store.MaxTypes) {
		if n := s.sum(func(k store.KeyspaceReport) int64 { return int64(k.Types[t]) }); n > 0 && t != store.TypeNone {
			types.add(t.String(), float64(n))
		}
	}
	old := s.sum(func(k store.KeyspaceReport) int64 { return k.AliasBytes })
	memory := Series{Name: "sessd_memory_by_kind_bytes", Help: "memory: entries with their index, ids that rotations left behind, buffers of clients, the Go heap", Label: "kind"}
	memory.add("entries", float64(max(0, s.report.UsedBytes-old)))
	memory.add("old_ids", float64(old))
	memory.add("client_buffers", float64(s.server.QueryBuffers+s.server.OutputBuffers))
	memory.add("go_heap", float64(s.process.heap))
	return []Series{states, types, memory}
}

// isErrorCode reports whether text looks like the code of an error. A script may answer with any text.
func isErrorCode(text string) bool {
	return len(text) <= 32 && text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}
