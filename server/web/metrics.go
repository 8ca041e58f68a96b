package web

import (
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"sessd/commands"
)

// scrapeTimeout bounds one answer, and scrapes how many are made at once.
const (
	scrapeTimeout = 10 * time.Second
	scrapes       = 2
)

// collector tells Prometheus the series of a server. They are not known beforehand: it is an unchecked collector.
type collector struct{ from *commands.Dispatcher }

// newRegistry returns what is told: the server's series, and those of the Go runtime and the process.
func newRegistry(from *commands.Dispatcher) (*prometheus.Registry, error) {
	r := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		collector{from}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// metricsHandler answers with the figures in the form that is asked for. Native histograms are in the protobuf form alone.
func metricsHandler(from *commands.Dispatcher, log *slog.Logger) (http.Handler, error) {
	r, err := newRegistry(from)
	if err != nil {
		return nil, err
	}
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.HTTPErrorOnError,
		MaxRequestsInFlight: scrapes, Timeout: scrapeTimeout,
	}), nil
}

// Describe is part of prometheus.Collector.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect is part of prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.from.Series() {
		var labels []string
		if s.Label != "" {
			labels = []string{s.Label}
		}
		desc := prometheus.NewDesc(s.Name, s.Help, labels, nil)
		kind := prometheus.GaugeValue
		if s.Counter {
			kind = prometheus.CounterValue
		}
		for _, v := range s.Values {
			var value []string
			if s.Label != "" {
				value = []string{v.Label}
			}
			if v.Times != nil {
				to <- newHistogram(desc, v.Times, value)
				continue
			}
			to <- prometheus.MustNewConstMetric(desc, kind, v.Value, value...)
		}
	}
}

// histogram is a histogram of a moment in both of Prometheus's forms, classic and native.
type histogram struct {
	native  prometheus.Metric
	classic []*dto.Bucket
}

// schema makes a native bucket an eighth of a doubling, about as wide as those that the times are counted in.
const schema = 3

// classicEvery is how many of the buckets of times one classic bucket has: two doublings.
const classicEvery = 16

func newHistogram(desc *prometheus.Desc, t *commands.Times, labels []string) prometheus.Metric {
	native := make(map[int]int64)
	var classic []*dto.Bucket
	begin, sum := 0.0, uint64(0)
	for i, b := range t.Buckets {
		middle := (begin + b.End) / 2
		if begin = b.End; math.IsInf(b.End, 1) {
			middle = t.Buckets[i-1].End * 1.01
		}
		if b.Count > 0 {
			native[int(math.Ceil(math.Log2(middle)*(1<<schema)))] += int64(b.Count)
		}
		if sum += b.Count; !math.IsInf(b.End, 1) && i%classicEvery == 0 && i > 0 {
			end, upTo := b.End, sum
			classic = append(classic, &dto.Bucket{UpperBound: &end, CumulativeCount: &upTo})
		}
	}
	m, err := prometheus.NewConstNativeHistogram(desc, t.Count, t.Seconds, native, nil, 0, schema, prometheus.DefNativeHistogramZeroThreshold, time.Time{}, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return histogram{m, classic}
}

// Desc is part of prometheus.Metric.
func (h histogram) Desc() *prometheus.Desc { return h.native.Desc() }

// Write is part of prometheus.Metric.
func (h histogram) Write(to *dto.Metric) error {
	if err := h.native.Write(to); err != nil {
		return err
	}
	to.Histogram.Bucket = h.classic
	return nil
}
