package main

import (
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/test/sessdtest"
)

// fetch returns what a GET of a daemon's HTTP port answers.
func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	reply, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(text)
}

func TestHTTPPort(t *testing.T) {
	d := sessdtest.Start(t, "--http-port", "0", "--dir", t.TempDir())
	at := "http://" + d.WaitFor(`msg="serving HTTP" addr=(127\.0\.0\.1:\d+)`)[0]
	for ready := false; !ready; time.Sleep(10 * time.Millisecond) { // it answers while it loads
		status, text := fetch(t, at+"/readyz")
		if ready = status == http.StatusOK; !ready && (status != http.StatusServiceUnavailable || text != "data is being loaded\n") {
			t.Fatalf("%d %q", status, text)
		}
	}
	d.Dial(t).Want("$3\r\none\r\n", "SESS.CREATE", "one")
	status, text := fetch(t, at+"/metrics")
	for _, want := range []string{"sessd_sessions 1", "sessd_log_enabled 1", "sessd_audit_lines_lost_total 0", "sessd_audit_lines_left_out_total 0"} {
		if status != http.StatusOK || !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %s: %d: %s", want, status, text)
		}
	}
	if status, text := fetch(t, at+"/readyz"); status != http.StatusOK || text != "ready\n" {
		t.Errorf("%d %q", status, text)
	}
	d.Signal(syscall.SIGTERM)
	if code, _ := d.Wait(); code != exitOK {
		t.Errorf("exit code %d: %s", code, d.Log())
	}
}

func TestHTTPIsOffByDefault(t *testing.T) {
	if d := sessdtest.Start(t); strings.Contains(d.Log(), "HTTP") {
		t.Error(d.Log())
	}
}
