package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// disturbance is how many cores other processes may use before a report warns of it.
const disturbance = 0.1

// result is the report of one run; its JSON is what --json prints.
type result struct {
	Workload     string  `json:"workload"`
	Dialect      string  `json:"dialect,omitempty"`
	Server       string  `json:"server"`
	Connections  int     `json:"connections"`
	Threads      int     `json:"threads"`
	Pipeline     int     `json:"pipeline"`
	Rate         float64 `json:"rate,omitempty"`
	Sessions     int     `json:"sessions,omitempty"`
	Distribution string  `json:"distribution,omitempty"`
	ValueSize    int     `json:"value_size,omitempty"`
	Seed         uint64  `json:"seed"`

	Seconds    float64          `json:"seconds"`
	Operations int64            `json:"operations"`
	PerSecond  float64          `json:"operations_per_second"`
	Latency    *latency         `json:"latency_us,omitempty"`
	Service    *latency         `json:"service_us,omitempty"`
	Parts      []part           `json:"by_operation,omitempty"`
	ServerCPU  *cpu             `json:"server_cpu,omitempty"`
	ClientCPU  *cpu             `json:"client_cpu,omitempty"`
	OtherCores float64          `json:"other_cores,omitempty"` // used by other processes meanwhile
	Memory     *memory          `json:"memory,omitempty"`
	Expiry     *expiry          `json:"expiry,omitempty"`
	Failures   int64            `json:"failures"`
	Reasons    map[string]int64 `json:"failure_reasons,omitempty"`
}

// latency is a distribution in microseconds.
type latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
}

// part is one kind of operation within a workload.
type part struct {
	Operation string   `json:"operation"`
	Count     int64    `json:"count"`
	Latency   *latency `json:"latency_us"`
}

// cpu is what a process spent. User and System are the kernel's sampled split of the total.
type cpu struct {
	Seconds      float64 `json:"seconds"`
	Cores        float64 `json:"cores"`
	PerOperation float64 `json:"us_per_operation,omitempty"`
	UserShare    float64 `json:"user_us_per_operation,omitempty"`
	SystemShare  float64 `json:"system_us_per_operation,omitempty"`
}

// memory is what a number of sessions or connections cost in resident memory. What a workload does not look
// at is 0.
type memory struct {
	Before int64   `json:"resident_before"`
	After  int64   `json:"resident_after"`
	Each   float64 `json:"bytes_each"`
	Number int64   `json:"number"`

	AfterDestroy int64   `json:"resident_after_destroy,omitempty"`
	ShareOfPeak  float64 `json:"after_destroy_share,omitempty"`

	LiveBytes   int64     `json:"live_bytes,omitempty"`
	PerLiveByte float64   `json:"resident_per_live_byte,omitempty"`
	Quarters    []float64 `json:"operations_per_second_by_quarter,omitempty"`
	LastToFirst float64   `json:"last_to_first_quarter,omitempty"`
}

// expiry is how a server got rid of many sessions with one deadline; the report's latency is that of other
// sessions meanwhile.
type expiry struct {
	Sessions  int      `json:"sessions"`
	GoneAfter float64  `json:"gone_after_ms"`
	FreeAfter float64  `json:"memory_free_after_ms"`
	Quiet     *latency `json:"latency_before_us"`
}

// newResult describes the run; options that its workload does not use are left out.
func newResult(o *options) *result {
	res := &result{
		Workload: o.workload, Server: o.address, Connections: o.connections, Threads: o.threads,
		Pipeline: o.pipeline, Rate: o.rate, Seed: o.seed, Reasons: map[string]int64{},
	}
	switch o.workload {
	case "session", "memory", "expire", "churn":
		res.Dialect, res.Sessions, res.Distribution = o.dialect, o.sessions, o.distribution
	case "get", "set", "sess.get":
		res.Sessions, res.Distribution, res.ValueSize = o.sessions, o.distribution, o.valueSize
	}
	return res
}

// newLatency turns nanoseconds into microseconds, the unit that people compare.
func newLatency(h *hdrhistogram.Histogram) *latency {
	us := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1e3 }
	return &latency{
		Mean: h.Mean() / 1e3, P50: us(50), P90: us(90), P99: us(99), P999: us(99.9), Max: float64(h.Max()) / 1e3,
	}
}

// newCPU relates CPU time to the time that passed and, unless there were none, to the operations.
func newCPU(t cpuTime, elapsed time.Duration, operations int64) *cpu {
	c := &cpu{Seconds: t.total.Seconds(), Cores: t.total.Seconds() / elapsed.Seconds()}
	if operations > 0 {
		each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(operations) }
		c.PerOperation, c.UserShare, c.SystemShare = each(t.total), each(t.user), each(t.system)
	}
	return c
}

// newMemory relates the growth of the resident memory to what caused it.
func newMemory(before, after, number int64) *memory {
	return &memory{Before: before, After: after, Number: number, Each: float64(after-before) / float64(max(number, 1))}
}

// count books the failures of a phase: those of phases that are not measured count too.
func (res *result) count(t *tally) {
	res.Failures += t.failed
	for reason, n := range t.reasons {
		res.Reasons[reason] += n
	}
}

