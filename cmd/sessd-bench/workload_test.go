package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func testOptions(workload string) *options {
	return &options{
		workload: workload, dialect: "sess", sessions: 1000, connections: 3, valueSize: 64, distribution: "uniform",
		zipfExponent: 1.1, idleTimeout: 30 * time.Minute, seed: 11,
	}
}

// drain returns all requests of a source that ends, or the first limit of them.
func drain(t *testing.T, s source, limit int) (requests []string, ops []operation) {
	t.Helper()
	for range limit {
		b, op, ok := s.next(nil)
		if !ok {
			break
		}
		requests = append(requests, words(t, b)...)
		ops = append(ops, op)
	}
	return requests, ops
}

// id returns the second word of a request.
func id(request string) string { return strings.Fields(request)[1] }

// TestEveryWorkloadIsBuilt holds the names that --help has to those that there are.
func TestEveryWorkloadIsBuilt(t *testing.T) {
	for _, name := range workloads {
		if builders[name] == nil {
			t.Errorf("%s is not built", name)
		}
	}
	if len(builders) != len(workloads) {
		t.Errorf("%d workloads are built, %d have names", len(builders), len(workloads))
	}
}

// TestSessionWorkload follows the workload with a set of live ids: no request may name a session that is not
// alive, none is created twice, the proportions are as promised, and at the end clean leaves nothing.
func TestSessionWorkload(t *testing.T) {
	for _, distribution := range distributions {
		o := testOptions("session")
		o.distribution = distribution
		w := newWorkload(o)
		alive := map[string]bool{}
		for c := range o.connections {
			requests, _ := drain(t, w.prepare(c), o.sessions)
			for _, r := range requests {
				if alive[id(r)] {
					t.Fatalf("%s: created twice: %s", distribution, r)
				}
				alive[id(r)] = true
			}
		}
		if len(alive) != o.sessions {
			t.Fatalf("%s: %d sessions after prepare", distribution, len(alive))
		}

		const each = 15_000
		var counts [operations]float64
		for c := range o.connections {
			requests, ops := drain(t, w.measure(c), each)
			for i, r := range requests {
				counts[ops[i]]++
				switch {
				case ops[i] == opCreate && alive[id(r)]:
					t.Fatalf("%s: created over a live session", distribution)
				case ops[i] != opCreate && !alive[id(r)]:
					t.Fatalf("%s: %v of a session that is not alive", distribution, ops[i])
				}
				if ops[i] == opCreate {
					alive[id(r)] = true
				} else if ops[i] == opDestroy {
					delete(alive, id(r))
				}
			}
		}
		total := float64(each * o.connections)
		for op, want := range map[operation]float64{opLoad: 0.82, opSave: 0.16, opCreate: 0.01, opDestroy: 0.01} {
			if got := counts[op] / total; math.Abs(got-want) > 0.005 {
				t.Errorf("%s: %v has a share of %.4f, want %.2f", distribution, op, got, want)
			}
		}
		if d := counts[opDestroy] - counts[opCreate]; d < 0 || d > float64(o.connections) {
			t.Errorf("%s: %v more destroyed than created", distribution, d)
		}
		for c := range o.connections {
			requests, _ := drain(t, w.clean(c), o.sessions)
			for _, r := range requests {
				delete(alive, id(r))
			}
		}
		if len(alive) != 0 {
			t.Errorf("%s: %d sessions left behind", distribution, len(alive))
		}
	}
}

func TestPlainWorkloads(t *testing.T) {
	value := strings.Repeat("v", 64)
	for name, want := range map[string]struct{ prepare, measure, clean string }{
		"ping":     {"", "PING", ""},
		"get":      {"SET ID " + value, "GET ID", "DEL ID"},
		"set":      {"", "SET ID " + value, "DEL ID"},
		"sess.get": {"SESS.CREATE ID PX 1800000 FIELDS 1 data " + value, "SESS.GET ID", "SESS.DESTROY ID"},
	} {
		o := testOptions(name)
		w := newWorkload(o)
		first := func(sources func(int) source) string {
			if sources == nil {
				return ""
			}
			b, op, _ := sources(1).next(nil)
			request := words(t, b)[0]
			if len(w.expects[op]) != 1 {
				t.Errorf("%s: %d replies expected to %q", name, len(w.expects[op]), request)
			}
			if parts := strings.Fields(request); len(parts) > 1 {
				request = strings.Replace(request, parts[1], "ID", 1)
			}
			return request
		}
		got := struct{ prepare, measure, clean string }{first(w.prepare), first(w.measure), first(w.clean)}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestTransactions(t *testing.T) {
	set, expire := "SET ID "+strings.Repeat("v", 64), "EXPIRE ID 600"
	for name, keys := range map[string]int{"multi": 1, "multi4": 4} {
		w := newWorkload(testOptions(name))
		b, op, _ := w.measure(1).next(nil)
		got := words(t, b)
		if len(got) != len(w.expects[op]) {
			t.Errorf("%s: %d requests, %d replies expected", name, len(got), len(w.expects[op]))
		}
		want := append([]string{"MULTI"}, slices.Repeat([]string{set, expire}, keys)...)
		want = append(want, "EXEC")
		for i, request := range got {
			if parts := strings.Fields(request); len(parts) > 1 {
				got[i] = strings.Replace(request, parts[1], "ID", 1)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestGetAsksOnlyForWhatWasSet(t *testing.T) {
	o := testOptions("get")
	w := newWorkload(o)
	set := map[string]bool{}
	for c := range o.connections {
		requests, _ := drain(t, w.prepare(c), o.sessions)
		for _, r := range requests {
			set[id(r)] = true
		}
	}
	for c := range o.connections {
		requests, _ := drain(t, w.measure(c), 1000)
		for _, r := range requests {
			if !set[id(r)] {
				t.Fatal("a key that was never set")
			}
		}
	}
}
