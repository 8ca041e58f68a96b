package commands

import (
	"slices"
	"time"

	"sessd/store"
)

// Metric is one figure. The lines of INFO derive from it; a page for Prometheus can derive from the same rows.
type Metric struct {
	Section    string // of INFO
	Redis      string // the field of INFO; Redis's name where it has the figure, because tools read it
	Prometheus string // the name of the series, with its unit; empty: no series
	Kind       MetricKind
	Help       string
	Read       func(*Snapshot) any // of Bytes an int64
	// Each is in place of Read where a metric has several values. It emits each by a label, which ends the field of INFO.
	Each  func(s *Snapshot, emit func(label string, value any))
	Label string // what the labels of Each are
}

// MetricKind is how the values of a metric behave.
type MetricKind uint8

// The kinds of metrics.
const (
	Constant MetricKind = iota // a text, or a number that clients ask for and that is always the same
	Gauge
	Counter // counts from the start or the last CONFIG RESETSTAT
	Bytes   // a gauge of bytes, which INFO writes for people too
)

// Snapshot is what metrics read, gathered once for all of them.
type Snapshot struct {
	system  *Dispatcher
	now     time.Time
	server  ServerStats
	totals  totals
	rates   perSecond
	report  store.Report
	log     store.LogState
	process process
}

// snapshot gathers the figures of a moment.
func (s *Dispatcher) snapshot(op store.Op) *Snapshot {
	m := &Snapshot{system: s, now: time.UnixMilli(op.Now), server: s.Host.Stats(), totals: s.totals(), process: thisProcess()}
	m.rates = s.rates.since(m)
	m.log.LastSnapshot = s.Started
	if s.durability != nil {
		m.log = s.durability.State()
	}
	if reporter, ok := s.engine.(store.Reporter); ok && !m.log.Loading {
		m.report = reporter.Report(op)
	}
	return m
}

// AddMetrics adds the rows of the parts around. It must not be called once requests are served.
func (s *Dispatcher) AddMetrics(rows ...Metric) { s.metrics = append(s.metrics, rows...) }

// ownMetrics are the rows of commands, server and engine.
func ownMetrics() []Metric {
	return slices.Concat(processMetrics(), clientMetrics(), memoryMetrics(), trafficMetrics(), keyMetrics(), sessionMetrics(), persistenceMetrics(), redisMetrics())
}

// emitSorted emits counts by label.
func emitSorted(counts map[string]uint64, emit func(label string, value any)) {
	labels := make([]string, 0, len(counts))
	for label := range counts {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	for _, label := range labels {
		emit(label, counts[label])
	}
}
