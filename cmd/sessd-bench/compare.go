package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// compareOptions is what the subcommand compare takes beside the flags of a run.
type compareOptions struct {
	run       options
	peers     []string
	runs      int
	rateShare float64
	line      string
	heading   bool
}

// peer is one of the servers that are compared.
type peer struct {
	name    string
	options options
}

// register declares the flags of compare: those of a run, and its own.
func (o *compareOptions) register() []flagGroup {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.StringArrayVar(&o.peers, "peer", nil,
		"`server` to compare: NAME=HOST:PORT[,pid=N+N...][,workload=W][,dialect=D][,words=FILE]; the last one is the reference")
	own.IntVar(&o.runs, "runs", 5, "`number` of runs of each server, in turn")
	own.Float64Var(&o.rateShare, "rate-share", 0,
		"`share` of what the reference reaches as fast as possible, measured first, to run all at as a fixed rate")
	own.StringVar(&o.line, "line", "", "print one line of a table, which begins with this `text`")
	own.BoolVar(&o.heading, "heading", false, "print the heading of that table, and run nothing")
	return append([]flagGroup{{"Compare", own}}, o.run.register()...)
}

// check returns the peers, or an error about the first wrong value.
func (o *compareOptions) check() ([]peer, error) {
	switch {
	case len(o.peers) < 2:
		return nil, wrongValue("peer", strings.Join(o.peers, " "))
	case o.runs < 1 || o.runs > 1000:
		return nil, wrongValue("runs", o.runs)
	case o.rateShare < 0 || o.rateShare > 1:
		return nil, wrongValue("rate-share", o.rateShare)
	}
	var peers []peer
	for _, text := range o.peers {
		p, err := parsePeer(text, o.run)
		if err == nil {
			err = p.options.check()
		}
		if err != nil {
			return nil, err
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// parsePeer reads NAME=HOST:PORT[,pid=N+N...][,workload=W][,dialect=D][,words=FILE] over the options that all peers share.
func parsePeer(text string, o options) (peer, error) {
	name, rest, found := strings.Cut(text, "=")
	words := strings.Split(rest, ",")
	if !found || name == "" || words[0] == "" {
		return peer{}, wrongValue("peer", text)
	}
	o.address = words[0]
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "workload":
			o.workload = value
		case "dialect":
			o.dialect = value
		case "words":
			text, err := os.ReadFile(value)
			if err == nil {
				err = (*wordList)(&o.words).Set(string(text))
			}
			if err != nil {
				return peer{}, fmt.Errorf("--peer: the words in %s: %w", value, err)
			}
		case "pid":
			if err := o.pids.Set(value); err != nil {
				return peer{}, wrongValue("peer", text)
			}
		default:
			return peer{}, wrongValue("peer", text)
		}
	}
	return peer{name, o}, nil
}

// comparison is the report of compare; its JSON is what --json prints.
type comparison struct {
	Reference string               `json:"reference"`
	Runs      int                  `json:"runs"`
	Rows      []row                `json:"metrics"`
	Results   map[string][]*result `json:"results"`
	names     []string
	line      string // print only a line that begins with this; empty: the whole table
}

// row is one metric of all peers.
type row struct {
	Metric string           `json:"metric"`
	Peers  map[string]*cell `json:"peers"`
	digits int
}

// cell is one metric of one peer. Ratio is its median over the reference's. Low and High are the least and the greatest
// ratio of a run to the reference's run in the same turn. They show how noisy the machine was.
type cell struct {
	Median float64 `json:"median"`
	Ratio  float64 `json:"ratio,omitempty"`
	Low    float64 `json:"ratio_low,omitempty"`
	High   float64 `json:"ratio_high,omitempty"`
}

// compare measures the peers in turn, so that whatever disturbs the machine disturbs all of them.
func compare(ctx context.Context, o *compareOptions, peers []peer, p *progress) (*comparison, error) {
	reference := peers[len(peers)-1]
	// One rate for all: a share of what each one reaches would compare servers under different loads.
	if o.rateShare > 0 {
		p.note("rate     what %s reaches", reference.name)
		res, err := measure(ctx, &reference.options, p)
		if err != nil {
			return nil, err
		}
		for i := range peers {
			peers[i].options.rate = o.rateShare * res.PerSecond
		}
	}
	c := &comparison{Reference: reference.name, Runs: o.runs, line: o.line, Results: map[string][]*result{}}
	for _, peer := range peers {
		c.names = append(c.names, peer.name)
	}
	// A run opens its connections and loads its data set anew, so that each run of a peer begins as its others.
	for turn := range o.runs {
		for _, peer := range peers {
			p.note("run %d of %d: %s", turn+1, o.runs, peer.name)
			res, err := measure(ctx, &peer.options, p)
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", peer.name, err)
			}
			c.Results[peer.name] = append(c.Results[peer.name], res)
		}
	}
	c.tabulate()
	return c, nil
}

