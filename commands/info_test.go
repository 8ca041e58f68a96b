package commands_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessd/server/servertest"
)

// fields returns the lines of a section of INFO, by field.
func fields(t *testing.T, c *servertest.Conn, section string) map[string]string {
	t.Helper()
	_, text, found := strings.Cut(c.Do("INFO", section), "\r\n")
	if !found || !strings.HasPrefix(text, "# ") {
		t.Fatalf("INFO %s: %q", section, text)
	}
	all := make(map[string]string)
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			all[name] = value
		}
	}
	return all
}

// TestInfoFieldsThatToolsRead names what redis-cli --stat, ioredis, StackExchange.Redis and exporters look for.
func TestInfoFieldsThatToolsRead(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	for section, want := range map[string]string{
		"server":      `redis_version=7\.0\.15 sessd_version=0\.0\.0-test redis_mode=standalone process_id=\d+ run_id=[0-9a-f]{40} tcp_port=\d+ uptime_in_seconds=\d+ uptime_in_days=0 arch_bits=64`,
		"clients":     `connected_clients=1 client_recent_max_input_buffer=0 client_recent_max_output_buffer=0 blocked_clients=0 cluster_connections=0`,
		"memory":      `used_memory=\d+ used_memory_human=\S+[BKMG] used_memory_rss=\d+ used_memory_peak=\d+ maxmemory=0 maxmemory_policy=noeviction`,
		"persistence": `loading=0 rdb_bgsave_in_progress=0 aof_enabled=0`,
		"stats": `total_connections_received=1 total_commands_processed=\d+ instantaneous_ops_per_sec=\d+ total_net_input_bytes=[1-9]\d* total_net_output_bytes=\d+ ` +
			`rejected_connections=0 expired_keys=0 expired_subkeys=0 evicted_keys=0 evicted_clients=0 keyspace_hits=0 keyspace_misses=0 connections_closed_peer=0`,
		"replication": `role=master connected_slaves=0`,
		"cpu":         `used_cpu_sys=\d+\.\d{6} used_cpu_user=\d+\.\d{6}`,
		"cluster":     `cluster_enabled=0`,
		"sessions":    `sessions=0 principals=0 sessions_created=0 sessions_destroyed=0 sessions_expired=0 sessions_evicted=0 default_idle_timeout_ms=1800000 default_absolute_timeout_ms=0`,
	} {
		got := fields(t, c, section)
		for field := range strings.FieldsSeq(want) {
			name, pattern, _ := strings.Cut(field, "=")
			if value, has := got[name]; !has || !regexp.MustCompile("^("+pattern+")$").MatchString(value) {
				t.Errorf("INFO %s: %s is %q, want %s", section, name, value, pattern)
			}
		}
	}
}

// TestInfoTellsTheBuffers of all clients together, and those of the client that has the most.
func TestInfoTellsTheBuffers(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		c := s.Dial(t)
		const begun = "*2\r\n$4\r\nECHO\r\n$1000\r\n"
		s.Dial(t).Send(begun)
		s.Dial(t).Send(begun + strings.Repeat("x", 500))
		for s.Server.Stats().QueryBuffers < int64(2*len(begun)+500) {
			time.Sleep(time.Millisecond)
		}
		if got, want := fields(t, c, "clients")["client_recent_max_input_buffer"], strconv.Itoa(len(begun)+500); got != want {
			t.Errorf("the largest input buffer has %s bytes, want %s", got, want)
		}
		if got, want := fields(t, c, "memory")["mem_clients_normal"], strconv.Itoa(2*len(begun)+500); got != want {
			t.Errorf("all buffers have %s bytes, want %s", got, want)
		}
	})
}

func TestInfoSections(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	titles := func(words ...string) string {
		reply := c.Do(append([]string{"INFO"}, words...)...)
		if strings.Contains(strings.ReplaceAll(reply, "\r\n", ""), "\n") {
			t.Errorf("a line of INFO %q ends without CR", words)
		}
		var found []string
		for _, m := range regexp.MustCompile(`(?m)^# (\w+)\r$`).FindAllStringSubmatch(reply, -1) {
			found = append(found, m[1])
		}
		return strings.Join(found, " ")
	}
	const usual = "Server Clients Memory Persistence Stats Sessions Replication CPU Errorstats Cluster Keyspace"
	const all = "Server Clients Memory Persistence Stats Sessions Replication CPU Commandstats Errorstats Latencystats Cluster Keyspace"
	for words, want := range map[string]string{
		"": usual, "default": usual, "DEFAULT": usual, "all": all, "everything": all, "default commandstats latencystats": all,
		"server": "Server", "CPU Server server": "Server CPU", "sessions": "Sessions",
	} {
		if got := titles(strings.Fields(words)...); got != want {
			t.Errorf("INFO %s: sections %s, want %s", words, got, want)
		}
	}
	c.Want("$0\r\n\r\n", "INFO", "nothing")
	c.Want("$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n", "INFO", "cluster")
	c.Do("HELLO", "3")
	c.Want("=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n", "INFO", "cluster")
	c.Want("=4\r\ntxt:\r\n", "INFO", "nothing")
}

func TestInfoCounts(t *testing.T) {
	s := servertest.Start(t)
	c := s.Dial(t)
	c.Do("SESS.CREATE", "s1", "PRINCIPAL", "ann")
	c.Do("SESS.CREATE", "s2", "PRINCIPAL", "ann")
	c.Do("SESS.SAVE", "s1", "lang", "en")
	c.Do("SESS.SAVE", "gone", "lang", "en")
	c.Do("SESS.SAVE", "s1")
	c.Do("SESS.DESTROY", "s2")
	c.Want("+OK\r\n", "SELECT", "3")
	c.Do("SESS.CREATE", "s3", "EX", "100")

	sessions := fields(t, c, "sessions")
	for name, want := range map[string]string{"sessions": "2", "principals": "1", "sessions_created": "3", "sessions_saved": "1", "sessions_destroyed": "1", "sessions_not_found": "1"} {
		if sessions[name] != want {
			t.Errorf("%s is %s, want %s", name, sessions[name], want)
		}
	}
	keyspace := fields(t, c, "keyspace")
	for name, seconds := range map[string]int{"db0": 1800, "db3": 100} {
		var ttl int
		if _, err := fmt.Sscanf(keyspace[name], "keys=1,expires=1,avg_ttl=%d", &ttl); err != nil || ttl <= 0 || ttl > seconds*1000 || len(keyspace) != 2 {
			t.Errorf("keyspace: %v, %v", keyspace, err)
		}
	}
	if got := fields(t, c, "commandstats")["cmdstat_sess.save"]; !regexp.MustCompile(`^calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=1$`).MatchString(got) {
		t.Errorf("cmdstat_sess.save: %s", got)
	}
	errors := fields(t, c, "errorstats")
	if errors["errorstat_NOSESSION"] != "count=1" || errors["errorstat_ERR"] != "count=1" {
		t.Errorf("errorstats: %v", errors)
	}
	if got := fields(t, c, "stats")["total_error_replies"]; got != "2" {
		t.Errorf("total_error_replies is %s", got)
	}
}
