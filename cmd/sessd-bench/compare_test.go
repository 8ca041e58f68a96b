package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v: %v", test.values, got)
		}
	}
}

func TestRatiosAreOfTheMediansAndTheirRangeIsTurnByTurn(t *testing.T) {
	run := func(perSecond, cpuEach float64) *result {
		return &result{Operations: 1, PerSecond: perSecond, ServerCPU: &cpu{PerOperation: cpuEach}}
	}
	c := &comparison{Reference: "b", Runs: 3, names: []string{"a", "b"}, Results: map[string][]*result{
		"a": {run(100, 4), run(300, 5), run(200, 6)},
		"b": {run(100, 8), run(100, 10), run(50, 12)},
	}}
	c.tabulate()
	cells := map[string]*cell{}
	for _, r := range c.Rows {
		cells[r.Metric] = r.Peers["a"]
	}
	if got := *cells["operations/s"]; got != (cell{Median: 200, Ratio: 2, Low: 1, High: 4}) {
		t.Errorf("operations/s: %+v", got)
	}
	if got := *cells["server CPU µs/operation"]; got != (cell{Median: 5, Ratio: 0.5, Low: 0.5, High: 0.5}) {
		t.Errorf("server CPU: %+v", got)
	}
	if cells["p99 µs"] != nil || cells["bytes each"] != nil {
		t.Error("a row without numbers is in the table")
	}
	var text strings.Builder
	c.writeText(&text)
	if !strings.Contains(text.String(), "2.00 (1.00 to 4.00)") || !strings.Contains(text.String(), "a/b") {
		t.Errorf("no ratios in\n%s", text.String())
	}
}

func TestCompareRunsThePeersInTurn(t *testing.T) {
	var order strings.Builder
	note := func(name string) func([]string) string {
		return func(request []string) string {
			if request[0] == "PING" && !strings.HasSuffix(order.String(), name) {
				order.WriteString(name)
			}
			return ""
		}
	}
	_, a := newStub(t, note("a"))
	_, b := newStub(t, note("b"))
	code, stdout, stderr := execute(t, "compare", "--peer", "first="+a, "--peer", "second="+b, "--workload=ping",
		"--runs=3", "--requests=20", "--connections=1", "--warmup=0s", "--json")
	if code != exitOK || stderr != "" {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	if order.String() != "ababab" {
		t.Errorf("order %s", order.String())
	}
	var c comparison
	if err := json.Unmarshal([]byte(stdout), &c); err != nil {
		t.Fatal(err)
	}
	if c.Reference != "second" || c.Runs != 3 || len(c.Results["first"]) != 3 || len(c.Results["second"]) != 3 {
		t.Errorf("%+v", c)
	}
	for _, r := range c.Rows {
		if got := r.Peers["first"]; r.Metric == "operations/s" &&
			math.Abs(got.Ratio-got.Median/r.Peers["second"].Median) > 1e-9 {
			t.Errorf("%+v of %+v", got, r.Peers["second"])
		}
	}
}
