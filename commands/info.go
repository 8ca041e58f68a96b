package commands

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"sessd/store"
)

func infoSpecs() []Spec {
	return []Spec{
		{
			Usage:   "INFO [section ...]",
			Summary: "Tells figures about the server in sections of lines; without a name those that matter most, with ALL every one.",
			Group:   ServerGroup, Flags: Loading | Stale | Dangerous, Since: "1.0.0", Run: info,
			Example: `INFO cluster -> "# Cluster\r\ncluster_enabled:0\r\n"`,
		},
	}
}

// statsSnapshot is what INFO tells about, gathered once for all sections.
type statsSnapshot struct {
	system  *Dispatcher
	now     time.Time
	figures ServerStats
	totals  totals
	report  store.Report
	process process
}

// infoSection is a part of INFO. Field names are Redis's wherever it has the figure, because tools read them; what
// sessd does not have has no field, unless a tool cannot do without one whose value is always true.
type infoSection struct {
	title string
	extra bool // only told when it is named, or with ALL
	write func(*infoText, *statsSnapshot)
}

// infoSections are the sections in their order.
func infoSections() []infoSection {
	return []infoSection{
		{"Server", false, infoServer},
		{"Clients", false, infoClients},
		{"Memory", false, infoMemory},
		{"Persistence", false, infoPersistence},
		{"Stats", false, infoStats},
		{"Sessions", false, infoSessions},
		{"Replication", false, infoReplication},
		{"CPU", false, infoCPU},
		{"Commandstats", true, infoCommandStats},
		{"Errorstats", false, infoErrorStats},
		{"Cluster", false, infoCluster},
		{"Keyspace", false, infoKeyspace},
	}
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
	s := c.System
	m := &statsSnapshot{system: s, now: time.UnixMilli(c.Op.Now), figures: s.Host.Figures(), totals: s.totals(), process: thisProcess()}
	if reporter, ok := s.engine.(store.Reporter); ok {
		m.report = reporter.Report()
	}
	var text infoText
	for _, section := range infoSections() {
		if all || usual && !section.extra || named[strings.ToLower(section.title)] {
			text.title(section.title)
			section.write(&text, m)
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

// size is a number of bytes, and beside it the same for people.
func (t *infoText) size(name string, n int64) {
	t.field(name, n)
	t.field(name+"_human", humanSize(n))
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

func infoServer(t *infoText, m *statsSnapshot) {
	s := m.system
	up := int64(m.now.Sub(s.Started) / time.Second)
	executable, _ := os.Executable() // empty where the system does not tell
	t.field("redis_version", redisVersion)
	t.field("sessd_version", s.Version)
	t.field("redis_mode", "standalone")
	t.field("os", runtime.GOOS+" "+runtime.GOARCH)
	t.field("arch_bits", 32<<(^uint(0)>>63))
	t.field("go_version", runtime.Version())
	t.field("process_id", m.figures.ProcessID)
	t.field("run_id", s.RunID)
	t.field("tcp_port", m.figures.TCPPort)
	t.field("server_time_usec", m.now.UnixMicro())
	t.field("uptime_in_seconds", max(0, up))
	t.field("uptime_in_days", max(0, up)/(24*60*60))
	t.field("executable", executable)
	t.field("config_file", "")
}

func infoClients(t *infoText, m *statsSnapshot) {
	t.field("connected_clients", m.figures.Connected)
	t.field("cluster_connections", 0)
	t.field("maxclients", m.system.SettingText("maxclients"))
	t.field("client_recent_max_input_buffer", m.figures.LargestQuery) // at this moment
	t.field("client_recent_max_output_buffer", m.figures.LargestOutput)
	t.field("blocked_clients", m.figures.Parked)
	t.field("tracking_clients", 0)
}

// infoMemory tells as used_memory what maxmemory is compared with: the engine's own count, not that of the Go runtime.
func infoMemory(t *infoText, m *statsSnapshot) {
	t.size("used_memory", m.report.UsedBytes)
	t.size("used_memory_rss", m.process.resident)
	t.size("used_memory_peak", m.report.PeakBytes)
	t.size("go_heap", m.process.heap)
	t.size("go_total", m.process.mapped)
	t.field("go_goroutines", m.process.goroutines)
	t.size("maxmemory", m.report.MaxBytes)
	t.field("maxmemory_policy", m.system.SettingText("maxmemory-policy"))
	t.field("mem_clients_normal", m.figures.QueryBuffers+m.figures.OutputBuffers)
	t.field("mem_clients_slaves", 0)
	t.field("mem_allocator", "go")
}

// infoPersistence is there for clients that wait for loading:0 before they send anything.
func infoPersistence(t *infoText, _ *statsSnapshot) {
	t.field("loading", 0)
	t.field("rdb_bgsave_in_progress", 0)
	t.field("aof_enabled", 0)
	t.field("aof_rewrite_in_progress", 0)
}

func infoStats(t *infoText, m *statsSnapshot) {
	rates := m.system.rates.since(m)
	t.field("total_connections_received", m.figures.Accepted)
	t.field("total_commands_processed", m.totals.calls)
	t.field("instantaneous_ops_per_sec", int64(rates.calls))
	t.field("total_net_input_bytes", m.figures.InputBytes)
	t.field("total_net_output_bytes", m.figures.OutputBytes)
	t.field("instantaneous_input_kbps", fmt.Sprintf("%.2f", rates.input/1024))
	t.field("instantaneous_output_kbps", fmt.Sprintf("%.2f", rates.output/1024))
	t.field("rejected_connections", m.figures.Refused)
	t.field("expired_keys", m.report.Keys[store.Expired])
	t.field("evicted_keys", m.report.Keys[store.Evicted])
	t.field("evicted_clients", m.figures.Evicted)
	t.field("keyspace_hits", m.report.KeyHits)
	t.field("keyspace_misses", m.report.KeyMisses)
	t.field("pubsub_channels", 0)
	t.field("pubsub_patterns", 0)
	t.field("latest_fork_usec", 0)
	t.field("total_error_replies", m.totals.failures)
	t.field("acl_access_denied_auth", m.system.Users.failures.Load())
	t.field("acl_access_denied_cmd", m.system.Users.deniedCommands.Load())
	t.field("acl_access_denied_key", m.system.Users.deniedKeys.Load())
	for _, why := range sortedNames(m.figures.Closed) {
		t.field("connections_closed_"+why, m.figures.Closed[why])
	}
}

func infoSessions(t *infoText, m *statsSnapshot) {
	var live, principals int
	for _, k := range m.report.Keyspaces {
		live += k.Sessions
		principals += k.Principals
	}
	t.field("sessions", live)
	t.field("principals", principals)
	t.field("sessions_created", m.report.Created)
	t.field("sessions_loaded", m.report.Loaded)
	t.field("sessions_saved", m.report.Saved)
	t.field("sessions_rotated", m.report.Rotated)
	for cause := store.Destroyed; cause <= store.Evicted; cause++ {
		t.field("sessions_"+cause.String(), m.report.Removed[cause])
	}
	t.field("sessions_not_found", m.report.Refused)
	t.field("revision_conflicts", m.report.Conflicts)
	t.field("default_idle_timeout_ms", m.system.IdleTimeout.Load())
	t.field("default_absolute_timeout_ms", m.system.AbsoluteTimeout.Load())
}

func infoReplication(t *infoText, _ *statsSnapshot) {
	t.field("role", "master")
	t.field("connected_slaves", 0)
}

func infoCPU(t *infoText, m *statsSnapshot) {
	t.field("used_cpu_sys", fmt.Sprintf("%.6f", m.process.system.Seconds()))
	t.field("used_cpu_user", fmt.Sprintf("%.6f", m.process.user.Seconds()))
}

func infoCommandStats(t *infoText, m *statsSnapshot) {
	for i, one := range m.totals.commands { // in the table's order
		if one.calls == 0 && one.rejected == 0 {
			continue
		}
		perCall := 0.0
		if one.calls > 0 {
			perCall = float64(one.microseconds) / float64(one.calls)
		}
		t.field("cmdstat_"+m.system.table.commands[i].Name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			one.calls, one.microseconds, perCall, one.rejected, one.failed))
	}
}

func infoErrorStats(t *infoText, m *statsSnapshot) {
	for _, code := range sortedNames(m.totals.errors) {
		t.field("errorstat_"+code, fmt.Sprintf("count=%d", m.totals.errors[code]))
	}
}

func infoCluster(t *infoText, _ *statsSnapshot) { t.field("cluster_enabled", 0) }

// infoKeyspace leaves out empty keyspaces, as Redis does. Its avg_ttl is 0, which stands for unknown.
func infoKeyspace(t *infoText, m *statsSnapshot) {
	for i, k := range m.report.Keyspaces {
		if k.Keys > 0 {
			t.field(fmt.Sprintf("db%d", i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0", k.Keys, k.Expires))
		}
	}
}

func sortedNames(counts map[string]uint64) []string {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
