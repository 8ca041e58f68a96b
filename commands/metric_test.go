package commands

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMetrics holds the rows to what INFO and a page for Prometheus need.
func TestMetrics(t *testing.T) {
	fields, series := make(map[string]bool), make(map[string]bool)
	name := regexp.MustCompile(`^sessd_[a-z][a-z_]*[a-z]$`)
	for _, m := range ownMetrics() {
		if fields[m.Redis] || m.Redis == "" || m.Help == "" || (m.Read == nil) == (m.Each == nil) || (m.Each == nil) != (m.Label == "") {
			t.Errorf("%s: the field of INFO has another row, or the row lacks something", m.Redis)
		}
		fields[m.Redis] = true
		if !slices.ContainsFunc(infoSections, func(s infoSection) bool { return s.title == m.Section }) {
			t.Errorf("%s: there is no section %s", m.Redis, m.Section)
		}
		switch {
		case m.Prometheus == "":
		case series[m.Prometheus] || !name.MatchString(m.Prometheus):
			t.Errorf("%s: the name %s has another row, or is none", m.Redis, m.Prometheus)
		case strings.HasSuffix(m.Prometheus, "_total") != (m.Kind == Counter):
			t.Errorf("%s: a counter, and nothing else, ends in _total, not %s", m.Redis, m.Prometheus)
		case m.Kind == Bytes && !strings.HasSuffix(m.Prometheus, "_bytes"):
			t.Errorf("%s: %s lacks its unit", m.Redis, m.Prometheus)
		case m.Kind == Constant:
			t.Errorf("%s: what is always the same needs no series", m.Redis)
		}
		series[m.Prometheus] = true
	}
}
