package commands

import (
	"fmt"
	"slices"
	"strings"
)

func infoSpecs() []Spec {
	return []Spec{
		{
			Usage:   "INFO [section ...]",
			Summary: "Tells figures about the server in sections of lines; without a name those that matter most, with ALL every one.",
			Group:   ServerGroup, Flags: Loading | Stale | Dangerous | Figures, Since: "1.0.0", Run: info,
			Example: `INFO cluster -> "# Cluster\r\ncluster_enabled:0\r\n"`,
		},
	}
}

// infoSection is a part of INFO, made of the metrics that name it.
type infoSection struct {
	title string
	extra bool // only told when it is named, or with ALL
}

// infoSections are the sections in their order.
var infoSections = []infoSection{
	{"Server", false}, {"Clients", false}, {"Memory", false}, {"Persistence", false}, {"Stats", false}, {"Sessions", false},
	{"Upstream", false},
	{"Replication", false}, {"CPU", false}, {"Commandstats", true}, {"Errorstats", false}, {"Latencystats", true}, {"Cluster", false}, {"Keyspace", false},
}

func info(c *Call) error {
	var usual, all bool
	named := make(map[string]bool)
	for _, word := range c.Args {
		switch name := strings.ToLower(string(word)); name {
		case "default":
			usual = true
		case "all", "everything":
			all = true
		default:
			named[name] = true
		}
	}
	usual = usual || len(c.Args) == 0
	snapshot := c.Dispatcher.snapshot(c.Op)
	var text infoText
	for _, section := range infoSections {
		if !all && !(usual && !section.extra) && !named[strings.ToLower(section.title)] {
			continue
		}
		if !slices.ContainsFunc(c.Dispatcher.metrics, func(m Metric) bool { return m.Section == section.title }) {
			continue // it is about an engine that this server has not
		}
		text.title(section.title)
		for i := range c.Dispatcher.metrics {
			if m := &c.Dispatcher.metrics[i]; m.Section == section.title {
				text.metric(m, snapshot)
			}
		}
	}
	c.Reply.Verbatim("txt", text.String())
	return nil
}

// infoText gathers the lines of INFO.
type infoText struct{ strings.Builder }

func (t *infoText) title(title string) {
	if t.Len() > 0 {
		t.WriteString("\r\n")
	}
	t.WriteString("# " + title + "\r\n")
}

func (t *infoText) field(name string, value any) { fmt.Fprintf(t, "%s:%v\r\n", name, value) }

// metric writes the lines of a metric.
func (t *infoText) metric(m *Metric, s *Snapshot) {
	if m.Each != nil {
		m.Each(s, func(label string, value any) { t.field(m.Redis+label, value) })
		return
	}
	value := m.Read(s)
	t.field(m.Redis, value)
	if m.Kind == Bytes {
		t.field(m.Redis+"_human", humanSize(value.(int64)))
	}
}

// humanSize writes a number of bytes as Redis does: 1.50K, 2.00G.
func humanSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%dB", n)
	}
	value, unit := float64(n), 0
	for value >= 1<<10 && unit < len("KMGTPE") {
		value /= 1 << 10
		unit++
	}
	return fmt.Sprintf("%.2f%c", value, "KMGTPE"[unit-1])
}
