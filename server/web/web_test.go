package web

import (
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"sessd/server/servertest"
)

// busyServer returns a server that has had some of everything.
func busyServer(t *testing.T) *servertest.Server {
	t.Helper()
	s := servertest.Start(t)
	c := s.Dial(t)
	for _, request := range [][]string{
		{"SESS.CREATE", "topsecretid", "PRINCIPAL", "alice"}, {"SESS.GET", "topsecretid"}, {"SESS.SAVE", "topsecretid", "a", "1"},
		{"SESS.DESTROY", "topsecretid"}, {"SET", "topsecretkey", "topsecretvalue"}, {"GET", "topsecretkey"}, {"GET", "absent"},
		{"EVAL", "return redis.error_reply('topsecret-code x')", "0"}, {"HGET", "topsecretkey", "f"}, {"SET", "x"},
	} {
		c.Do(request...)
	}
	return s
}

// get returns what a handler answers.
func get(t *testing.T, h http.Handler, path string, headers ...string) (status int, body string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func newHandler(t *testing.T, s *servertest.Server, ready func() error) http.Handler {
	t.Helper()
	h, err := Handler(Options{Dispatcher: s.Dispatcher, Log: slog.New(slog.DiscardHandler), Ready: ready})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestMetricsTellWhatHappened(t *testing.T) {
	status, text := get(t, newHandler(t, busyServer(t), nil), "/metrics")
	if status != http.StatusOK {
		t.Fatalf("%d: %s", status, text)
	}
	for _, want := range []string{
		`sessd_sessions 0`, `sessd_sessions_created_total 1`, `sessd_sessions_ended_total{cause="destroyed"} 1`,
		`sessd_keys{keyspace="0"} 1`, `sessd_keys_by_type{type="string"} 1`, `sessd_sessions_by_state{state="bound"} 0`, `sessd_sessions_by_state{state="anonymous"} 0`,
		`sessd_memory_by_kind_bytes{kind="entries"} `, `sessd_keyspace_hits_total `, `sessd_errors_total{code="WRONGTYPE"} 1`,
		`sessd_command_calls_total{command="sess.get"} 1`, `sessd_command_rejections_total{command="set"} 1`,
		`sessd_command_failures_total{command="hget"} 1`, `sessd_command_duration_seconds_count{command="sess.get"} 1`,
		`sessd_build_info{version="0.0.0-test"} 1`, `sessd_connected_clients 1`, `sessd_loop_busy_ratio{loop="0"} `, `go_goroutines `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no line begins with %s", want)
		}
	}
	if at := strings.Index(text, "topsecret"); at >= 0 {
		t.Errorf("text of a client is told: %s", text[max(0, at-80):min(len(text), at+80)])
	}
}

func TestMetricsHaveGoodNames(t *testing.T) {
	r, err := newRegistry(busyServer(t).Dispatcher)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// families returns what is told, by name.
func families(t *testing.T, s *servertest.Server) map[string]*dto.MetricFamily {
	t.Helper()
	r, err := newRegistry(s.Dispatcher)
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]*dto.MetricFamily)
	for _, f := range all {
		named[f.GetName()] = f
	}
	return named
}

func TestHistogramsAreClassicAndNative(t *testing.T) {
	for _, m := range families(t, busyServer(t))["sessd_command_duration_seconds"].GetMetric() {
		h := m.GetHistogram()
		native, at := int64(0), int64(0)
		for _, delta := range h.GetPositiveDelta() {
			at += delta
			native += at
		}
		last := h.GetBucket()[len(h.GetBucket())-1]
		if h.GetSampleCount() == 0 || uint64(native) != h.GetSampleCount() || last.GetCumulativeCount() > h.GetSampleCount() || last.GetUpperBound() < 1 || math.IsInf(last.GetUpperBound(), 0) {
			t.Errorf("%v: the buckets do not add up", m)
		}
	}
	_, text := get(t, newHandler(t, busyServer(t), nil), "/metrics", "Accept", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
	if !strings.Contains(text, "sessd_command_duration_seconds") || strings.Contains(text, "# HELP") {
		t.Error("the answer is not in the protobuf form")
	}
}

func TestHealth(t *testing.T) {
	s := servertest.Start(t)
	var trouble error
	h := newHandler(t, s, func() error { return trouble })
	for _, test := range []struct {
		path, want string
		status     int
		before     func()
	}{
		{"/healthz", "ok\n", 200, func() {}},
		{"/readyz", "ready\n", 200, func() {}},
		{"/readyz", "the upstream does not answer\n", 503, func() { trouble = errors.New("the upstream does not answer") }},
		{"/readyz", "data is being loaded\n", 503, func() { s.Dispatcher.SetLoading(true) }},
		{"/healthz", "ok\n", 200, func() {}},
		{"/nosuch", "404 page not found\n", 404, func() {}},
	} {
		test.before()
		if status, body := get(t, h, test.path); status != test.status || body != test.want {
			t.Errorf("%s: %d %q, want %d %q", test.path, status, body, test.status, test.want)
		}
	}
	s.Dispatcher.SetLoading(false)
}

func TestServerBoundsConnectionsAndCloses(t *testing.T) {
	s := servertest.Start(t)
	served, err := New(Options{Dispatcher: s.Dispatcher, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	listeners, err := s.Server.OpenPort([]string{"127.0.0.1"}, &port, "--http-port")
	if err != nil {
		t.Fatal(err)
	}
	served.Serve(listeners)
	reply, err := http.Get("http://" + served.Addrs()[0].String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(reply.Body); err != nil || string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	reply.Body.Close()
	if err := served.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + served.Addrs()[0].String() + "/healthz"); err == nil {
		t.Error("it answers after its end")
	}
}

// TestCloseWaitsForAnswers that take longer than it lets them: they may ask the engine until then.
func TestCloseWaitsForAnswers(t *testing.T) {
	s := servertest.Start(t)
	begun, ended := make(chan struct{}), false
	served, err := New(Options{Dispatcher: s.Dispatcher, Log: slog.New(slog.DiscardHandler), Pages: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		time.Sleep(time.Millisecond)
		ended = true
	})})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served.Serve([]net.Listener{l})
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	io.WriteString(nc, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-begun
	if err := served.Close(); err != nil {
		t.Error(err)
	}
	if !ended {
		t.Error("a request is being answered after the end")
	}
}

// TestMonitoringNamesMetricsThatExist reads the rules and the dashboard that operators copy.
func TestMonitoringNamesMetricsThatExist(t *testing.T) {
	known := families(t, busyServer(t))
	known["sessd_upstream_up"], known["sessd_near_cache_hits_total"], known["sessd_near_cache_misses_total"] = nil, nil, nil // where there is an upstream
	known["sessd_upstream_unavailable_total"] = nil
	known["sessd_audit_lines_lost_total"], known["sessd_audit_lines_left_out_total"] = nil, nil // main's, whose tests look for them
	files, err := filepath.Glob("../../scripts/monitoring/*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	name := regexp.MustCompile(`\b(sessd_[a-z_]+|go_[a-z_]+|process_[a-z_]+)\b`)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := name.FindAllString(string(text), -1)
		if len(found) < 5 {
			t.Errorf("%s names %d metrics", path, len(found))
		}
		for _, metric := range found {
			base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(metric, "_bucket"), "_count"), "_sum")
			_, whole := known[metric]
			if _, part := known[base]; !whole && !part {
				t.Errorf("%s names %s, which nobody tells", path, metric)
			}
		}
	}
}
