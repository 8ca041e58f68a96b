package commands

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// processMetrics are about the process.
func processMetrics() []Metric {
	return []Metric{
		{
			Section: "Server", Redis: "redis_version", Help: "the version of Redis whose commands are answered",
			Read: func(s *Snapshot) any { return redisVersion },
		},
		{
			Section: "Server", Redis: "sessd_version", Help: "the version of sessd",
			Read: func(s *Snapshot) any { return s.system.Version },
		},
		{
			Section: "Server", Redis: "redis_mode", Help: "standalone, since there is no cluster",
			Read: func(s *Snapshot) any { return "standalone" },
		},
		{
			Section: "Server", Redis: "os", Help: "operating system and processor",
			Read: func(s *Snapshot) any { return runtime.GOOS + " " + runtime.GOARCH },
		},
		{
			Section: "Server", Redis: "arch_bits", Help: "bits of a word",
			Read: func(s *Snapshot) any { return 32 << (^uint(0) >> 63) },
		},
		{
			Section: "Server", Redis: "go_version", Help: "the Go release that built it",
			Read: func(s *Snapshot) any { return runtime.Version() },
		},
		{
			Section: "Server", Redis: "process_id", Help: "the id of the process",
			Read: func(s *Snapshot) any { return s.server.ProcessID },
		},
		{
			Section: "Server", Redis: "run_id", Help: "40 hex digits, new with every start",
			Read: func(s *Snapshot) any { return s.system.RunID },
		},
		{
			Section: "Server", Redis: "tcp_port", Help: "the port for TCP; 0: none",
			Read: func(s *Snapshot) any { return s.server.TCPPort },
		},
		{
			Section: "Server", Redis: "server_time_usec", Kind: Gauge, Help: "the time, in microseconds since the Unix epoch",
			Read: func(s *Snapshot) any { return s.now.UnixMicro() },
		},
		{
			Section: "Server", Redis: "uptime_in_seconds", Prometheus: "sessd_uptime_seconds", Kind: Gauge, Help: "seconds since the start",
			Read: func(s *Snapshot) any { return s.uptime() },
		},
		{
			Section: "Server", Redis: "uptime_in_days", Kind: Gauge, Help: "days since the start",
			Read: func(s *Snapshot) any { return s.uptime() / (24 * 60 * 60) },
		},
		{
			Section: "Server", Redis: "executable", Help: "the path of the program; empty where the system does not tell",
			Read: func(s *Snapshot) any { return executable() },
		},
		{
			Section: "Server", Redis: "config_file", Help: "the path of the configuration file; empty: there is none",
			Read: func(s *Snapshot) any {
				if file := s.system.ConfigFile; file != nil {
					return file.Path()
				}
				return ""
			},
		},
		{
			Section: "CPU", Redis: "used_cpu_sys", Prometheus: "sessd_cpu_system_seconds_total", Kind: Counter, Help: "CPU time in the kernel, in seconds",
			Read: func(s *Snapshot) any { return fmt.Sprintf("%.6f", s.process.system.Seconds()) },
		},
		{
			Section: "CPU", Redis: "used_cpu_user", Prometheus: "sessd_cpu_user_seconds_total", Kind: Counter, Help: "CPU time in the process, in seconds",
			Read: func(s *Snapshot) any { return fmt.Sprintf("%.6f", s.process.user.Seconds()) },
		},
	}
}

// uptime returns the seconds since the start.
func (s *Snapshot) uptime() int64 { return max(0, int64(s.now.Sub(s.system.Started)/time.Second)) }

func executable() string {
	path, _ := os.Executable() // empty where the system does not tell
	return path
}

// clientMetrics are about clients and their buffers.
func clientMetrics() []Metric {
	return []Metric{
		{
			Section: "Clients", Redis: "connected_clients", Prometheus: "sessd_connected_clients", Kind: Gauge, Help: "clients that are connected",
			Read: func(s *Snapshot) any { return s.server.Connected },
		},
		{
			Section: "Clients", Redis: "maxclients", Prometheus: "sessd_max_clients", Kind: Gauge, Help: "connections at the same time",
			Read: func(s *Snapshot) any { return s.system.SettingText("maxclients") },
		},
		{
			Section: "Clients", Redis: "client_recent_max_input_buffer", Prometheus: "sessd_largest_query_buffer_bytes", Kind: Gauge, Help: "bytes that the requests of one client take, of the client with most",
			Read: func(s *Snapshot) any { return s.server.LargestQuery },
		},
		{
			Section: "Clients", Redis: "client_recent_max_output_buffer", Prometheus: "sessd_largest_output_buffer_bytes", Kind: Gauge, Help: "bytes that the replies to one client take, of the client with most",
			Read: func(s *Snapshot) any { return s.server.LargestOutput },
		},
		{
			Section: "Clients", Redis: "blocked_clients", Prometheus: "sessd_blocked_clients", Kind: Gauge, Help: "clients whose reply comes later",
			Read: func(s *Snapshot) any { return s.server.Parked },
		},
	}
}

