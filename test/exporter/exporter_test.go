// Package exporter points redis_exporter, as operators of Redis run it, at sessd.
package exporter

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessd/test/redistest"
	"sessd/test/sessdtest"
)

func TestMain(m *testing.M) { sessdtest.Main(m) }

// program returns where redis_exporter is: where the variable SESSD_REDIS_EXPORTER says, or in the path.
func program(t *testing.T) string {
	t.Helper()
	names := []string{os.Getenv("SESSD_REDIS_EXPORTER"), "redis_exporter", "prometheus-redis-exporter"}
	for _, name := range names {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("redis_exporter is not there; SESSD_REDIS_EXPORTER may name it")
	return ""
}

// scrape asks until somebody answers, and returns the series without their comments.
func scrape(t *testing.T, addr string) string {
	t.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		r, err := http.Get("http://" + addr + "/metrics")
		if err != nil {
			if time.Now().After(late) {
				t.Fatal(err)
			}
			continue
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return "\n" + regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(text), "")
	}
}

func TestRedisExporterScrapes(t *testing.T) {
	path := program(t)
	d := sessdtest.Start(t, "--requirepass", "secret", "--maxmemory", "64mb")
	c := d.Dial(t)
	c.Want("+OK\r\n", "AUTH", "secret")
	c.Want("+OK\r\n", "SET", "k", "v", "EX", "1000")
	c.Want("$1\r\nv\r\n", "GET", "k")
	c.Do("SESS.CREATE", "s", "PRINCIPAL", "ann")
	addr := fmt.Sprintf("127.0.0.1:%d", redistest.FreePort(t))
	exporter := exec.Command(path, "-redis.addr", "redis://"+d.Addr, "-web.listen-address", addr, "-include-system-metrics", "-export-client-list", "-check-single-keys", "k")
	exporter.Env = append(os.Environ(), "REDIS_PASSWORD=secret")
	var log strings.Builder
	exporter.Stderr = &log
	if err := exporter.Start(); err != nil {
		t.Fatal(err)
	}
	text := scrape(t, addr)
	exporter.Process.Kill()
	exporter.Wait()
	for _, want := range []string{
		`redis_up 1`, `redis_exporter_last_scrape_error{err=""} 0`, `redis_connected_clients 2`, `redis_memory_max_bytes 6.7108864e+07`, `redis_keyspace_hits_total 1`,
		`redis_db_keys{db="db0"} 2`, `redis_db_keys_expiring{db="db0"} 2`, `redis_commands_total{cmd="sess.create"} 1`, `redis_key_size{db="db0",key="k"} `,
		`redis_connected_clients_details{`, `redis_uptime_in_seconds `, `redis_instance_info{`, `redis_slowlog_length `, `redis_memory_used_rss_bytes `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("redis_exporter has no %s", want)
		}
	}
	if regexp.MustCompile(`level=(error|warning)`).MatchString(log.String()) {
		t.Errorf("redis_exporter says\n%s", log.String())
	}
	if t.Failed() {
		t.Logf("%s", text)
	}
}