// measured books the phase that the report is about.
func (res *result) measured(t *tally) {
	res.count(t)
	res.Seconds, res.Operations = t.elapsed.Seconds(), t.done
	res.PerSecond = float64(t.done) / t.elapsed.Seconds()
	res.Latency = newLatency(t.total())
	if t.service != nil {
		res.Service = newLatency(t.service)
	}
	for op, h := range t.latency {
		if h != nil {
			res.Parts = append(res.Parts, part{operation(op).String(), h.TotalCount(), newLatency(h)})
		}
	}
}

func (res *result) failures() int64 { return res.Failures }

func (res *result) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(res)
}

// title names the run in one line.
func (res *result) title() string {
	words := []string{res.Workload}
	if res.Dialect != "" {
		words[0] += " as " + res.Dialect
	}
	words = append(words, fmt.Sprintf("%d connections", res.Connections), fmt.Sprintf("pipeline %d", res.Pipeline))
	if res.Rate > 0 {
		words = append(words, fmt.Sprintf("%.0f/s open loop", res.Rate))
	}
	if res.Sessions > 0 {
		words = append(words, fmt.Sprintf("%d sessions %s", res.Sessions, res.Distribution))
	}
	return strings.Join(words, ", ")
}

// writeText prints the report for people.
func (res *result) writeText(w io.Writer) {
	fmt.Fprintf(w, "%s, seed %d, server %s\n", res.title(), res.Seed, res.Server)
	if res.Operations > 0 {
		fmt.Fprintf(w, "  throughput  %.0f operations/s (%d in %.2f s)\n", res.PerSecond, res.Operations, res.Seconds)
	}
	if res.Latency != nil {
		fmt.Fprintf(w, "  %-10s  %s µs\n", "latency", res.Latency)
	}
	if res.Service != nil {
		fmt.Fprintf(w, "  %-10s  %s µs (from when it was sent)\n", "service", res.Service)
	}
	if len(res.Parts) > 1 {
		for _, p := range res.Parts {
			share := 100 * float64(p.Count) / float64(res.Operations)
			fmt.Fprintf(w, "    %-8s  %s µs, %.2f %% of operations\n", p.Operation, p.Latency, share)
		}
	}
	res.ServerCPU.writeText(w, "server CPU")
	res.ClientCPU.writeText(w, "client CPU")
	if res.OtherCores > disturbance {
		fmt.Fprintf(w, "  DISTURBED   other processes used %.2f cores meanwhile\n", res.OtherCores)
	}
	res.Memory.writeText(w)
	if e := res.Expiry; e != nil {
		fmt.Fprintf(w, "  expiry      %d sessions gone %.0f ms after their deadline, their memory after %.0f ms\n",
			e.Sessions, e.GoneAfter, e.FreeAfter)
		fmt.Fprintf(w, "    before    %s µs\n", e.Quiet)
	}
	if res.Failures == 0 {
		fmt.Fprintln(w, "  failures    none")
		return
	}
	fmt.Fprintf(w, "  FAILURES    %d\n", res.Failures)
	res.writeFailures(w, "  ")
}

// writeFailures prints how often each kind of wrong reply came.
func (res *result) writeFailures(w io.Writer, prefix string) {
	for _, reason := range slices.Sorted(maps.Keys(res.Reasons)) {
		fmt.Fprintf(w, "%s  %d times %s\n", prefix, res.Reasons[reason], reason)
	}
}

func (l *latency) String() string {
	return fmt.Sprintf("p50 %.0f  p90 %.0f  p99 %.0f  p99.9 %.0f  max %.0f", l.P50, l.P90, l.P99, l.P999, l.Max)
}

// writeText prints CPU per operation or, where there were no operations, per second.
func (c *cpu) writeText(w io.Writer, label string) {
	switch {
	case c == nil:
	case c.PerOperation == 0:
		fmt.Fprintf(w, "  %s  %.1f ms per second\n", label, 1e3*c.Cores)
	default:
		fmt.Fprintf(w, "  %s  %.2f µs/operation (user %.2f, system %.2f), %.2f cores\n",
			label, c.PerOperation, c.UserShare, c.SystemShare, c.Cores)
	}
}

func (m *memory) writeText(w io.Writer) {
	if m == nil {
		return
	}
	fmt.Fprintf(w, "  memory      %.1f bytes each for %d, resident %d to %d KiB\n",
		m.Each, m.Number, m.Before>>10, m.After>>10)
	if m.AfterDestroy > 0 {
		fmt.Fprintf(w, "    destroyed nine in ten: resident %d KiB, %.2f of the peak\n", m.AfterDestroy>>10, m.ShareOfPeak)
	}
	if m.LiveBytes > 0 {
		fmt.Fprintf(w, "    live      %d KiB of ids, names and values; %.2f resident for each byte of them\n",
			m.LiveBytes>>10, m.PerLiveByte)
		fmt.Fprintf(w, "    quarters  %.0f operations/s\n", m.Quarters)
	}
}
