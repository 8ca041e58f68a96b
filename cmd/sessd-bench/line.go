package main

import (
	"fmt"
	"io"
)

// lineMetrics are the metrics that a line has, with the width of a number and whether ratios follow.
var lineMetrics = []struct {
	metric, heading string
	width           int
	ratios          bool
}{
	{"operations/s", "/s", 12, true},
	{"server CPU µs/operation", " µs", 10, true},
	{"p50 µs", " p50", 10, false},
	{"p99 µs", " p99", 10, false},
	{"client CPU µs/operation", " client", 13, false},
}

const (
	labelWidth = 28
	ratioWidth = 19
)

// writeHeading prints what stands above the lines of comparisons of these peers.
func writeHeading(w io.Writer, peers []peer) {
	fmt.Fprintf(w, "%-*s", labelWidth, "median (single runs)")
	for _, m := range lineMetrics {
		for _, p := range peers {
			fmt.Fprintf(w, " %*s", m.width, p.name+m.heading)
		}
		if m.ratios {
			for range peers[1:] {
				fmt.Fprintf(w, "  %*s", ratioWidth, "ratio")
			}
		}
	}
	fmt.Fprintln(w)
}

// writeLine prints the comparison in one line. For each metric it has the medians of all peers, then their ratios to
// the reference with the least and the greatest of single runs.
func (c *comparison) writeLine(w io.Writer) {
	rows := map[string]row{}
	for _, r := range c.Rows {
		rows[r.Metric] = r
	}
	fmt.Fprintf(w, "%-*s", labelWidth, c.line)
	for _, m := range lineMetrics {
		r := rows[m.metric]
		for _, name := range c.names {
			fmt.Fprintf(w, " %*s", m.width, r.median(name))
		}
		if m.ratios {
			for _, name := range c.names[:len(c.names)-1] {
				fmt.Fprintf(w, "  %*s", ratioWidth, r.ratio(name))
			}
		}
	}
	fmt.Fprintln(w)
}
