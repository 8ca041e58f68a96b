package commands

import "fmt"

// zeroFields are fields of INFO that tools read and that are about what there is none of here, by the reason.
var zeroFields = []struct {
	section, why string
	names        []string
}{
	{"Stats", "it never forks", []string{"latest_fork_usec"}},
	{"Persistence", "it never forks", []string{
		"rdb_last_cow_size", "aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size", "current_cow_peak", "current_cow_size",
		"current_cow_size_age", "current_fork_perc",
	}},
	{"Persistence", "a snapshot keeps nothing back", []string{"aof_rewrite_buffer_length", "aof_pending_rewrite"}},
	{"Persistence", "nobody is served while it loads", []string{"async_loading"}},
	{"Persistence", "no write waits for a sync that another thread does", []string{"aof_pending_bio_fsync", "aof_delayed_fsync"}},
	{"CPU", "it has no child processes", []string{"used_cpu_sys_children", "used_cpu_user_children"}},
	{"Memory", "removed entries are freed at once", []string{"lazyfree_pending_objects"}},
	{"Memory", "memory is not moved in the background", []string{"active_defrag_running"}},
	{"Stats", "memory is not moved in the background", []string{"active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses"}},
	{"Memory", "there is no replication", []string{"mem_clients_slaves", "mem_not_counted_for_evict"}},
	{"Stats", "there is no replication", []string{"sync_full", "sync_partial_ok", "sync_partial_err", "slave_expires_tracked_keys", "migrate_cached_sockets"}},
	{"Replication", "there is no replication", []string{
		"connected_slaves", "master_repl_offset", "repl_backlog_active", "repl_backlog_size", "repl_backlog_first_byte_offset", "repl_backlog_histlen",
	}},
	{"Clients", "there is no cluster", []string{"cluster_connections"}},
	{"Cluster", "there is no cluster", []string{"cluster_enabled"}},
}

// redisMetrics are for clients and tools of Redis that ask for them.
func redisMetrics() []Metric {
	rows := []Metric{
		{
			Section: "Replication", Redis: "role", Help: "master, since there is no replication",
			Read: func(s *Snapshot) any { return "master" },
		},
		{
			Section: "Server", Redis: "redis_git_sha1", Help: "the commit of sessd, in 8 hex digits; 0: not known",
			Read: func(s *Snapshot) any { return s.system.options.Build.short() },
		},
		{
			Section: "Server", Redis: "redis_git_dirty", Help: "whether it was built with changes beside that commit",
			Read: func(s *Snapshot) any { return oneIf(s.system.options.Build.Modified) },
		},
		{
			Section: "Server", Redis: "redis_build_id", Help: "16 hex digits that version, commit, date and compiler make",
			Read: func(s *Snapshot) any { return s.system.options.Build.id(s.system.Version) },
		},
		{
			Section: "Memory", Redis: "mem_fragmentation_ratio", Kind: Gauge, Help: "used_memory_rss over used_memory",
			Read: func(s *Snapshot) any {
				return fmt.Sprintf("%.2f", float64(s.process.resident)/float64(max(1, s.report.UsedBytes)))
			},
		},
		{
			Section: "Memory", Redis: "mem_fragmentation_bytes", Kind: Gauge, Help: "used_memory_rss less used_memory",
			Read: func(s *Snapshot) any { return s.process.resident - s.report.UsedBytes },
		},
	}
	for _, z := range zeroFields {
		for _, name := range z.names {
			rows = append(rows, Metric{Section: z.section, Redis: name, Help: "0, since " + z.why, Read: func(*Snapshot) any { return 0 }})
		}
	}
	return rows
}