// trafficMetrics are about connections, commands and errors.
func trafficMetrics() []Metric {
	return []Metric{
		{
			Section: "Stats", Redis: "total_connections_received", Prometheus: "sessd_connections_total", Kind: Counter, Help: "connections accepted",
			Read: func(s *Snapshot) any { return s.server.Accepted },
		},
		{
			Section: "Stats", Redis: "total_commands_processed", Prometheus: "sessd_commands_total", Kind: Counter, Help: "commands run",
			Read: func(s *Snapshot) any { return s.totals.calls },
		},
		{
			Section: "Stats", Redis: "instantaneous_ops_per_sec", Kind: Gauge, Help: "commands a second, lately",
			Read: func(s *Snapshot) any { return int64(s.rates.calls) },
		},
		{
			Section: "Stats", Redis: "total_net_input_bytes", Prometheus: "sessd_net_input_bytes_total", Kind: Counter, Help: "bytes read from clients",
			Read: func(s *Snapshot) any { return s.server.InputBytes },
		},
		{
			Section: "Stats", Redis: "total_net_output_bytes", Prometheus: "sessd_net_output_bytes_total", Kind: Counter, Help: "bytes written to clients",
			Read: func(s *Snapshot) any { return s.server.OutputBytes },
		},
		{
			Section: "Stats", Redis: "instantaneous_input_kbps", Kind: Gauge, Help: "KiB read a second, lately",
			Read: func(s *Snapshot) any { return fmt.Sprintf("%.2f", s.rates.input/1024) },
		},
		{
			Section: "Stats", Redis: "instantaneous_output_kbps", Kind: Gauge, Help: "KiB written a second, lately",
			Read: func(s *Snapshot) any { return fmt.Sprintf("%.2f", s.rates.output/1024) },
		},
		{
			Section: "Stats", Redis: "rejected_connections", Prometheus: "sessd_rejected_connections_total", Kind: Counter, Help: "connections refused, over maxclients or in protected mode",
			Read: func(s *Snapshot) any { return s.server.Refused },
		},
		{
			Section: "Stats", Redis: "evicted_clients", Prometheus: "sessd_evicted_clients_total", Kind: Counter, Help: "clients closed over maxmemory-clients",
			Read: func(s *Snapshot) any { return s.server.Evicted },
		},
		{
			Section: "Stats", Redis: "total_error_replies", Prometheus: "sessd_error_replies_total", Kind: Counter, Help: "replies that were errors",
			Read: func(s *Snapshot) any { return s.totals.failures },
		},
		{
			Section: "Stats", Redis: "acl_access_denied_auth", Prometheus: "sessd_denied_logins_total", Kind: Counter, Help: "wrong passwords",
			Read: func(s *Snapshot) any { return s.system.Users.failures.Load() },
		},
		{
			Section: "Stats", Redis: "acl_access_denied_cmd", Prometheus: "sessd_denied_commands_total", Kind: Counter, Help: "commands that a user may not run",
			Read: func(s *Snapshot) any { return s.system.Users.deniedCommands.Load() },
		},
		{
			Section: "Stats", Redis: "acl_access_denied_key", Prometheus: "sessd_denied_keys_total", Kind: Counter, Help: "commands on keys that a user may not touch",
			Read: func(s *Snapshot) any { return s.system.Users.deniedKeys.Load() },
		},
		{
			Section: "Stats", Redis: "acl_access_denied_channel", Prometheus: "sessd_denied_channels_total", Kind: Counter, Help: "commands on channels that a user may not use",
			Read: func(s *Snapshot) any { return s.system.Users.deniedChannels.Load() },
		},
		{
			Section: "Stats", Redis: "connections_closed_", Prometheus: "sessd_connections_closed_total", Kind: Counter, Help: "connections that ended, by reason",
			Label: "reason", Each: func(s *Snapshot, emit func(string, any)) { emitSorted(s.server.Closed, emit) },
		},
		{
			Section: "Commandstats", Redis: "cmdstat_", Kind: Counter, Help: "calls of each command, and the time that they took",
			Label: "command", Each: commandStatsLines,
		},
		{
			Section: "Latencystats", Redis: "latency_percentiles_usec_", Kind: Gauge, Help: "percentiles of the time that calls of each command took",
			Label: "command", Each: latencyStatsLines,
		},
		{
			Section: "Errorstats", Redis: "errorstat_", Kind: Counter, Help: "replies that were errors, by code",
			Label: "code", Each: errorStatsLines,
		},
	}
}

// commandStatsLines emits each command that was called, in the order of the table.
func commandStatsLines(s *Snapshot, emit func(label string, value any)) {
	for i, one := range s.totals.commands {
		if one.calls == 0 && one.rejected == 0 {
			continue
		}
		perCall := 0.0
		if one.calls > 0 {
			perCall = float64(one.microseconds) / float64(one.calls)
		}
		emit(s.system.table.commands[i].Name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			one.calls, one.microseconds, perCall, one.rejected, one.failed))
	}
}

func errorStatsLines(s *Snapshot, emit func(label string, value any)) {
	emitSorted(s.totals.errors, func(code string, n any) { emit(code, fmt.Sprintf("count=%d", n)) })
}