// tabulate works out medians and ratios.
func (c *comparison) tabulate() {
	for _, m := range metrics() {
		r := row{Metric: m.name, Peers: map[string]*cell{}, digits: m.digits}
		values := map[string][]float64{}
		for _, name := range c.names {
			for _, res := range c.Results[name] {
				if v, ok := m.read(res); ok {
					values[name] = append(values[name], v)
				}
			}
			if len(values[name]) > 0 {
				r.Peers[name] = &cell{Median: median(values[name])}
			}
		}
		base := r.Peers[c.Reference]
		for name, cell := range r.Peers {
			if base == nil || name == c.Reference || base.Median == 0 {
				continue
			}
			cell.Ratio = cell.Median / base.Median
			cell.Low, cell.High = rangeOfRatios(values[name], values[c.Reference])
		}
		if len(r.Peers) > 0 {
			c.Rows = append(c.Rows, r)
		}
	}
}

// median is the middle value, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// rangeOfRatios returns the least and the greatest ratio of the values turn by turn.
func rangeOfRatios(values, base []float64) (low, high float64) {
	var ratios []float64
	for i := range min(len(values), len(base)) {
		if base[i] != 0 {
			ratios = append(ratios, values[i]/base[i])
		}
	}
	if len(ratios) == 0 {
		return 0, 0
	}
	return slices.Min(ratios), slices.Max(ratios)
}

// failures returns how many replies were wrong, over all runs.
func (c *comparison) failures() (n int64) {
	for _, results := range c.Results {
		for _, res := range results {
			n += res.Failures
		}
	}
	return n
}

func (c *comparison) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(c)
}

// writeText prints the table for people: a column of medians for each peer, a column of ratios for each peer
// but the reference.
func (c *comparison) writeText(w io.Writer) {
	if c.line != "" {
		c.writeLine(w)
		c.writeFailures(w)
		return
	}
	for _, name := range c.names {
		fmt.Fprintf(w, "%s: %s\n", name, c.Results[name][0].title())
	}
	fmt.Fprintf(w, "medians of %d runs in turn; ratios of the medians (and of single runs, least to greatest)\n", c.Runs)
	fmt.Fprintf(w, "%-26s", "")
	for _, name := range c.names {
		fmt.Fprintf(w, "%14s", name)
	}
	for _, name := range c.names[:len(c.names)-1] {
		fmt.Fprintf(w, "%24s", name+"/"+c.Reference)
	}
	fmt.Fprintln(w)
	for _, r := range c.Rows {
		r.writeText(w, c.names)
	}
	c.writeFailures(w)
}

func (c *comparison) writeFailures(w io.Writer) {
	if n := c.failures(); n > 0 {
		fmt.Fprintf(w, "FAILURES %d\n", n)
		for _, name := range c.names {
			for _, res := range c.Results[name] {
				res.writeFailures(w, name)
			}
		}
	}
}

// writeText prints one line of the table.
func (r *row) writeText(w io.Writer, names []string) {
	fmt.Fprintf(w, "%-26s", r.Metric)
	for _, name := range names {
		fmt.Fprintf(w, "%14s", r.median(name))
	}
	for _, name := range names[:len(names)-1] {
		fmt.Fprintf(w, "%24s", r.ratio(name))
	}
	fmt.Fprintln(w)
}

// median returns the text of a peer's median, a dash where it has none.
func (r *row) median(name string) string {
	if cell := r.Peers[name]; cell != nil {
		return strconv.FormatFloat(cell.Median, 'f', r.digits, 64)
	}
	return "-"
}

// ratio returns the text of a peer's ratio to the reference and of its range, a dash where it has none.
func (r *row) ratio(name string) string {
	if cell := r.Peers[name]; cell != nil && cell.Ratio != 0 {
		return fmt.Sprintf("%.2f (%.2f to %.2f)", cell.Ratio, cell.Low, cell.High)
	}
	return "-"
}
